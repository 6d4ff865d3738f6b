"""Every way in which a folder can fail to be a bundle has its own error."""

import dataclasses
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.protos.bundle import (
    CLASSES_PATH,
    Bundle,
    ClassBank,
    DefectClass,
    FileEntry,
    FrameSampling,
    FrameStack,
    GoldenCheck,
    GoldenPicture,
    Lineage,
    Manifest,
    Measurement,
    RegionOfInterest,
    ScoreBand,
    Target,
    TargetClasses,
    TensorSpec,
    Threshold,
    bank_bytes,
    errors,
    manifest_bytes,
    manifest_digest,
    parse_manifest,
    read_bundle,
    write_bundle,
)

GRAPH = "targets/onnx-cpu-int8/model.onnx"
BANK = ClassBank(
    targets=(
        TargetClasses(target="onnx-cpu-int8", classes=(DefectClass(name="scratch", examples=2, prototype=(0.6, 0.7)),)),
    ),
    least_similarity=0.4,
    least_margin=0.05,
)
FILES = {GRAPH: b"graph", "golden/0.png": b"picture", "recipe.json": b"{}", "classes.json": bank_bytes(BANK)}


def a_target(name: str = "onnx-cpu-int8") -> Target:
    return Target(
        name=name,
        graph_path=GRAPH,
        inputs=(TensorSpec(name="frames", dtype="uint8", shape=(-1, -1, -1, 3)),),
        outputs=(
            TensorSpec(name="score", dtype="float32", shape=(-1,)),
            TensorSpec(name="embedding", dtype="float32", shape=(-1, 2)),
        ),
        threshold=Threshold(
            score=1.0,
            false_alarms_per_hour=1.0,
            frames_per_second=200.0,
            false_positive_rate_bound=0.01,
            confidence=0.95,
            normal_pictures=40,
        ),
        normal_scores=ScoreBand(low=0.2, median=0.5, high=0.9),
    )


def a_map(rows: int, columns: int) -> TensorSpec:
    return TensorSpec(name="map", dtype="float32", shape=(-1, rows, columns))


def a_manifest() -> Manifest:
    return Manifest(
        name="washers",
        targets=(a_target(),),
        golden=GoldenCheck(
            score_tolerance=0.01,
            pictures=(GoldenPicture(path="golden/0.png", scores={"onnx-cpu-int8": 0.4}),),
        ),
        lineage=Lineage(dataset_digest="0" * 64, training_run="washers", tool_versions={"onnx": "1"}),
        measurements=(Measurement(subject="teacher", metric="image_auroc", value=0.99),),
        frame_width=640,
        frame_height=512,
        defect_classes=("scratch",),
    )


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return write_bundle(tmp_path / "washers", a_manifest(), FILES)


def rewrite_manifest(bundle: Bundle, change: Callable[[Manifest], Manifest]) -> None:
    (bundle.folder / "manifest.json").write_bytes(manifest_bytes(change(bundle.manifest)))


def replaced(manifest: Manifest, **changes: object) -> Manifest:
    return dataclasses.replace(manifest, **changes)  # type: ignore[arg-type]


def test_what_was_written_is_read_again(bundle: Bundle) -> None:
    again = read_bundle(bundle.folder)
    assert again == bundle
    assert {path: again.read(path) for path in FILES} == FILES
    assert again.target("onnx-cpu-int8").graph_path == GRAPH
    assert again.classes() == ClassBank.from_proto(BANK.to_proto())
    assert again.digest == manifest_digest(again.manifest)


def test_a_region_is_kept_and_must_lie_in_the_frame(tmp_path: Path) -> None:
    corner = RegionOfInterest(left=0.5, top=0.25, width=0.5, height=0.7)
    assert write_bundle(tmp_path / "a", replaced(a_manifest(), region=corner), FILES).manifest.region == corner
    assert read_bundle(tmp_path / "a").manifest.region == corner
    for wrong in ({"left": 0.6}, {"width": 0.0}, {"top": -0.1}, {"height": float("nan")}, {"width": 1e300}):
        region = dataclasses.replace(corner, **wrong)
        with pytest.raises(errors.ManifestValueError, match="no part of the frame"):
            write_bundle(tmp_path / "b", replaced(a_manifest(), region=region), FILES)


