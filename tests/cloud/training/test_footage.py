"""Videos become stacks of frames: evenly spread, in order of time, the same ones every time."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from linewatch.cloud.errors import DatasetError, WrongUse
from linewatch.cloud.training import footage
from linewatch.cloud.training.dataset import Dataset, open_dataset
from linewatch.cloud.training.footage import MOST_SAMPLES, Reels, sampled, usual_stack, watch
from linewatch.cloud.training.inspection import inspect_dataset
from linewatch.cloud.training.reader import SampleReader
from linewatch.cloud.training.region import AskedRegion
from linewatch.cloud.training.run import TrainSettings, load_run, train
from linewatch.protos.bundle import FrameStack, RegionOfInterest
from moving import FRAMES, SIZE, film

FPS = 30.0


def write_film(path: Path, frames: int, seed: int = 0, speed: float = 2.0, fps: float = FPS) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, SIZE[::-1])
    for frame in film(frames, seed, speed):
        writer.write(np.ascontiguousarray(frame[:, :, ::-1]))
    writer.release()
    return path


def opened(folder: Path, step: int | None = None) -> Dataset:
    dataset = open_dataset(folder)
    films = inspect_dataset(dataset).films
    return sampled(dataset, films, usual_stack(films, step))


def test_a_video_says_how_long_and_how_fast_it_is(tmp_path: Path) -> None:
    found = watch(write_film(tmp_path / "belt.avi", 40, fps=60.0))
    assert (found.frames, found.fps, found.size) == (40, 60.0, SIZE)
    assert found.sha256 == watch(tmp_path / "belt.avi").sha256


@pytest.mark.parametrize(("fps", "step"), [(10.0, 1), (30.0, 1), (59.94, 2), (200.0, 7)])
def test_frames_are_a_thirtieth_of_a_second_apart(tmp_path: Path, fps: float, step: int) -> None:
    films = {tmp_path: watch(write_film(tmp_path / "belt.avi", 20, fps=fps))}
    assert usual_stack(films, None) == FrameStack(frames=FRAMES, step=step)
    assert usual_stack(films, 4).step == 4


def test_one_step_must_suit_all_videos(tmp_path: Path) -> None:
    films = {
        tmp_path / f"{fps}.avi": watch(write_film(tmp_path / f"{fps}.avi", 20, fps=fps)) for fps in (25.0, 30.0, 120.0)
    }
    with pytest.raises(DatasetError, match=r"25\.0\.avi shows 25 frames a second and 120\.0\.avi 120: .*--step"):
        usual_stack(films, None)
    assert usual_stack(films, 2).step == 2


def test_ticks_of_a_clock_are_no_frames_a_second(tmp_path: Path) -> None:
    film = watch(write_film(tmp_path / "belt.avi", 20))
    films = {tmp_path / "a": film, tmp_path / "b": replace(film, fps=90_000.0), tmp_path / "c": replace(film, fps=0.0)}
    assert usual_stack(films, None).step == 1


def test_what_is_judged_stays_within_its_memory_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_film(tmp_path / "train/good/0.avi", 60)
    for kind in ("good", "stopped", "fast"):
        write_film(tmp_path / f"test/{kind}/0.avi", 60)
    monkeypatch.setattr(footage, "MOST_BYTES", 30 * FRAMES * SIZE[0] * SIZE[1] * 3)
    dataset = opened(tmp_path)
    assert len(dataset.train) == 30
    assert len(dataset.test) == 30


def test_stacks_are_spread_evenly_over_all_videos(tmp_path: Path) -> None:
    for number in range(2):
        write_film(tmp_path / "train/good" / f"{number}.avi", 200, seed=number)
        write_film(tmp_path / "test/good" / f"{number}.avi", 20, seed=10 + number)
    write_film(tmp_path / "test/stopped/0.avi", 12, seed=20, speed=0.0)
    dataset = opened(tmp_path)
    assert dataset.stack == FrameStack(frames=FRAMES, step=1)
    assert len(dataset.train) == MOST_SAMPLES
    halves = [sum(sample.path.name == f"{number}.avi" for sample in dataset.train) for number in range(2)]
    assert abs(halves[0] - halves[1]) <= 1
    assert [sample.kind for sample in dataset.test] == ["good"] * 36 + ["stopped"] * 10
    assert min(sample.frame or 0 for sample in dataset.samples) == 2


def test_a_stack_holds_the_frames_before_the_judged_one(tmp_path: Path) -> None:
    path = write_film(tmp_path / "belt.avi", 40)
    dataset = opened(path, step=3)
    assert dataset.stack is not None
    reels = Reels(dataset.samples, dataset.stack)
    capture = cv2.VideoCapture(str(path))
    frames = [capture.read()[1][:, :, ::-1] for _ in range(40)]
    for sample in dataset.train[::7]:
        assert sample.frame is not None
        wanted = np.stack([frames[sample.frame - 6], frames[sample.frame - 3], frames[sample.frame]])
        np.testing.assert_array_equal(reels.stack(sample), wanted)
    half = SampleReader(bits=8, region=RegionOfInterest(left=0.5, top=0, width=0.5, height=1), reels=reels)
    assert half.sample(dataset.train[0]).shape == (FRAMES, 96, 64, 3)
    np.testing.assert_array_equal(half.picture(dataset.train[0]), half.sample(dataset.train[0])[-1])


def test_what_cannot_be_learned_from_is_told(tmp_path: Path) -> None:
    short = write_film(tmp_path / "short.avi", 10)
    with pytest.raises(DatasetError, match=r"are too short: .* so 18 frames of one video"):
        opened(short)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    with pytest.raises(DatasetError, match="no video that can be read"):
        opened(broken)
    cut = tmp_path / "cut.avi"
    cut.write_bytes(short.read_bytes()[:4000])
    with pytest.raises(DatasetError, match=r"holds no frame|no video"):
        watch(cut)
    mixed = tmp_path / "mixed"
    write_film(mixed / "belt.avi", 5)
    (mixed / "part.png").touch()
    with pytest.raises(DatasetError, match="pictures and videos"):
        open_dataset(mixed)
    labelled = tmp_path / "labelled"
    write_film(labelled / "train/good/0.avi", 5)
    write_film(labelled / "train/jam/0.avi", 5)
    with pytest.raises(DatasetError, match="what is normal alone"):
        open_dataset(labelled)


def test_a_run_of_videos_is_opened_as_it_was_trained(tmp_path: Path) -> None:
    write_film(tmp_path / "belt/train/good/0.avi", 40)
    write_film(tmp_path / "belt/test/good/0.avi", 8, seed=3)
    write_film(tmp_path / "belt/test/stopped/0.avi", 8, seed=4, speed=0.0)
    settings = TrainSettings(
        teacher="gaussian", size=(96, 128), step=2, region=AskedRegion(left=0, top=0, width=1, height=1)
    )
    facts = train(tmp_path / "belt", tmp_path / "run", settings)
    assert facts["stack"] == {"frames": FRAMES, "step": 2}
    assert (facts["metrics"]["good"], facts["metrics"]["defective"]) == (4, 4)
    run = load_run(tmp_path / "run")
    assert run.dataset.stack == FrameStack(frames=FRAMES, step=2)
    assert len(run.dataset.train) == 36
    assert run.reader.sample(run.dataset.train[0]).shape == (FRAMES, *SIZE, 3)
    with pytest.raises(WrongUse, match="1 to 1000 apart"):
        TrainSettings(step=0)
