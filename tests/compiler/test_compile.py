"""The whole chain on tiny pictures, with a small teacher that really judges."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

from blurred import GRID, SIZE, BlurTeacher, bad, good
from linewatch.compiler.compile import Compiled, compile_bundle
from linewatch.compiler.errors import AccuracyFell, CompilerError, PictureError, TeacherError, UnknownTarget, WrongUse
from linewatch.compiler.graph.region import frames_around
from linewatch.compiler.graph.runtime import Judge
from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.pictures import LabelledPicture, Pictures, TestPicture
from linewatch.compiler.precision.loss import PrecisionSettings
from linewatch.compiler.prove.golden import SCORE_TOLERANCE, read_golden
from linewatch.compiler.prune.prune import PruneSettings
from linewatch.compiler.settings import CompileSettings
from linewatch.compiler.student.shape import StudentShape
from linewatch.compiler.target import ONNX_CPU_INT8, TENSORRT_INT8
from linewatch.compiler.teach.distil import DistilSettings
from linewatch.compiler.teacher import FloatArray, UInt8Array
from linewatch.protos.bundle import RegionOfInterest, read_bundle


class SameTeacher(BlurTeacher):
    """Learned nothing."""

    def scores(self, frames: Sequence[UInt8Array]) -> FloatArray:
        return np.ones(len(frames), np.float32)


GOOD = [good(seed) for seed in range(32)]
TEST = [TestPicture(frame=good(seed), defective=False) for seed in range(100, 110)] + [
    TestPicture(frame=bad(seed), defective=True) for seed in range(10)
]
PICTURES = Pictures(good=GOOD, test=TEST, digest="0" * 64)


def settings(**changes: object) -> CompileSettings:
    shape = StudentShape(height=SIZE[0], width=SIZE[1], features=12)
    defaults: dict[str, object] = {
        "student": shape,
        "material": 64,
        "distil": DistilSettings(steps=80, batch=8, learning_rate=1e-3),
        "max_auroc_loss": 0.2,
    }
    return CompileSettings(**{**defaults, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    folder = tmp_path_factory.mktemp("compiled") / "bundle"
    return compile_bundle(BlurTeacher(GOOD), PICTURES, folder, settings(targets=(ONNX_CPU_INT8, TENSORRT_INT8)))


def graph(compiled: Compiled, target: str = ONNX_CPU_INT8) -> bytes:
    return compiled.bundle.read(compiled.bundle.target(target).graph_path)


def test_the_bundle_is_whole_and_says_what_was_measured(compiled: Compiled) -> None:
    bundle = read_bundle(compiled.bundle.folder)
    subjects = {line.subject for line in bundle.manifest.measurements}
    assert subjects == {"teacher", "student-fp32", ONNX_CPU_INT8, TENSORRT_INT8}
    assert [target.threshold.score for target in bundle.manifest.targets] == [1.0, 1.0]
    for target in (ONNX_CPU_INT8, TENSORRT_INT8):
        assert compiled.table.row(target).accuracy.image_auroc > 0.8
    assert compiled.taught.pruned.after < compiled.taught.pruned.before


@pytest.mark.parametrize("target", [ONNX_CPU_INT8, TENSORRT_INT8])
def test_golden_pictures_score_as_the_manifest_says(compiled: Compiled, target: str) -> None:
    judge = Judge(graph(compiled, target))
    for picture in compiled.bundle.manifest.golden.pictures:
        frame = read_golden(compiled.bundle.read(picture.path))
        found = judge([frame])
        assert found.scores[0] == pytest.approx(picture.scores[target], abs=SCORE_TOLERANCE)
        highest = np.sort(found.maps.ravel())[-compiled.bundle.target(target).score_cells :]
        assert highest.mean() == pytest.approx(found.scores[0], rel=1e-3)


def test_flavours_are_made_of_one_calibration_and_score_alike(compiled: Compiled) -> None:
    raw = {target.kind.name: target.decision.value * target.normal_scores for target in compiled.built.targets}
    np.testing.assert_allclose(raw[TENSORRT_INT8], raw[ONNX_CPU_INT8], rtol=0.2)
    frames = [picture.frame for picture in TEST]
    first, second = (target.judge()(frames).scores for target in compiled.built.targets)
    assert np.corrcoef(np.log(first), np.log(second))[0, 1] > 0.95


def test_a_target_that_cannot_run_here_has_no_speed(compiled: Compiled) -> None:
    measured = {(line.subject, line.metric) for line in compiled.bundle.manifest.measurements}
    assert (ONNX_CPU_INT8, "latency_ms") in measured
    assert (ONNX_CPU_INT8, "speedup") in measured
    assert not measured & {(TENSORRT_INT8, "latency_ms"), (TENSORRT_INT8, "speedup")}
    assert (TENSORRT_INT8, "golden_spread") in measured


def test_the_recipe_says_what_took_part_and_how_to_build(compiled: Compiled) -> None:
    recipe = json.loads(compiled.bundle.read("recipe.json"))
    cpu, tensorrt = recipe["targets"][ONNX_CPU_INT8], recipe["targets"][TENSORRT_INT8]
    assert any(label.startswith("ONNX reference evaluator") for label in cpu["golden"]["runtimes"])
    named = " ".join([*cpu["golden"]["runtimes"], *cpu["golden"]["absent"]])
    assert "OpenVINO" in named
    assert cpu["precision"]["lost_with_none"]["score_error"] > 0
    assert isinstance(cpu["precision"]["floating_layers"], list)
    assert cpu["openvino"] == {"INFERENCE_PRECISION_HINT": "f32"}
    assert tensorrt["tensorrt"]["profiles"][0]["frames"]["opt"] == [1, 96, 128, 3]
    assert "TensorRT-RTX" in " ".join([*tensorrt["golden"]["checks"], *tensorrt["golden"]["absent"]])


def test_the_graph_is_checked_quantized_and_takes_any_frame(compiled: Compiled) -> None:
    model = onnx.load_from_string(graph(compiled))
    onnx.checker.check_model(model, full_check=True)
    assert any(node.op_type == "QuantizeLinear" for node in model.graph.node)
    weights = [onnx.numpy_helper.to_array(one) for one in model.graph.initializer if one.data_type == 3]
    convolutions = [weight for weight in weights if weight.ndim == 4]
    assert convolutions
    assert all(np.abs(weight.astype(int)).max() <= 64 for weight in convolutions)
    judge = Judge(graph(compiled))
    both = np.stack([GOOD[0], TEST[-1].frame])
    together, alone = judge.batch(both).scores, judge(list(both)).scores
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert judge([cv2.resize(GOOD[0], (500, 300)).astype(np.uint8)]).maps.shape == (1, *GRID)


def test_the_fp32_graph_is_the_student(compiled: Compiled) -> None:
    student, value = compiled.taught.student, compiled.built.targets[0].decision.value
    frames = [picture.frame for picture in TEST]
    pictures = Shrink.for_frames(SIZE, 96, 128)(frames)
    expected = student.scores(pictures) / np.float32(value)
    np.testing.assert_allclose(Judge(compiled.built.fp32)(frames).scores, expected, rtol=1e-4, atol=1e-5)


def test_equal_input_gives_equal_bytes(compiled: Compiled, tmp_path: Path) -> None:
    again = compile_bundle(BlurTeacher(GOOD), PICTURES, tmp_path / "bundle", settings())
    assert graph(again) == graph(compiled)


def test_a_region_is_cut_out_by_the_graph_and_told(tmp_path: Path, compiled: Compiled) -> None:
    region = RegionOfInterest(left=0.3, top=0.1, width=0.5, height=0.6)
    pictures = replace(PICTURES, region=region)
    found = compile_bundle(BlurTeacher(GOOD), pictures, tmp_path / "bundle", settings(targets=(ONNX_CPU_INT8,)))
    manifest = read_bundle(found.bundle.folder).manifest
    assert manifest.region == region
    assert region.frame_around(96, 128) == (manifest.frame_height, manifest.frame_width)
    assert json.loads(found.bundle.read("recipe.json"))["preprocess"]["region"]["left"] == 0.3
    judge = Judge(graph(found))
    for picture in manifest.golden.pictures:
        frame = read_golden(found.bundle.read(picture.path))
        assert frame[region.pixels(*frame.shape[:2])].shape[:2] == SIZE
        assert judge([frame]).scores[0] == pytest.approx(picture.scores[ONNX_CPU_INT8], abs=SCORE_TOLERANCE)
    # The pictures are those of the bundle without a region, so that everything that was learned is the same.
    frames = [picture.frame for picture in TEST]
    expected = Judge(graph(compiled))(frames).scores
    np.testing.assert_allclose(judge(frames_around(frames, region)).scores, expected, rtol=1e-5)
    same = [one.table.row(ONNX_CPU_INT8).accuracy.image_auroc for one in (found, compiled)]
    assert same[0] == same[1]


def test_a_student_that_loses_too_much_is_trained_in_integers(tmp_path: Path) -> None:
    strict = PrecisionSettings(max_score_error=1e-4, most_floating=0, qat_steps=20)
    told: list[str] = []
    compiled = compile_bundle(
        BlurTeacher(GOOD),
        PICTURES,
        tmp_path / "bundle",
        settings(precision=strict, max_auroc_loss=1.0),
        progress=lambda stage, _done: told.append(stage),
    )
    assert "distil in integers" in told
    precision = json.loads(compiled.bundle.read("recipe.json"))["targets"][ONNX_CPU_INT8]["precision"]
    assert not precision["within_what_was_allowed"]
    assert precision["lost"]["score_error"] == compiled.built.worst_score_error


def test_a_student_far_below_its_teacher_is_refused(tmp_path: Path) -> None:
    hopeless = settings(
        prune=PruneSettings(kept=(16,) * 11), distil=DistilSettings(steps=1, batch=2), max_auroc_loss=0.0
    )
    teacher = BlurTeacher(GOOD)
    hard = [TestPicture(frame=_faint(seed), defective=True) for seed in range(12)]
    with pytest.raises(AccuracyFell, match="below"):
        compile_bundle(teacher, Pictures(good=GOOD, test=[*TEST[:10], *hard]), tmp_path / "bundle", hopeless)
    assert not list(tmp_path.iterdir())


def _faint(seed: int) -> UInt8Array:
    picture = good(seed + 500)
    cv2.circle(picture, (64, 48), 4, (150, 145, 140), -1)
    return picture


def test_what_cannot_be_compiled_says_so(tmp_path: Path) -> None:
    teacher = BlurTeacher(GOOD)
    with pytest.raises(TeacherError, match="same score"):
        compile_bundle(SameTeacher(GOOD), PICTURES, tmp_path / "bundle", settings())
    with pytest.raises(PictureError, match="too few"):
        compile_bundle(teacher, Pictures(good=GOOD[:9]), tmp_path / "bundle", settings())
    with pytest.raises(PictureError, match="all the same"):
        compile_bundle(teacher, Pictures(good=[GOOD[0]] * 20), tmp_path / "bundle", settings())
    with pytest.raises(UnknownTarget, match="onnx-cpu-int8"):
        settings(targets=("onnx-cpu-int9",))
    (tmp_path / "bundle").mkdir()
    with pytest.raises(WrongUse, match="exists"):
        compile_bundle(teacher, PICTURES, tmp_path / "bundle", settings())
    (tmp_path / "bundle" / "mine.txt").write_text("kept")
    with pytest.raises(WrongUse, match="is not a bundle"):
        compile_bundle(teacher, PICTURES, tmp_path / "bundle", settings(), replace=True)
    assert (tmp_path / "bundle" / "mine.txt").read_text() == "kept"


def test_a_folder_that_cannot_be_written_is_told_before_the_work() -> None:
    with pytest.raises(CompilerError, match="cannot write to /proc"):
        compile_bundle(BlurTeacher(GOOD), PICTURES, Path("/proc/bundle"), settings(), progress=_never)


def _never(stage: str, done: float) -> None:
    raise AssertionError(f"{stage} {done}")


def test_a_kind_that_cannot_be_a_name_is_refused_before_any_work(tmp_path: Path) -> None:
    labelled = [LabelledPicture(frame=bad(0), kind="x" * 65)]
    stages: list[str] = []
    with pytest.raises(WrongUse, match="rename the folder"):
        compile_bundle(
            BlurTeacher(GOOD),
            Pictures(good=GOOD, labelled=labelled),
            tmp_path / "bundle",
            settings(),
            progress=lambda stage, _done: stages.append(stage),
        )
    assert not stages