def test_a_stack_is_kept_and_every_graph_takes_it(tmp_path: Path) -> None:
    stack = FrameStack(frames=3, step=2)
    assert stack.reach == 4
    frames = TensorSpec(name="frames", dtype="uint8", shape=(-1, 3, -1, -1, 3))
    moving = replaced(a_manifest(), stack=stack, targets=(dataclasses.replace(a_target(), inputs=(frames,)),))
    assert write_bundle(tmp_path / "a", moving, FILES).manifest.stack == stack
    assert read_bundle(tmp_path / "a").manifest.stack == stack
    for wrong in (replaced(moving, stack=None), replaced(a_manifest(), stack=stack)):
        with pytest.raises(errors.ManifestValueError, match=r"input .* for"):
            write_bundle(tmp_path / "b", wrong, FILES)
    for absurd in (FrameStack(frames=1, step=1), FrameStack(frames=17, step=1), FrameStack(frames=3, step=0)):
        with pytest.raises(errors.ManifestValueError, match="a stack of"):
            write_bundle(tmp_path / "b", replaced(moving, stack=absurd), FILES)


def test_what_graphs_look_at_is_kept(tmp_path: Path) -> None:
    sampling = FrameSampling(height=512, width=1024)
    written = write_bundle(tmp_path / "a", replaced(a_manifest(), sampling=sampling), FILES)
    assert (written.manifest.sampling, read_bundle(tmp_path / "a").manifest.sampling) == (sampling, sampling)
    for absurd in (FrameSampling(height=0, width=4), FrameSampling(height=4, width=1 << 20)):
        with pytest.raises(errors.ManifestValueError, match="graphs that look at"):
            write_bundle(tmp_path / "b", replaced(a_manifest(), sampling=absurd), FILES)


def test_classes_are_those_that_the_manifest_names(tmp_path: Path) -> None:
    unnamed = replaced(a_manifest(), defect_classes=())
    without = {path: data for path, data in FILES.items() if path != CLASSES_PATH}
    assert write_bundle(tmp_path / "a", unnamed, without).classes() is None
    for manifest, files in ((unnamed, FILES), (a_manifest(), without)):
        with pytest.raises(errors.ManifestValueError, match=r"classes of defects, and lists (a|no) file classes\.json"):
            write_bundle(tmp_path / "b", manifest, files)
    with pytest.raises(errors.ClassesError, match="the manifest"):
        write_bundle(tmp_path / "b", replaced(a_manifest(), defect_classes=("dent",)), FILES)
    assert not (tmp_path / "b").exists()


def test_a_bank_that_is_none_makes_no_bundle(bundle: Bundle) -> None:
    data = b'{"classes":[]}'
    (bundle.folder / CLASSES_PATH).write_bytes(data)
    entry = FileEntry(path=CLASSES_PATH, size_bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
    others = tuple(one for one in bundle.manifest.files if one.path != CLASSES_PATH)
    files = tuple(sorted((*others, entry), key=lambda one: one.path))
    rewrite_manifest(bundle, lambda manifest: replaced(manifest, files=files))
    with pytest.raises(errors.ManifestError, match=r"classes\.json does not follow its contract"):
        read_bundle(bundle.folder)


def test_nothing_but_the_bundle_is_left_beside_it(bundle: Bundle) -> None:
    assert [path.name for path in bundle.folder.parent.iterdir()] == ["washers"]


def test_a_target_that_was_not_compiled_names_those_that_were(bundle: Bundle) -> None:
    with pytest.raises(errors.BundleError, match="only for onnx-cpu-int8"):
        bundle.target("tensorrt-int8")


@given(bit=st.integers(min_value=0), which=st.sampled_from([*FILES, "manifest.json"]))
def test_one_flipped_bit_is_found(tmp_path_factory: pytest.TempPathFactory, bit: int, which: str) -> None:
    bundle = write_bundle(tmp_path_factory.mktemp("flip") / "washers", a_manifest(), FILES)
    path = bundle.folder / which
    data = bytearray(path.read_bytes())
    bit %= len(data) * 8
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)
    try:
        assert read_bundle(bundle.folder).digest != bundle.digest
    except errors.BundleError:
        return
    assert which == "manifest.json", "only a manifest can change into another valid one, and then its digest differs"


