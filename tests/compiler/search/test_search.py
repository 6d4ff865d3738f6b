from dataclasses import replace
from pathlib import Path

import pytest

from blurred import BlurTeacher, bad, good
from linewatch.compiler.compile import Compiled, compile_bundle
from linewatch.compiler.errors import TooLarge, TooSlow, WrongUse
from linewatch.compiler.pictures import Pictures, TestPicture
from linewatch.compiler.prove.table import Costs
from linewatch.compiler.search import candidate
from linewatch.compiler.search.front import MARGIN
from linewatch.compiler.search.search import SearchSettings
from linewatch.compiler.settings import CompileSettings
from linewatch.compiler.student.shape import StudentShape
from linewatch.compiler.target import ONNX_CPU_INT8, TENSORRT_INT8
from linewatch.compiler.teach.distil import DistilSettings

GOOD = [good(seed) for seed in range(24)]
TEST = [TestPicture(frame=good(seed), defective=False) for seed in range(100, 106)]
TEST += [TestPicture(frame=bad(seed), defective=True) for seed in range(6)]
PICTURES = Pictures(good=GOOD, test=TEST)
SETTINGS = CompileSettings(
    student=StudentShape(height=96, width=128, features=8),
    material=48,
    distil=DistilSettings(steps=12, batch=8),
    max_auroc_loss=1.0,
)
FIXED = SearchSettings(budget_ms=50.0, fixed_size=True)


def test_the_chosen_student_is_made_and_keeps_the_budget(tmp_path: Path) -> None:
    stages: list[str] = []
    compiled = compile_bundle(
        BlurTeacher(GOOD),
        PICTURES,
        tmp_path / "bundle",
        SETTINGS,
        budget=SearchSettings(budget_ms=50.0),
        progress=lambda stage, _done: stages.append(stage),
    )
    front = compiled.front
    assert front is not None
    assert {"build candidates", "measure candidates", "estimate accuracy"} <= set(stages)
    assert len(front.points) > 20
    assert all(point.ms > 0 for point in front.points)
    assert 1 < len(front.estimated) <= 5
    assert all(point.ms <= MARGIN * 50 for point in front.estimated)
    grid = compiled.bundle.manifest.targets[0].outputs[1].shape[1:]
    assert tuple(grid) == front.choice.shape.grid
    assert compiled.taught.student.shape == front.choice.shape


def test_a_student_that_was_searched_for_is_made_again_byte_for_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidate, "WIDTHS", (candidate.Width(scale=0.5, features=5),))
    found = compile_bundle(BlurTeacher(GOOD), PICTURES, tmp_path / "bundle", SETTINGS, budget=FIXED)
    assert found.settings.student.features == 5, "it was studied with more"
    again = compile_bundle(
        BlurTeacher(GOOD),
        PICTURES,
        tmp_path / "again",
        found.settings,
        recorded=Costs.recorded(found.bundle.manifest.measurements),
    )
    assert again.bundle.digest == found.bundle.digest


def test_an_impossible_budget_is_refused_before_anything_is_taught(tmp_path: Path) -> None:
    stages: list[str] = []
    with pytest.raises(TooSlow, match="the fastest takes"):
        compile_bundle(
            BlurTeacher(GOOD),
            PICTURES,
            tmp_path / "bundle",
            SETTINGS,
            budget=SearchSettings(budget_ms=0.001, fixed_size=True),
            progress=lambda stage, _done: stages.append(stage),
        )
    assert "distil" not in stages
    assert not (tmp_path / "bundle").exists()


def test_a_limit_of_memory_is_kept_or_refused_before_anything_is_taught(tmp_path: Path) -> None:
    stages: list[str] = []

    def compiled(max_memory_mb: float, budget: SearchSettings | None) -> Compiled:
        return compile_bundle(
            BlurTeacher(GOOD),
            PICTURES,
            tmp_path / "bundle",
            replace(SETTINGS, max_memory_mb=max_memory_mb),
            budget=budget,
            progress=lambda stage, _done: stages.append(stage),
        )

    for budget, said in ((None, r"96 x 128 pixels needs .* more than the 0\.1 MB"), (FIXED, "the smallest .* needs")):
        with pytest.raises(TooLarge, match=said):
            compiled(0.1, budget)
    assert "distil" not in stages
    assert not (tmp_path / "bundle").exists()
    made = compiled(40.0, FIXED)
    assert 0 < (made.table.row(ONNX_CPU_INT8).memory_bytes or 0) <= 40e6
    assert "measure memory" in stages


def test_a_target_that_does_not_run_here_cannot_be_searched_for(tmp_path: Path) -> None:
    foreign = CompileSettings(targets=(TENSORRT_INT8,), student=SETTINGS.student)
    with pytest.raises(WrongUse, match="put another first"):
        compile_bundle(BlurTeacher(GOOD), PICTURES, tmp_path / "bundle", foreign, budget=SearchSettings(budget_ms=5.0))


@pytest.mark.parametrize("budget", [0.0, -1.0, float("nan"), float("inf")])
def test_a_budget_is_a_time(budget: float) -> None:
    with pytest.raises(WrongUse, match="above 0"):
        SearchSettings(budget_ms=budget)
