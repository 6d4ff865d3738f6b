import tomllib
from pathlib import Path

from linewatch.edge.toml_lines import begins_at, line_of

TEXT = """\
# a comment
site = "s"

[[cameras]]
name = "a"
  [cameras.mask]
  boxes = [
    [0, 1],
  ]
[[cameras]]
name = "b"
decision = { open_after = 1 }
[publish]
tls.ca_file = "x"
"""


def test_values_are_found_where_they_are_written() -> None:
    assert line_of(TEXT, ("site",)) == 2
    assert line_of(TEXT, ("cameras", 0, "name")) == 5
    assert line_of(TEXT, ("cameras", 0, "mask", "boxes", 0, 1)) == 7
    assert line_of(TEXT, ("cameras", 1, "name")) == 11
    assert line_of(TEXT, ("cameras", 1, "decision", "open_after")) == 12
    assert line_of(TEXT, ("publish", "tls", "ca_file")) == 14


def test_what_is_missing_is_missed_where_its_table_begins() -> None:
    assert line_of(TEXT, ("cameras", 1, "source")) == 10
    assert line_of(TEXT, ("publish", "host")) == 13
    assert line_of(TEXT, ("update",)) is None
    assert line_of("", ("update",)) is None


def test_every_key_of_the_documented_example_is_found_on_a_line_that_has_it() -> None:
    text = (Path(__file__).parents[2] / "docs/edge.md").read_text().partition("## `edge.toml`")[2].partition("\n## ")[0]
    example = "\n".join(line[4:] for line in text.splitlines() if line.startswith("    "))
    for location in leaves(tomllib.loads(example)):
        number = line_of(example, location)
        assert number is not None, location
        assert str(location[-1]) in example.splitlines()[number - 1], location


def leaves(value: object, here: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in leaves(inner, (*here, key))]
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [leaf for place, inner in enumerate(value) for leaf in leaves(inner, (*here, place))]
    return [here]


def test_what_is_not_closed_begins_behind_what_can_be_read() -> None:
    assert begins_at("a = 1\nb = [\n1,\n") == 2
    assert begins_at('a = """\n') == 1
    assert begins_at('a = 1\n\nb = """\nc = 1\n') == 3