def test_a_changed_file_of_equal_size_fails_on_its_hash(bundle: Bundle) -> None:
    (bundle.folder / GRAPH).write_bytes(b"grapH")
    with pytest.raises(errors.HashError, match=r"model\.onnx"):
        read_bundle(bundle.folder)


def test_a_file_of_another_size_fails_on_its_size(bundle: Bundle) -> None:
    (bundle.folder / GRAPH).write_bytes(b"graph and more")
    with pytest.raises(errors.SizeError, match=r"14 bytes, its manifest says 5"):
        read_bundle(bundle.folder)


def test_a_missing_file(bundle: Bundle) -> None:
    (bundle.folder / GRAPH).unlink()
    with pytest.raises(errors.MissingFileError, match=r"model\.onnx"):
        read_bundle(bundle.folder)


def test_an_unlisted_file(bundle: Bundle) -> None:
    (bundle.folder / "golden" / "more.bin").write_bytes(b"")
    with pytest.raises(errors.UnlistedFileError, match=r"golden/more\.bin"):
        read_bundle(bundle.folder)


def test_a_file_changed_after_opening_is_refused(bundle: Bundle) -> None:
    (bundle.folder / GRAPH).write_bytes(b"other")
    with pytest.raises(errors.HashError):
        bundle.read(GRAPH)


@pytest.mark.parametrize("make_link", [os.symlink, os.link], ids=["symbolic", "hard"])
def test_links_are_refused(bundle: Bundle, tmp_path: Path, make_link: Callable[[Path, Path], None]) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"graph")
    (bundle.folder / GRAPH).unlink()
    make_link(outside, bundle.folder / GRAPH)
    with pytest.raises(errors.LinkError):
        read_bundle(bundle.folder)


def test_a_linked_folder_is_refused(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").symlink_to(bundle.folder)
    with pytest.raises(errors.BundleMissingError):
        read_bundle(tmp_path / "elsewhere")


def test_special_files_are_refused(bundle: Bundle) -> None:
    os.mkfifo(bundle.folder / "pipe")
    with pytest.raises(errors.LinkError):
        read_bundle(bundle.folder)


@pytest.mark.parametrize("name", ["nowhere", "."])
def test_a_folder_that_is_no_bundle_says_what_to_give(tmp_path: Path, name: str) -> None:
    with pytest.raises(errors.BundleMissingError, match="linewatch compile"):
        read_bundle(tmp_path / name)


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "/etc/passwd",
        "a//b",
        "a/../b",
        "./a",
        "",
        "a/",
        ".hidden",
        "a\\b",
        "a b",
        "é",
        "manifest.json",
        "x" * 201,
    ],
)
def test_paths_that_escape_or_are_not_portable(bundle: Bundle, tmp_path: Path, path: str) -> None:
    with pytest.raises(errors.PathError):
        write_bundle(tmp_path / "new", a_manifest(), {**FILES, path: b""})
    entry = FileEntry(path=path, size_bytes=0, sha256="0" * 64)
    rewrite_manifest(bundle, lambda manifest: replaced(manifest, files=(*manifest.files, entry)))
    with pytest.raises(errors.PathError):
        read_bundle(bundle.folder)


def test_a_file_listed_twice_in_another_case(tmp_path: Path) -> None:
    with pytest.raises(errors.DuplicateFileError):
        write_bundle(tmp_path / "new", a_manifest(), {**FILES, "Recipe.json": b""})


def test_an_unknown_version_says_so(bundle: Bundle) -> None:
    rewrite_manifest(bundle, lambda manifest: replaced(manifest, schema_version=99))
    with pytest.raises(errors.SchemaVersionError, match="99"):
        read_bundle(bundle.folder)


