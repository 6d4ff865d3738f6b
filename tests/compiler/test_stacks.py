"""A student of stacks sees what no single frame shows, and its bundle says how it wants to be fed."""

from pathlib import Path

import numpy as np
import pytest

from blurred import BlurTeacher, bad
from linewatch.compiler.classes.change import add_class
from linewatch.compiler.compile import Compiled, compile_bundle
from linewatch.compiler.errors import WrongUse
from linewatch.compiler.graph.runtime import Judge
from linewatch.compiler.pictures import LabelledPicture, Pictures, TestPicture
from linewatch.compiler.prove.golden import read_golden
from linewatch.compiler.prove.metrics import auroc
from linewatch.compiler.sample import stills
from linewatch.compiler.settings import CompileSettings
from linewatch.compiler.student.shape import GAUSSIAN, MOTION, StudentShape
from linewatch.compiler.target import ONNX_CPU_INT8, TENSORRT_FP16, TENSORRT_INT8
from linewatch.compiler.teach.distil import DistilSettings
from linewatch.compiler.teacher import FloatArray
from linewatch.edge.infer.engine import Engine
from linewatch.protos.bundle import FrameStack, RegionOfInterest
from moving import FRAMES, SIZE, SPEED, stack

GOOD = [stack(seed) for seed in range(60)]
TEST = [TestPicture(frame=stack(seed), defective=False) for seed in range(100, 110)]
TEST += [TestPicture(frame=stack(seed, speed=0.0), defective=True) for seed in range(110, 120)]
SETTINGS = CompileSettings(
    student=StudentShape(height=SIZE[0], width=SIZE[1], features=8, heads=(GAUSSIAN, MOTION), frames=FRAMES),
    targets=(ONNX_CPU_INT8, TENSORRT_INT8, TENSORRT_FP16),
    material=60,
    distil=DistilSettings(steps=10, batch=8, learning_rate=1e-3),
    max_auroc_loss=1.0,
)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    folder = tmp_path_factory.mktemp("stacks") / "belt"
    return compile_bundle(BlurTeacher(stills(GOOD)), Pictures(good=GOOD, test=TEST), folder, SETTINGS)


def scores(compiled: Compiled, speed: float) -> FloatArray:
    judge = Judge(compiled.bundle.read(compiled.bundle.target(ONNX_CPU_INT8).graph_path))
    return judge([stack(seed, speed) for seed in range(200, 216)]).scores


@pytest.mark.parametrize("speed", [0.0, -SPEED, 2 * SPEED, SPEED / 2], ids=["stopped", "reversed", "fast", "slow"])
def test_what_only_motion_tells_is_found(compiled: Compiled, speed: float) -> None:
    assert auroc(scores(compiled, SPEED), scores(compiled, speed)) > 0.97
    assert (scores(compiled, speed) >= 1).mean() > 0.8


def test_the_usual_run_is_normal(compiled: Compiled) -> None:
    assert (scores(compiled, SPEED) >= 1).mean() < 0.2


def test_every_target_scores_alike_and_a_teacher_of_single_frames_sees_nothing(compiled: Compiled) -> None:
    assert compiled.table.row("teacher").accuracy.image_auroc < 0.9
    for target in SETTINGS.targets:
        assert compiled.table.row(target).accuracy.image_auroc > 0.97


def test_the_bundle_says_what_it_judges_at_once(compiled: Compiled) -> None:
    manifest = compiled.bundle.manifest
    assert manifest.stack == FrameStack(frames=FRAMES, step=1)
    assert all(target.inputs[0].shape == (-1, FRAMES, -1, -1, 3) for target in manifest.targets)
    assert (manifest.frame_height, manifest.frame_width) == SIZE
    golden = read_golden(compiled.bundle.read(manifest.golden.pictures[1].path), manifest.stack)
    assert golden.shape == (FRAMES, *SIZE, 3)
    judge = Judge(compiled.bundle.read(compiled.bundle.target(ONNX_CPU_INT8).graph_path))
    expected = manifest.golden.pictures[1].scores[ONNX_CPU_INT8]
    assert float(judge([golden]).scores[0]) == pytest.approx(expected, abs=1e-5)


def test_a_device_scores_the_golden_stacks_alike(compiled: Compiled) -> None:
    model = Engine(ONNX_CPU_INT8).check(compiled.bundle.folder)
    assert model.reach == FRAMES - 1
    frames = list(stack(300, speed=0.0))
    assert model.judge(frames[-1], frames[:-1]).anomalous


def test_a_region_is_cut_out_of_every_frame_of_a_stack(compiled: Compiled, tmp_path: Path) -> None:
    half = RegionOfInterest(left=0.5, top=0.0, width=0.5, height=1.0)
    made = compile_bundle(
        BlurTeacher(stills(GOOD)), Pictures(good=GOOD, test=TEST, region=half), tmp_path / "half", SETTINGS
    )
    wide = np.concatenate([np.zeros_like(GOOD[0]), GOOD[0]], axis=2)
    whole, cut = (
        Judge(one.bundle.read(one.bundle.target(ONNX_CPU_INT8).graph_path))([shown]).scores[0]
        for one, shown in ((compiled, GOOD[0]), (made, wide))
    )
    assert float(cut) == pytest.approx(float(whole), rel=1e-4)
    assert (made.bundle.manifest.frame_height, made.bundle.manifest.frame_width) == (SIZE[0], 2 * SIZE[1])


def test_a_bundle_that_judges_stacks_names_nothing(compiled: Compiled) -> None:
    with pytest.raises(WrongUse, match="judges the frames of a video together"):
        add_class(compiled.bundle.folder, "dent", [bad(0)])


def test_samples_are_those_that_the_student_judges(tmp_path: Path) -> None:
    teacher = BlurTeacher(stills(GOOD))
    with pytest.raises(WrongUse, match="3 frames at once, but samples have 1"):
        compile_bundle(teacher, Pictures(good=stills(GOOD)), tmp_path / "a", SETTINGS)
    labelled = [LabelledPicture(frame=bad(0), kind="dent")]
    with pytest.raises(WrongUse, match="footage of what is normal alone"):
        compile_bundle(teacher, Pictures(good=GOOD, labelled=labelled), tmp_path / "a", SETTINGS)
    assert not (tmp_path / "a").exists()
