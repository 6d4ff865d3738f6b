"""Publishing stamps, signs and counts; the bundle's own folder stays as it is."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from linewatch.cloud.errors import BundleUnusable, WrongUse
from linewatch.cloud.registry.release import publish, release_path
from linewatch.protos.bundle import parse_manifest, read_bundle

if TYPE_CHECKING:
    from cloud.conftest import Made

BundleMaker = Callable[..., Path]


def test_a_release_is_the_same_bundle_with_another_manifest(made: "Made", make_bundle: BundleMaker) -> None:
    folder = make_bundle()
    compiled = read_bundle(folder)
    release = publish(folder, "plant-1", made.repository)
    assert read_bundle(folder) == compiled

    target = made.repository.targets().targets[release_path("plant-1", "washers")]
    assert target.hashes == {"sha256": release.digest}
    assert target.custom == {"release": 1, "digest": release.digest}
    data = (made.settings.targets / f"releases/plant-1/{release.digest}.washers.json").read_bytes()
    manifest = parse_manifest(data)
    assert (manifest.site, manifest.release) == ("plant-1", 1)
    assert manifest.files == compiled.manifest.files
    assert manifest.targets == compiled.manifest.targets
    for entry in manifest.files:
        blob = made.settings.targets / f"blobs/{entry.sha256}.{entry.sha256}"
        assert hashlib.sha256(blob.read_bytes()).hexdigest() == entry.sha256


def test_releases_count_up_by_site_and_name(made: "Made", make_bundle: BundleMaker) -> None:
    one, two = make_bundle("one"), make_bundle("two", bright=90.0)
    nuts = make_bundle("nuts", name="nuts")
    assert publish(one, "a", made.repository).release == 1
    assert publish(two, "a", made.repository).release == 2
    assert publish(two, "b", made.repository).release == 1
    assert publish(nuts, "a", made.repository).release == 1
    back = publish(one, "a", made.repository)
    assert (back.release, back.blobs_new, back.bytes_new) == (3, 0, 0)


def test_only_what_is_new_is_stored(made: "Made", make_bundle: BundleMaker) -> None:
    first = publish(make_bundle("one"), "a", made.repository)
    second = publish(make_bundle("two", bright=90.0), "a", made.repository)
    assert first.blobs_new == 4
    assert second.blobs_new == 1
    assert 0 < second.bytes_new < first.bytes_new


def test_a_published_bundle_can_be_published_for_another_site(
    made: "Made", make_bundle: BundleMaker, tmp_path: Path
) -> None:
    folder = make_bundle()
    release = publish(folder, "a", made.repository)
    stamped = made.settings.targets / f"releases/a/{release.digest}.washers.json"
    (folder / "manifest.json").write_bytes(stamped.read_bytes())
    again = publish(folder, "b", made.repository)
    assert (again.site, again.release, again.blobs_new) == ("b", 1, 0)


def test_a_damaged_bundle_is_refused_and_nothing_is_published(made: "Made", make_bundle: BundleMaker) -> None:
    folder = make_bundle()
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        data = path.read_bytes()
        middle = len(data) // 2
        path.write_bytes(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :])
        with pytest.raises(BundleUnusable, match="nothing was published"):
            publish(folder, "a", made.repository)
        path.write_bytes(data)
    assert made.repository.targets().targets == {}
    assert made.repository.timestamp().version == 1


def test_what_is_no_bundle_is_wrong_use(made: "Made", tmp_path: Path) -> None:
    for folder in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(WrongUse, match="linewatch compile"):
            publish(folder, "a", made.repository)


@pytest.mark.parametrize("site", ["../escape", "a/b", "", " ", "a" * 65])
def test_a_site_that_is_no_name_is_wrong_use(made: "Made", make_bundle: BundleMaker, site: str) -> None:
    with pytest.raises(WrongUse, match="site"):
        publish(make_bundle(), site, made.repository)
    assert made.repository.targets().targets == {}
