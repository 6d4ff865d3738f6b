"""A bundle learns and forgets classes, and its graphs stay what they are byte for byte."""

import shutil
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from blurred import SIZE, BlurTeacher, good
from linewatch.compiler.classes.change import add_class, remove_class
from linewatch.compiler.compile import Compiled, compile_bundle
from linewatch.compiler.errors import WrongUse
from linewatch.compiler.graph.runtime import Judge
from linewatch.compiler.pictures import LabelledPicture, Pictures, TestPicture
from linewatch.compiler.settings import CompileSettings
from linewatch.compiler.student.shape import StudentShape
from linewatch.compiler.target import ONNX_CPU_INT8, TENSORRT_INT8
from linewatch.compiler.teach.distil import DistilSettings
from linewatch.compiler.teacher import UInt8Array
from linewatch.protos.bundle import CLASSES_PATH, Bundle, read_bundle

GOOD = [good(seed) for seed in range(24)]
SETTINGS = CompileSettings(
    student=StudentShape(height=SIZE[0], width=SIZE[1], features=12),
    targets=(ONNX_CPU_INT8, TENSORRT_INT8),
    material=48,
    distil=DistilSettings(steps=30, batch=8, learning_rate=1e-3),
    max_auroc_loss=1.0,
)


def dented(seed: int) -> UInt8Array:
    picture = good(seed)
    cv2.circle(picture, (64 + seed % 5, 48 - seed % 3), 17, (20, 15, 15), -1)
    return picture


def scratched(seed: int) -> UInt8Array:
    picture = good(seed)
    for row in range(20, 76, 8):
        cv2.line(picture, (30, row), (98, row + 4), (255, 255, 255), 2)
    return picture


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    kinds = {"dent": dented, "scratch": scratched}
    pictures = Pictures(
        good=GOOD,
        labelled=[LabelledPicture(frame=kinds[kind](seed), kind=kind) for kind in kinds for seed in range(40, 44)],
        test=[
            *(TestPicture(frame=good(seed), defective=False) for seed in range(100, 108)),
            *(TestPicture(frame=kinds[kind](seed), defective=True, kind=kind) for kind in kinds for seed in range(6)),
        ],
    )
    return compile_bundle(BlurTeacher(GOOD), pictures, tmp_path_factory.mktemp("classes") / "discs", SETTINGS)


@pytest.fixture
def bundle(compiled: Compiled, tmp_path: Path) -> Bundle:
    return read_bundle(shutil.copytree(compiled.bundle.folder, tmp_path / "discs"))


def name(bundle: Bundle, frame: UInt8Array) -> str:
    bank = bundle.classes()
    assert bank is not None
    verdicts = Judge(bundle.read(bundle.target(ONNX_CPU_INT8).graph_path))([frame])
    return bank.name(ONNX_CPU_INT8, verdicts.embeddings[0].tolist())


def test_labelled_defects_become_classes_that_name_others(compiled: Compiled) -> None:
    assert compiled.bundle.manifest.defect_classes == ("dent", "scratch")
    for target in SETTINGS.targets:
        naming = compiled.table.row(target).naming
        assert naming is not None
        assert naming.found >= 8
        assert naming.right >= 0.75 * naming.found
    bank = compiled.bundle.classes()
    assert bank is not None
    dent, scratch = bank.of(ONNX_CPU_INT8)
    assert dent.similarity(tuple(scratch.prototype)) < 0.8 * np.linalg.norm(scratch.prototype)


def test_a_class_is_added_without_touching_a_graph(bundle: Bundle) -> None:
    folder, before = bundle.folder, bundle
    without = remove_class(folder, "scratch")
    assert without.manifest.defect_classes == ("dent",)
    assert name(without, scratched(7)) in ("", "dent")
    added = add_class(folder, "Kratzer", [scratched(seed) for seed in range(50, 55)])
    assert (added.shown, added.bundle.digest) == (5, read_bundle(folder).digest)
    assert added.bundle.manifest.lineage.parent_bundle == without.digest
    assert name(added.bundle, scratched(7)) == "Kratzer"
    assert name(added.bundle, dented(7)) == "dent"
    changed = {
        entry.path
        for entry, other in zip(before.manifest.files, added.bundle.manifest.files, strict=True)
        if entry != other
    }
    assert changed == {CLASSES_PATH}


def test_a_known_class_is_refined(bundle: Bundle) -> None:
    added = add_class(bundle.folder, "dent", [dented(60), dented(61)])
    bank = added.bundle.classes()
    assert bank is not None
    assert [one.examples for one in bank.of(TENSORRT_INT8)] == [6, 4]


def test_a_bundle_may_forget_all_of_them(bundle: Bundle) -> None:
    remove_class(bundle.folder, "dent")
    left = remove_class(bundle.folder, "scratch")
    assert left.classes() is None
    assert CLASSES_PATH not in {entry.path for entry in left.manifest.files}


def test_what_cannot_be_is_refused_and_nothing_is_changed(bundle: Bundle, tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="none of the 2 pictures anomalous"):
        add_class(bundle.folder, "ghost", [GOOD[0], GOOD[1]])
    with pytest.raises(WrongUse, match="cannot be called ''"):
        add_class(bundle.folder, "", [dented(1)])
    with pytest.raises(WrongUse, match="at least one picture"):
        add_class(bundle.folder, "ghost", [])
    with pytest.raises(WrongUse, match="it knows: dent, scratch"):
        remove_class(bundle.folder, "ghost")
    with pytest.raises(WrongUse, match="is not a folder"):
        add_class(tmp_path / "nowhere", "dent", [dented(1)])
    assert read_bundle(bundle.folder).digest == bundle.digest


def test_two_at_once_both_teach_it(bundle: Bundle) -> None:
    teachers = [
        threading.Thread(target=add_class, args=(bundle.folder, f"kind-{number}", [scratched(seed)]))
        for number, seed in enumerate(range(50, 54))
    ]
    for teacher in teachers:
        teacher.start()
    for teacher in teachers:
        teacher.join()
    assert set(read_bundle(bundle.folder).manifest.defect_classes) == {
        "dent",
        "scratch",
        *(f"kind-{number}" for number in range(4)),
    }


def test_a_bundle_one_stands_in_is_not_exchanged(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(bundle.folder)
    with pytest.raises(WrongUse, match="the folder you work in"):
        remove_class(Path(), "dent")
    assert read_bundle(bundle.folder).digest == bundle.digest
