"""A technician's look at devices that are well, and at devices that are not."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from brokers import BrokerProcess
from edge.tiny_bundle import make_bundle
from linewatch.edge.capture.frame import UInt8Array
from linewatch.edge.config import EdgeSettings
from linewatch.edge.doctor.examine import examine
from linewatch.edge.doctor.finding import Finding, Level
from linewatch.edge.errors import InferenceError
from linewatch.edge.infer.model import Model
from linewatch.edge.infer.verdict import Verdict

CAMERA = {"name": "c", "source": "simulated:?width=128&height=96&fps=20"}


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Of a broker."""
    with BrokerProcess("embedded", tmp_path) as broker:
        yield broker.port


def looked_at(folder: Path, **tables: object) -> dict[str, Finding]:
    """The worst finding about each thing."""
    table = {
        "device": {"state": str(folder / "state")},
        "cameras": [CAMERA],
        "inference": {"bundle": str(make_bundle(folder / "tiny").folder)},
        **tables,
    }
    found: dict[str, Finding] = {}
    for finding in examine(EdgeSettings.model_validate(table, strict=False)):
        known = found.get(finding.what)
        if known is None or known.level is Level.WELL:
            found[finding.what] = finding
    return found


def test_a_device_that_is_well(tmp_path: Path, port: int) -> None:
    found = looked_at(tmp_path, publish={"port": port})
    faults = [finding for finding in found.values() if finding.level is Level.FAULT]
    assert faults == []
    assert "128 x 96 pixels" in found["camera c"].is_
    assert "golden scores" in found["bundle tiny"].is_
    assert "lets us in" in found[f"broker 127.0.0.1:{port}"].is_


def test_what_is_wrong_is_named_with_what_to_do(tmp_path: Path) -> None:
    found = looked_at(
        tmp_path,
        cameras=[
            {"name": "gone", "source": "simulated:?width=64&height=64&fault=gone&fault_after=0"},
            {"name": "dead", "source": "simulated:?width=64&height=64&fault=hang&fault_after=0", "stall_seconds": 0},
            {"name": "wide", "source": "simulated:?width=640&height=64&fps=20"},
        ],
        publish={"port": 9},
        update={
            "enabled": True,
            "registry": (tmp_path / "nowhere").as_uri(),
            "trusted_root": str(tmp_path / "root.json"),
            "bundle": "tiny",
        },
    )
    assert found["camera gone"].level is Level.FAULT
    assert "does not answer" in found["camera gone"].is_
    assert found["camera dead"].is_.startswith("shows nothing")
    assert found["camera wide"].level is Level.DOUBT
    assert "another shape" in found["camera wide"].is_
    assert found["broker 127.0.0.1:9"].level is Level.FAULT
    assert found[f"trusted root {tmp_path / 'root.json'}"].level is Level.FAULT
    assert found[f"registry {(tmp_path / 'nowhere').as_uri()}"].level is Level.FAULT
    assert all(finding.advice for finding in found.values() if finding.level is not Level.WELL)


def test_a_bundle_that_does_not_fit_this_device(tmp_path: Path) -> None:
    wrong = make_bundle(tmp_path / "wrong", golden_error=1)
    found = looked_at(tmp_path, inference={"bundle": str(wrong.folder)})
    assert found["bundle"].level is Level.FAULT
    assert "golden" in found["bundle"].is_


def test_a_bundle_that_fails_on_frames_is_a_fault_and_the_rest_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the GPU has no room for whole frames, and golden pictures are small."""
    judge = Model.judge

    def judge_what_is_plain(model: Model, pixels: UInt8Array, before: Sequence[UInt8Array] = ()) -> Verdict:
        if len(np.unique(pixels)) > 100:
            raise InferenceError("the GPU is out of memory")
        return judge(model, pixels, before)

    monkeypatch.setattr(Model, "judge", judge_what_is_plain)
    found = looked_at(tmp_path)
    assert (found["bundle"].level, found["bundle"].is_) == (Level.FAULT, "the GPU is out of memory")
    assert found["camera c"].level is Level.WELL


def test_a_state_folder_that_cannot_be_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = looked_at(tmp_path, device={"state": str(tmp_path / "file")})
    assert found[f"state folder {tmp_path / 'file'}"].level is Level.FAULT
