"""What `doctor --tune` shows and writes, with a measurement that is cut short."""

import json
from pathlib import Path

import pytest

from edge.tiny_bundle import make_bundle
from linewatch.edge.cli.tuning import tune_device
from linewatch.edge.config import EdgeSettings
from linewatch.edge.doctor.tuning import tune
from linewatch.edge.doctor.tuning.measure import Length
from linewatch.edge.infer.tuned import read_tuned


def test_each_step_is_shown_and_the_choice_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tune, "TOO_NOISY", float("inf"))
    monkeypatch.setenv("COLUMNS", "80")
    table = {
        "device": {"state": str(tmp_path / "state")},
        "cameras": [{"name": "c", "source": "simulated:?width=128&height=96&fps=20"}],
        "inference": {
            "bundle": str(make_bundle(tmp_path / "tiny").folder),
            "runtime": "onnxruntime",
            "workers": 1,
            "batch": 2,
        },
    }
    settings = EdgeSettings.model_validate(table, strict=False)
    tune_device(settings, tmp_path / "tune.json", Length(rounds=2, seconds=0.02))
    shown = capsys.readouterr()
    assert "frames of 128 x 96 pixels as RGB8" in shown.err
    for said in ("memory (noise", "before and after (noise", "no pool, no plan", "1 x 1"):
        assert said in shown.err
    assert "kept" in shown.out
    written = json.loads((tmp_path / "tune.json").read_text())
    assert [step["name"] for step in written["steps"]] == ["memory", "before and after"]
    assert all(one["choice"]["batch"] == 2 for step in written["steps"] for one in step["measured"])
    kept = read_tuned(tmp_path / "state")
    assert kept is not None
    assert kept.choice.model_dump() == written["choice"]
