"""The store knows what serves, keeps the one before, and trusts no file that it has not checked."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from linewatch.edge.errors import BundleBroken
from linewatch.edge.update import store as module
from linewatch.edge.update.durable import switch_link
from linewatch.edge.update.store import BundleStore
from linewatch.protos.bundle import read_bundle

BundleMaker = Callable[..., Path]


@pytest.fixture
def store(tmp_path: Path) -> BundleStore:
    return BundleStore(tmp_path / "state")


@pytest.fixture
def digests(store: BundleStore, make_bundle: BundleMaker) -> list[str]:
    """Three installed bundles."""
    return [install(store, make_bundle(f"b{bright}", bright=bright)) for bright in (50.0, 60.0, 70.0)]


def install(store: BundleStore, folder: Path) -> str:
    digest = read_bundle(folder).digest
    staged = store.staging(digest)
    shutil.copytree(folder, staged)
    store.adopt(staged, digest)
    return digest


def damage(store: BundleStore, digest: str) -> None:
    path = store.folder(digest) / "recipe.json"
    path.write_bytes(b"[]")


def test_an_empty_store_has_nothing(store: BundleStore) -> None:
    assert (store.current(), store.previous(), store.installed(), store.usable()) == (None, None, [], None)


def test_switching_remembers_the_one_before(store: BundleStore, digests: list[str]) -> None:
    a, b, c = digests
    for digest in (a, b, b, c):
        store.switch(digest)
    assert (store.current(), store.previous()) == (c, b)
    store.switch(b)
    assert (store.current(), store.previous()) == (b, c)


def test_after_a_cut_between_the_two_links_the_old_bundle_is_current(
    store: BundleStore, digests: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b, _ = digests
    store.switch(a)

    def cut(link: Path, target: str) -> None:
        if link.name == "current":
            raise KeyboardInterrupt
        switch_link(link, target)

    monkeypatch.setattr(module, "switch_link", cut)
    with pytest.raises(KeyboardInterrupt):
        store.switch(b)
    assert (store.current(), store.previous()) == (a, a)


def test_what_is_not_needed_is_collected(store: BundleStore, digests: list[str]) -> None:
    a, b, c = digests
    store.switch(a)
    store.switch(b)
    store.staging("f" * 64).mkdir()
    store.folder("stray").write_text("stray")
    assert sorted(store.collect()) == sorted([c, "." + "f" * 64 + ".partial", "stray"])
    assert store.installed() == sorted([a, b])
    assert (store.current(), store.previous()) == (b, a)
    store.open(a)


def test_what_serves_is_never_discarded(store: BundleStore, digests: list[str]) -> None:
    a, b, c = digests
    store.switch(a)
    store.switch(b)
    for digest in digests:
        store.discard(digest)
    assert store.installed() == sorted([a, b])
    assert c not in store.installed()


def test_a_damaged_current_bundle_gives_way_to_the_previous_one(store: BundleStore, digests: list[str]) -> None:
    a, b, _ = digests
    store.switch(a)
    store.switch(b)
    damage(store, b)
    with pytest.raises(BundleBroken, match="recipe"):
        store.open(b)
    usable = store.usable()
    assert usable is not None
    assert usable.digest == a
    damage(store, a)
    assert store.usable() is None


def test_a_bundle_under_another_ones_name_is_not_opened(store: BundleStore, digests: list[str]) -> None:
    a, b, _ = digests
    shutil.rmtree(store.folder(a))
    shutil.copytree(store.folder(b), store.folder(a))
    with pytest.raises(BundleBroken, match="another bundle"):
        store.open(a)


def test_a_link_that_leaves_the_store_is_not_followed(store: BundleStore, digests: list[str], tmp_path: Path) -> None:
    (store.folder("current")).symlink_to(tmp_path)
    assert store.current() is None


def test_adopting_puts_a_damaged_bundle_right(store: BundleStore, digests: list[str], make_bundle: BundleMaker) -> None:
    damage(store, digests[0])
    assert install(store, make_bundle("again", bright=50.0)) == digests[0]
    store.open(digests[0])


def test_files_are_found_by_their_contents(store: BundleStore, digests: list[str]) -> None:
    bundle = store.open(digests[0])
    files = store.files()
    for entry in bundle.manifest.files:
        assert files[entry.sha256, entry.size_bytes].stat().st_size == entry.size_bytes
    (store.folder(digests[1]) / "manifest.json").write_bytes(b"{")
    assert len(store.files()) < len(files)
