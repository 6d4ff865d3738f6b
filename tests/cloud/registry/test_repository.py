"""The registry is always a whole one, whatever happens to whoever writes it."""

import shutil
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tuf.api.exceptions import DownloadHTTPError, RepositoryError
from tuf.api.metadata import Metadata, Root
from tuf.ngclient import FetcherInterface, Updater

from linewatch.cloud.errors import CloudError, KeyUnusable, RegistryDamaged, RegistryMissing, RegistryUnwritable
from linewatch.cloud.registry import signing
from linewatch.cloud.registry.durable import write_whole
from linewatch.cloud.registry.keys import make_keys
from linewatch.cloud.registry.repository import Repository

if TYPE_CHECKING:
    from cloud.conftest import Made


class FolderFetcher(FetcherInterface):
    """Fetches from the registry's folder: a device without a network between."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _fetch(self, url: str) -> Iterator[bytes]:
        file = self.folder / url.removeprefix("folder:/")
        if not file.is_file():
            raise DownloadHTTPError("not there", 404)
        return iter([file.read_bytes()])


def device_sees(made: "Made", cache: Path) -> set[str]:
    """Target paths that a standard TUF client finds when it starts from the first root."""
    cache.mkdir(exist_ok=True)
    root = (made.settings.metadata / "1.root.json").read_bytes()
    fetcher = FolderFetcher(made.settings.folder)
    updater = Updater(str(cache), "folder:/metadata", fetcher=fetcher, bootstrap=root)
    updater.refresh()
    paths = made.repository.targets().targets
    return {path for path in paths if updater.get_targetinfo(path) is not None}


def test_a_new_registry_is_empty_and_whole(made: "Made", tmp_path: Path) -> None:
    assert device_sees(made, tmp_path / "cache") == set()
    assert set(made.repository.expiries()) == {"root", "targets", "snapshot", "timestamp"}


def test_a_standard_client_finds_what_was_committed(made: "Made", tmp_path: Path) -> None:
    repository = made.repository
    repository.commit([repository.store("a/b.json", b"one"), repository.store("blobs/x", b"two")])
    assert device_sees(made, tmp_path / "cache") == {"a/b.json", "blobs/x"}
    repository.commit([repository.store("c", b"three")])
    assert device_sees(made, tmp_path / "cache") == {"a/b.json", "blobs/x", "c"}


def test_a_folder_without_registry_says_what_to_run(made: "Made", tmp_path: Path) -> None:
    settings = made.settings.model_copy(update={"folder": tmp_path / "nowhere"})
    with pytest.raises(RegistryMissing, match="linewatch cloud init"):
        Repository(settings)


@pytest.mark.parametrize("written", [0, 1, 2])
def test_a_crash_between_two_files_leaves_the_old_state_valid(
    made: "Made", tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    repository = made.repository
    repository.commit([repository.store("old", b"old")])
    count = 0

    def write_some(path: Path, data: bytes) -> None:
        nonlocal count
        if count == written:
            raise KeyboardInterrupt
        count += 1
        write_whole(path, data)

    new = repository.store("new", b"new")
    monkeypatch.setattr(signing, "write_whole", write_some)
    with pytest.raises(KeyboardInterrupt):
        repository.commit([new])
    monkeypatch.undo()
    assert device_sees(made, tmp_path / "cache") == {"old"}
    repository.commit([new])
    assert device_sees(made, tmp_path / "cache") == {"old", "new"}


@pytest.mark.parametrize("name", ["timestamp.json", "1.snapshot.json", "1.targets.json", "1.root.json"])
def test_nothing_is_signed_on_top_of_a_changed_file(made: "Made", name: str) -> None:
    path = made.settings.metadata / name
    metadata: Metadata[Any] = Metadata.from_bytes(path.read_bytes())
    metadata.signed.version += 1
    path.write_bytes(metadata.to_bytes())
    with pytest.raises(RegistryDamaged, match="restore it from a copy"):
        made.repository.commit([])
    path.write_bytes(b"{")
    with pytest.raises(RegistryDamaged, match="restore it from a copy"):
        made.repository.commit([])
    path.unlink()
    with pytest.raises(RegistryMissing):
        made.repository.commit([])


def test_signatures_are_renewed_before_half_their_life_is_over(made: "Made", tmp_path: Path) -> None:
    repository = made.repository
    assert not repository.refresh()
    made.now += timedelta(hours=13)
    assert repository.refresh()
    assert (repository.timestamp().version, repository.snapshot().version) == (2, 1)
    made.now += timedelta(days=5)
    assert repository.refresh()
    assert (repository.timestamp().version, repository.snapshot().version) == (3, 2)
    assert repository.timestamp().expires > made.now
    assert device_sees(made, tmp_path / "cache") == set()


def test_a_renewed_root_is_followed_from_the_first_one(made: "Made", tmp_path: Path) -> None:
    before = made.repository.expiries()
    made.now += timedelta(days=10)
    made.repository.renew()
    after = made.repository.expiries()
    assert all(after[role] > before[role] for role in before)
    assert device_sees(made, tmp_path / "cache") == set()
    newest: Metadata[Root] = Metadata.from_bytes((made.settings.metadata / "root.json").read_bytes())
    assert newest.signed.version == 2


def test_online_work_needs_no_offline_key(made: "Made") -> None:
    for role in ("root", "targets"):
        (made.settings.keys / f"{role}.pem").unlink()
    made.now += timedelta(days=6)
    assert made.repository.refresh()
    with pytest.raises(KeyUnusable, match="targets key"):
        made.repository.commit([])
    with pytest.raises(KeyUnusable, match="root key"):
        made.repository.renew()


def test_a_registry_with_another_ones_keys_is_refused(made: "Made", tmp_path: Path) -> None:
    shutil.rmtree(made.settings.keys)
    make_keys(made.settings.keys)
    version = made.repository.timestamp().version
    with pytest.raises(KeyUnusable, match="not the targets key that this registry trusts"):
        made.repository.commit([])
    assert made.repository.timestamp().version == version


def test_writers_take_turns(made: "Made") -> None:
    def publish(name: str) -> None:
        repository = made.repository
        with repository.locked():
            repository.commit([repository.store(name, name.encode())])

    threads = [threading.Thread(target=publish, args=(f"file-{index}",)) for index in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made.repository.targets().targets) == 6
    assert made.repository.timestamp().version == 7


def test_a_damaged_blob_is_written_again(made: "Made") -> None:
    stored = made.repository.store("blobs/x", b"contents")
    (place,) = made.settings.targets.glob("blobs/*")
    place.write_bytes(b"contentz")
    assert made.repository.store("blobs/x", b"contents") == stored
    assert place.read_bytes() == b"contents"


def test_a_disk_that_refuses_is_an_error_that_says_so(made: "Made") -> None:
    shutil.rmtree(made.settings.targets)
    made.settings.targets.write_bytes(b"in the way")
    with pytest.raises(RegistryUnwritable, match="cannot make the folder"):
        made.repository.store("blobs/x", b"contents")


def test_every_error_is_one_that_the_command_shows() -> None:
    for kind in (KeyUnusable, RegistryDamaged, RegistryMissing, RegistryUnwritable):
        assert issubclass(kind, CloudError)
        assert not issubclass(kind, RepositoryError)
