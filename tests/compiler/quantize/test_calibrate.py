import numpy as np
import pytest

from linewatch.compiler.errors import PictureError
from linewatch.compiler.quantize.calibrate import body_activations, calibrate
from untaught import Untaught


def test_every_activation_of_the_body_has_a_range(untaught: Untaught) -> None:
    assert set(untaught.ranges) == body_activations(untaught.fp32)
    clips = [limits for name, limits in untaught.ranges.items() if name.startswith("clip")]
    assert clips
    assert all(low >= 0 and high <= 6.001 for low, high in clips)
    assert all(low < high for low, high in untaught.ranges.values())


def test_the_share_that_was_run_is_told(untaught: Untaught) -> None:
    told: list[float] = []
    calibrate(untaught.fp32, untaught.normal[:4], told.append)
    assert told == [0.25, 0.5, 0.75, 1.0]


def test_pictures_that_cannot_calibrate_are_refused(untaught: Untaught) -> None:
    with pytest.raises(PictureError, match="3 calibration pictures are too few"):
        calibrate(untaught.fp32, untaught.normal[:3], lambda _done: None)
    with pytest.raises(PictureError, match="all the same"):
        calibrate(untaught.fp32, [np.zeros((90, 120, 3), np.uint8)] * 5, lambda _done: None)
