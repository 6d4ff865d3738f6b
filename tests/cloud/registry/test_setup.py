"""`cloud init` makes all of a cloud folder, once."""

from pathlib import Path

import pytest

from linewatch.cloud.config import load_cloud
from linewatch.cloud.errors import ConfigurationError, WrongUse
from linewatch.cloud.registry.repository import Repository
from linewatch.cloud.registry.setup import set_up


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_cloud_folder_is_complete_and_works(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "cloud"
    assert set_up(folder, "plant-1")
    assert sorted(path.name for path in folder.iterdir()) == [".gitignore", "cloud.toml", "data", "keys", "registry"]
    settings = load_cloud(folder / "cloud.toml")
    assert settings.site == "plant-1"
    Repository(settings.registry).commit([])
    assert "/keys/" in (folder / ".gitignore").read_text()


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    assert set_up(tmp_path / "cloud", "plant-1")
    before = contents(tmp_path / "cloud")
    assert not set_up(tmp_path / "cloud", "plant-2")
    assert contents(tmp_path / "cloud") == before


def test_an_empty_folder_is_filled_and_a_full_one_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert set_up(tmp_path / "empty", "plant-1")
    (tmp_path / "full" / "keys").mkdir(parents=True)
    (tmp_path / "full" / "keys" / "root.pem").write_bytes(b"mine")
    with pytest.raises(WrongUse, match="not an empty folder"):
        set_up(tmp_path / "full", "plant-1")
    assert contents(tmp_path / "full") == {"keys/root.pem": b"mine"}


def test_a_site_that_is_no_name_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be a site"):
        set_up(tmp_path / "cloud", "a/b")
    assert list(tmp_path.iterdir()) == []
