"""The whole measurement, with real processes and the tiny bundle; short, so that what it finds is chance."""

from pathlib import Path

import pytest

from edge.tiny_bundle import make_bundle
from linewatch.edge.capture.pixel_form import PixelForm
from linewatch.edge.config import EdgeSettings
from linewatch.edge.doctor.examine import examine
from linewatch.edge.doctor.tuning import tune
from linewatch.edge.doctor.tuning.measure import Length, measure
from linewatch.edge.doctor.tuning.trial import Order
from linewatch.edge.doctor.tuning.tune import Tuning
from linewatch.edge.errors import ConfigurationError, InferenceError, TooNoisy
from linewatch.edge.infer.model import open_bundle
from linewatch.edge.infer.tuned import Choice, Tuned, device_facts, read_tuned, usable_tuning, write_tuned

SHORT = Length(rounds=2, seconds=0.02)


def settings_of(folder: Path, **inference: object) -> EdgeSettings:
    table = {
        "device": {"state": str(folder / "state")},
        "cameras": [{"name": "c", "source": "simulated:?width=128&height=96&fps=20"}],
        "inference": {"bundle": str(make_bundle(folder / "tiny").folder), **inference},
    }
    return EdgeSettings.model_validate(table, strict=False)


def test_what_was_measured_is_kept_shown_and_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tune, "TOO_NOISY", float("inf"))
    begun: list[tuple[str, int]] = []
    done: list[int] = []
    settings = settings_of(tmp_path, runtime="onnxruntime", workers=1)
    tuning = Tuning(settings, lambda *told: begun.append(told), lambda: done.append(1), SHORT)
    assert tuning.views == [(PixelForm.RGB8, 96, 128)]
    steps = list(tuning.steps())
    assert [step.name for step in steps] == ["memory", "batches", "before and after"]
    assert [name for name, _ in begun] == [step.name for step in steps]
    assert sum(rounds for _, rounds in begun) == len(done)
    assert all(one.rate > 0 and one.p99_ms > 0 and one.megabytes > 20 for step in steps for one in step.measured)
    state = tmp_path / "state"
    kept = read_tuned(state)
    assert kept is not None
    assert kept.facts == device_facts()
    assert kept.choice == steps[-1].decision.best.choice
    assert settings.inference.bundle is not None
    assert usable_tuning(state, settings.inference.bundle) == kept
    said = {finding.what: finding.is_ for finding in examine(settings)}
    assert said["tuning"].startswith("measured here:")
    assert "with 1 workers of 1 threads" in said["runtime onnxruntime"]
    assert kept.bundle == open_bundle(settings.inference.bundle).digest


def test_a_choice_for_another_bundle_is_not_used_and_one_for_another_release_is_told(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, runtime="onnxruntime")
    own = open_bundle(settings.inference.bundle or tmp_path)

    def said(digest: str, name: str) -> tuple[str, str, str]:
        tuned = Tuned(
            facts=device_facts(),
            bundle=digest,
            bundle_name=name,
            choice=Choice(workers=3, threads=2),
            frames_per_second=2.0,
            frames_per_second_before=1.0,
            megabytes=3.0,
            megabytes_before=4.0,
        )
        write_tuned(tmp_path / "state", tuned)
        found = {finding.what: finding for finding in examine(settings)}
        return found["tuning"].is_, found["tuning"].advice, found["runtime onnxruntime"].is_

    is_, advice, runtime = said("00" * 32, own.manifest.name)
    assert is_ == f"was measured with another release of {own.manifest.name}"
    assert advice == "measure again: `linewatch-edge doctor --tune`; until then it is used"
    assert "3 workers of 2 threads" in runtime
    is_, advice, runtime = said("00" * 32, "caps")
    assert is_ == f"is for another bundle, caps, and {own.manifest.name} serves"
    assert advice.endswith("until then it is not used")
    assert "3 workers of 2 threads" not in runtime


def test_a_noisy_device_is_told_so_and_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tune, "TOO_NOISY", 0.0)
    settings = settings_of(tmp_path, runtime="onnxruntime", workers=1)
    with pytest.raises(TooNoisy, match="nothing was changed"):
        list(Tuning(settings, lambda *_: None, lambda: None, SHORT).steps())
    assert read_tuned(tmp_path / "state") is None


def test_a_choice_that_does_not_work_is_passed_over_and_the_first_has_to(tmp_path: Path) -> None:
    good, bad = make_bundle(tmp_path / "good"), make_bundle(tmp_path / "bad", golden_error=1.0)

    def order_of(choice: Choice) -> Order:
        folder = bad.folder if choice.batch == 2 else good.folder
        return Order(folder=str(folder), target="auto", choice=choice.model_dump(), views=[[PixelForm.NV12, 96, 128]])

    one, two = Choice(), Choice(batch=2)
    measured, skipped, largest = measure([one, one, two], order_of, SHORT, lambda: None)
    assert [each.choice for each in measured] == [one, one]
    assert [choice for choice, _ in skipped] == [two]
    assert "golden" in skipped[0][1]
    assert largest is None
    with pytest.raises(InferenceError, match="golden"):
        measure([two, two, one], order_of, SHORT, lambda: None)


def test_what_cannot_be_tuned_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nothing to tune"):
        Tuning(settings_of(tmp_path, runtime="tensorrt"), lambda *_: None, lambda: None)
    nothing = EdgeSettings.model_validate(
        {"device": {"state": str(tmp_path / "state")}, "cameras": [{"name": "c", "source": "simulated:"}]}, strict=False
    )
    with pytest.raises(ConfigurationError, match="no bundle to measure with"):
        Tuning(nothing, lambda *_: None, lambda: None)
