"""`cloud.toml` is complete, strict, and read from where it stands."""

import re
import tomllib
from importlib import resources
from pathlib import Path

import pytest
from pydantic import BaseModel

from linewatch.cloud.config import CloudSettings, load_cloud, template
from linewatch.cloud.errors import ConfigurationError


def names(model: type[BaseModel], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for name, field in model.model_fields.items():
        inner = [kind for kind in (field.annotation, *getattr(field.annotation, "__args__", ())) if _is_table(kind)]
        found |= names(inner[0], f"{prefix}{name}.") if inner else {prefix + name}
    return found


def _is_table(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def keys(table: dict[str, object], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for name, value in table.items():
        found |= keys(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name}
    return found


def uncommented() -> str:
    """The template with its optional keys and tables switched on."""
    lines = resources.files("linewatch.cloud").joinpath("cloud.toml").read_text().splitlines()
    return "\n".join(re.sub(r"^# (?=\[|[a-z_]+ = )", "", line) for line in lines)


def test_the_template_holds_every_setting_and_no_other() -> None:
    assert keys(tomllib.loads(uncommented())) == names(CloudSettings)


def test_the_template_says_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "cloud.toml").write_text(template("plant-1"))
    settings = load_cloud(tmp_path / "cloud.toml")
    assert settings.site == "plant-1"
    plain = CloudSettings(site="plant-1")
    assert settings.http == plain.http
    assert settings.broker == plain.broker
    assert settings.events.model_copy(update={"store": plain.events.store}) == plain.events
    assert settings.registry.model_dump(exclude={"folder", "keys"}) == plain.registry.model_dump(
        exclude={"folder", "keys"}
    )


def test_paths_are_relative_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "linewatch-cloud"
    folder.mkdir()
    (folder / "cloud.toml").write_text(template("plant-1"))
    monkeypatch.chdir(tmp_path)
    settings = load_cloud()
    assert settings.registry.folder == folder / "registry"
    assert settings.registry.keys == folder / "keys"
    assert settings.events.store.url == f"sqlite:///{folder}/data/events.db"
    monkeypatch.chdir(folder)
    assert load_cloud() == settings


@pytest.mark.parametrize(
    "url", ["sqlite:////var/lib/events.db", "postgresql+psycopg://user@host/name", "sqlite:///:memory:"]
)
def test_a_database_that_stands_elsewhere_stays_there(tmp_path: Path, url: str) -> None:
    path = tmp_path / "cloud.toml"
    path.write_text(f'[events.store]\nurl = "{url}"\n')
    assert load_cloud(path).events.store.url == url


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[htp]\n", "unknown key 'htp', did you mean 'http'"),
        ("[http]\nprot = 1\n", "unknown key 'http.prot', did you mean 'port'"),
        ("[http]\nport = 99999\n", "http.port"),
        ("[registry]\ntimestamp_days = 0\n", "registry.timestamp_days"),
        ('site = "a/b"\n', "site"),
        ('[broker]\nhost = "0.0.0.0"\n', "users_file"),
        ('[events.store]\nurl = "nonsense"\n', "events.store.url"),
        ("site = ", "not valid TOML"),
    ],
)
def test_a_wrong_file_is_refused_with_the_reason(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "cloud.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load_cloud(path)
    assert words in str(caught.value)


def test_no_file_says_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match="linewatch cloud init"):
        load_cloud()
