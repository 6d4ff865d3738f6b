import numpy as np
import pytest

from linewatch.compiler.errors import CompilerError, GoldenFailed
from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.prove.golden import SCORE_TOLERANCE, check_golden, golden_files, golden_pictures, read_golden
from linewatch.protos.bundle import RegionOfInterest

HELD = [np.random.default_rng(seed).integers(0, 256, (400, 90, 3), dtype=np.uint8) for seed in range(3)]


def scores(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def test_a_difference_within_tolerance_is_told() -> None:
    assert check_golden({"a": scores(0.5, 1.0), "b": scores(0.52, 1.0)}) == pytest.approx(0.02, abs=1e-6)


def test_large_scores_may_differ_by_a_share_of_themselves() -> None:
    assert check_golden({"a": scores(10.0), "b": scores(10.4)}) < SCORE_TOLERANCE
    with pytest.raises(GoldenFailed, match=r"differ by 0\.0\d+ between a and b"):
        check_golden({"a": scores(10.0), "b": scores(10.8)})


def test_small_scores_are_held_against_the_threshold() -> None:
    with pytest.raises(GoldenFailed):
        check_golden({"a": scores(0.3, 0.9), "b": scores(0.3, 0.96)})


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_score_that_is_no_number_is_refused(bad: float) -> None:
    with pytest.raises(GoldenFailed, match="not a number"):
        check_golden({"a": scores(0.3, bad), "b": scores(0.3, bad)})


def test_pictures_are_small_half_of_them_spoiled_and_survive_their_files() -> None:
    shrink = Shrink.for_frames((64, 64), 400, 90)
    pictures = golden_pictures(HELD, shrink, None, seed=0)
    assert {picture.shape for picture in pictures} == {(64, 64, 3)}
    np.testing.assert_array_equal(shrink(pictures), np.stack(pictures))
    good = [pictures[index].tobytes() for index in range(0, len(pictures), 2)]
    assert all(pictures[index].tobytes() not in good for index in range(1, len(pictures), 2))
    for picture, data in zip(pictures, golden_files(pictures).values(), strict=True):
        np.testing.assert_array_equal(read_golden(data), picture)
    with pytest.raises(CompilerError, match="not a readable PNG"):
        read_golden(b"junk")


@pytest.mark.parametrize(("side", "shown"), [(64, (64, 64)), (256, (400, 90))])
def test_with_a_region_pictures_are_in_frames_of_modest_size(side: int, shown: tuple[int, int]) -> None:
    region, shrink = (
        RegionOfInterest(left=0.9, top=0.2, width=0.05, height=0.5),
        Shrink.for_frames((side, side), 400, 90),
    )
    frames = golden_pictures(HELD, shrink, region, seed=0)
    cut = [frame[region.pixels(*frame.shape[:2])] for frame in frames]
    assert {picture.shape[:2] for picture in cut} == {shown}
    for frame, picture in zip(frames, cut, strict=True):
        assert frame.sum(dtype=np.int64) == picture.sum(dtype=np.int64)
        assert frame[..., 0].size <= 1.1 * 400 * 90 / 0.5 / 0.05
    np.testing.assert_array_equal(shrink(cut), shrink([*golden_pictures(HELD, shrink, None, seed=0)]))


def test_a_run_may_be_shorter_and_the_two_furthest_apart_are_named() -> None:
    runs = {"a": scores(0.5, 1.0, 1.0), "b": scores(0.51), "c": scores(0.5, 1.0, 1.2)}
    with pytest.raises(GoldenFailed, match="between a and c"):
        check_golden(runs)
    assert check_golden({**runs, "c": scores(0.5, 1.0)}) == pytest.approx(0.01, abs=1e-6)
