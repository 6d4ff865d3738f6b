import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from blurred import SIZE, BlurTeacher, good
from linewatch.cloud.errors import NotRepeated, WrongUse
from linewatch.cloud.training.repeat import check_repeated, original_of
from linewatch.compiler.classes.change import add_class
from linewatch.compiler.compile import compile_bundle
from linewatch.compiler.pictures import Pictures
from linewatch.compiler.settings import CompileSettings
from linewatch.compiler.student.shape import StudentShape
from linewatch.compiler.teach.distil import DistilSettings
from linewatch.protos.bundle import Bundle

GOOD = [good(seed) for seed in range(20)]
DIGEST = "cd" * 32
SETTINGS = CompileSettings(
    student=StudentShape(height=SIZE[0], width=SIZE[1], features=4),
    material=32,
    distil=DistilSettings(steps=2, batch=4),
    max_auroc_loss=1.0,
)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = tmp_path_factory.mktemp("repeat") / "bundle"
    return compile_bundle(BlurTeacher(GOOD), Pictures(good=GOOD, digest=DIGEST), folder, SETTINGS).bundle


def test_a_bundle_says_how_it_was_made(bundle: Bundle) -> None:
    original = original_of(bundle.folder, DIGEST)
    assert original.settings == SETTINGS
    assert original.threads == torch.get_num_threads()
    assert set(original.recorded.latency_ms) == {"teacher", "student-fp32", "onnx-cpu-int8"}
    assert check_repeated(original.bundle, bundle)


def test_other_pictures_and_no_bundle_are_refused(bundle: Bundle, tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="other pictures"):
        original_of(bundle.folder, "ef" * 32)
    with pytest.raises(WrongUse, match="nothing"):
        original_of(tmp_path / "nothing", DIGEST)


def test_publishing_does_not_count_as_a_difference(bundle: Bundle) -> None:
    published = dataclasses.replace(bundle, manifest=dataclasses.replace(bundle.manifest, site="plant", release=7))
    check_repeated(published, bundle)


def test_what_differs_is_named_with_the_versions_that_may_be_why(bundle: Bundle) -> None:
    manifest = bundle.manifest
    files = tuple(
        dataclasses.replace(entry, sha256="00" * 32) if entry.path == "recipe.json" else entry
        for entry in manifest.files
    )
    tools = {**manifest.lineage.tool_versions, "onnx": "0.1"}
    other = dataclasses.replace(
        bundle,
        manifest=dataclasses.replace(
            manifest, files=files, lineage=dataclasses.replace(manifest.lineage, tool_versions=tools)
        ),
    )
    with pytest.raises(NotRepeated, match=r"recipe\.json differ; other versions were at work: onnx .* then, 0\.1 now"):
        check_repeated(bundle, other)


def test_classes_that_were_added_since_do_not_count_as_a_difference(bundle: Bundle, tmp_path: Path) -> None:
    folder = shutil.copytree(bundle.folder, tmp_path / "bundle")
    spoiled = [np.where(np.indices(frame.shape).sum(0) % 9 < 5, 255, 0).astype(np.uint8) for frame in GOOD[:2]]
    added = add_class(folder, "pattern", spoiled).bundle
    assert added.digest != bundle.digest
    assert not check_repeated(added, bundle)
    with pytest.raises(NotRepeated, match=r"classes\.json"):
        check_repeated(bundle, added)