@pytest.mark.parametrize("shape", [(0,), (-2,), (1 << 17,), (65536, 65536), (1,) * 7])
def test_absurd_shapes(bundle: Bundle, shape: tuple[int, ...]) -> None:
    target = replaced_target(inputs=(TensorSpec(name="frames", dtype="uint8", shape=shape),))
    rewrite_manifest(bundle, lambda manifest: replaced(manifest, targets=(target,)))
    with pytest.raises(errors.ManifestValueError, match="frames"):
        read_bundle(bundle.folder)


def replaced_target(**changes: object) -> Target:
    return dataclasses.replace(a_target(), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(-1, -1), (1, 3), (32, 32)])
def test_the_cells_of_a_score_lie_in_the_map(tmp_path: Path, shape: tuple[int, int]) -> None:
    manifest = replaced(
        a_manifest(), targets=(replaced_target(score_cells=3, outputs=(*a_target().outputs, a_map(*shape))),)
    )
    assert write_bundle(tmp_path / "b", manifest, FILES).manifest.targets[0].score_cells == 3
    assert '"scoreCells"' not in manifest_bytes(a_manifest()).decode(), "what older bundles say stays as it is"


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "../x"},
        {"name": ""},
        {"site": "a/b"},
        {"frame_width": 0},
        {"frame_height": 1 << 20},
        {"targets": ()},
        {"targets": (a_target(), a_target())},
        {"targets": (replaced_target(graph_path="nowhere.onnx"),)},
        {"targets": (replaced_target(inputs=()),)},
        {"targets": (replaced_target(score_cells=3),)},
        {"targets": (replaced_target(score_cells=3, outputs=(a_map(1, 2),)),)},
        {"targets": (replaced_target(outputs=(TensorSpec(name="y", dtype="complex", shape=()),)),)},
        {"targets": (replaced_target(threshold=dataclasses.replace(a_target().threshold, score=float("nan"))),)},
        {"targets": (replaced_target(threshold=dataclasses.replace(a_target().threshold, confidence=1.5)),)},
        {"targets": (replaced_target(normal_scores=ScoreBand(low=2, median=1, high=3)),)},
        {"golden": GoldenCheck(score_tolerance=0.1, pictures=())},
        {"golden": GoldenCheck(score_tolerance=0, pictures=a_manifest().golden.pictures)},
        {"golden": GoldenCheck(score_tolerance=0.1, pictures=(GoldenPicture(path="golden/0.png", scores={}),))},
        {"measurements": (Measurement(subject="teacher", metric="ms", value=float("inf")),)},
    ],
)
def test_absurd_values_are_not_even_written(tmp_path: Path, changes: dict[str, object]) -> None:
    with pytest.raises(errors.ManifestValueError):
        write_bundle(tmp_path / "new", replaced(a_manifest(), **changes), FILES)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b'{"name":"a","name":"a"}',
        b'{"surprise":1}',
        b'{"name": "a"}',
        b"[" * 100_000,
        b"null",
        b"1",
        b"9" * 5000,
    ],
    ids=[
        "empty",
        "list",
        "cut",
        "not-utf8",
        "repeated",
        "unknown",
        "not-canonical",
        "deep",
        "null",
        "number",
        "long-number",
    ],
)
def test_manifests_that_are_not_canonical_json(data: bytes) -> None:
    with pytest.raises(errors.ManifestError):
        parse_manifest(data)


def test_writing_does_not_touch_what_stands_there(bundle: Bundle, tmp_path: Path) -> None:
    with pytest.raises(errors.BundleExistsError):
        write_bundle(bundle.folder, a_manifest(), FILES)
    (tmp_path / "notes").mkdir()
    with pytest.raises(errors.BundleExistsError, match="not a bundle"):
        write_bundle(tmp_path / "notes", a_manifest(), FILES, replace=True)
    assert read_bundle(bundle.folder) == bundle


def test_replace_exchanges_a_bundle(bundle: Bundle) -> None:
    newer = write_bundle(bundle.folder, replaced(a_manifest(), release=2), FILES, replace=True)
    assert read_bundle(bundle.folder) == newer
    assert [path.name for path in bundle.folder.parent.iterdir()] == ["washers"]


def test_an_unwritable_place_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(errors.BundleWriteError, match="cannot write the bundle"):
        write_bundle(tmp_path / "file" / "washers", a_manifest(), FILES)
