"""`linewatch compile` as a person calls it, on a run of `linewatch train`."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from linewatch.cloud.samples.dataset import Counts, write_dataset
from linewatch.cloud.training.hand_over import pictures_of, suited_shape
from linewatch.cloud.training.run import load_run
from linewatch.compiler.compile import compile_bundle
from linewatch.compiler.settings import CompileSettings
from linewatch.compiler.teach.distil import DistilSettings
from linewatch.protos.bundle import read_bundle


def linewatch(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from linewatch.cloud.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=840)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compile")
    counts = Counts(train_good=32, test_good=4, each_defect=1)
    pictures = write_dataset(folder / "parts", seed=3, counts=counts)
    trained = linewatch("train", pictures, "-o", folder / "run")
    assert trained.returncode == 0, trained.stderr
    return folder / "run"


@pytest.mark.timeout(900)
def test_it_writes_a_bundle_that_promises_what_was_asked(run: Path, tmp_path: Path) -> None:
    bundle, told = tmp_path / "bundle", tmp_path / "told.json"
    promise = ("--false-alarms", "72", "--frames-per-second", "4", "--unproven")
    small = ("--size", "64x64")
    done = linewatch("compile", run, "-o", bundle, "--max-auroc-loss", "1", *promise, *small, "--json", told)
    assert done.returncode == 0, done.stderr
    assert "distil" in done.stderr
    assert "onnx-cpu-int8: golden scores within" in done.stdout
    assert "72 false alarms an hour at 4 frames per second; the 8 good pictures" in done.stdout
    written = read_bundle(bundle)
    threshold = written.manifest.targets[0].threshold
    assert (threshold.false_alarms_per_hour, threshold.frames_per_second) == (72, 4)
    facts = json.loads(told.read_text())
    promised = facts["thresholds"]["onnx-cpu-int8"]
    assert (facts["digest"], promised["normal_pictures"]) == (written.digest, 8)
    assert f"of the 4 good test pictures, {promised['alarms_on_good_test_pictures']} raise" in done.stdout + done.stderr
    assert "ONNX reference evaluator" in " ".join(facts["golden"]["onnx-cpu-int8"]["runtimes"])
    before = written.digest
    again = linewatch("compile", run, "-o", bundle, "--max-auroc-loss", "1")
    assert again.returncode == 2
    assert "--replace" in again.stderr
    assert read_bundle(bundle).digest == before
    assert "linewatch compile" in (tmp_path / "bundle-card" / "card.html").read_text(encoding="utf-8")


def test_a_bundle_is_made_again_from_its_own_settings(run: Path, tmp_path: Path) -> None:
    opened = load_run(run)
    settings = CompileSettings(
        name="briefly-taught",
        student=replace(suited_shape(opened), height=128, width=128, features=4),
        material=32,
        distil=DistilSettings(steps=2, batch=4),
        max_auroc_loss=1.0,
    )
    bundle = compile_bundle(opened.teacher, pictures_of(opened), tmp_path / "bundle", settings).bundle
    done = linewatch("compile", run, "-o", tmp_path / "again", "--from", bundle.folder)
    assert done.returncode == 0, done.stderr
    assert read_bundle(tmp_path / "again").digest == bundle.digest


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-o", "."), "the folder you work in"),
        (("-o", "bundle", "--card", "bundle/card"), "--card bundle/card lies in the bundle"),
        (("-o", "bundle", "--json", "bundle"), "--json bundle"),
        (("-o", "bundle", "--from", "bundle/../bundle"), "--from"),
        (("-o", "bundle", "--seed", str(1 << 64)), "the seed must be 0 to"),
        (("-o", "bundle", "--size", "65536x65536"), "from 64 to 4096"),
        (("-o", "bundle", "--false-alarms", "1e-300"), "it must be at least 1e-09"),
    ],
)
def test_what_cannot_be_is_refused_before_the_work(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = linewatch("compile", run, *arguments)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_promise_that_the_pictures_cannot_prove_is_refused(run: Path, tmp_path: Path) -> None:
    done = linewatch("compile", run, "-o", tmp_path / "bundle", "--false-alarms", "36")
    assert done.returncode == 3
    assert "299 are needed" in done.stderr
    assert "At best they prove" in done.stderr
    assert not (tmp_path / "bundle").exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("--false-alarms", "0"), "must be at least 1e-09 and below 1"),
        (("--unproven",), "give both, or neither"),
        (("--frames-per-second", "0"), "must be above 0"),
        (("--target", "abacus"), "onnx-cpu-int8"),
        (("--target", "tensorrt-int8", "--target", "tensorrt-int8"), "given twice"),
        (("--max-auroc-loss", "2"), "between 0 and 1"),
        (("--fps", "100", "--budget-ms", "10"), "not both"),
        (("--budget-ms", "0"), "above 0 milliseconds"),
        (("--from", "nowhere"), "nowhere"),
        (("--from", "nowhere", "--seed", "1"), "leave --seed out"),
    ],
)
def test_wrong_use_ends_with_2_before_any_work(run: Path, tmp_path: Path, wrong: tuple[str, str], said: str) -> None:
    done = linewatch("compile", run, "-o", tmp_path / "bundle", *wrong)
    assert done.returncode == 2, done.stderr
    assert said in " ".join(done.stderr.split())
    assert not list(tmp_path.iterdir())
