"""Which line of a TOML file says what. Pure."""

import re
import tomllib

_HEADER = re.compile(r"\s*(\[\[?)([^\[\]]+)\]")
_KEY = re.compile(r"\s*([A-Za-z0-9_\-.\"' ]+?)\s*=")

Location = tuple[object, ...]
"""Keys that lead to a value; numbers count the entries of a list, from 0."""


def line_of(text: str, location: Location) -> int | None:
    """The line, from 1, of the value at `location` or of the innermost table around it; None where none is found.

    It goes by lines, not by TOML's grammar: what lies within a value of several lines is found at its beginning.
    """
    found, length, table = None, 0, Location()
    counts: dict[Location, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            here = table = _table(_parts(header[2]), counts, entry=header[1] == "[[")
        elif key := _KEY.match(line):
            here = table + _parts(key[1])
        else:
            continue
        if len(here) > length and location[: len(here)] == here:
            found, length = number, len(here)
    return found


def begins_at(text: str) -> int:
    """The line, from 1, where what is not closed at the end of `text` begins."""
    lines = text.splitlines(keepends=True)
    for count in range(len(lines) - 1, 0, -1):
        try:
            tomllib.loads("".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            continue
        return count + 1
    return 1


def _parts(name: str) -> Location:
    return tuple(part.strip().strip("\"'") for part in name.split("."))


def _table(names: Location, counts: dict[Location, int], *, entry: bool) -> Location:
    """The location of the table that a header opens, behind which entry of each list it lies."""
    here: Location = ()
    for place, name in enumerate(names):
        here = (*here, name)
        if entry and place == len(names) - 1:
            counts[here] = counts.get(here, -1) + 1
        if here in counts:
            here = (*here, counts[here])
    return here
