import numpy as np
import pytest
import torch
from torch.nn import functional

from linewatch.compiler.student.motion import AROUND, CELL, Motion, pooling
from linewatch.compiler.student.student import batches
from linewatch.compiler.teacher import UInt8Array
from moving import SIZE, SPEED, stack

GRID = (SIZE[0] // 8, SIZE[1] // 8)


def features(*stacks: UInt8Array) -> torch.Tensor:
    (batch,) = batches(np.stack(stacks))
    return Motion(GRID).features(batch)


def test_pooling_by_matrices_is_the_mean_of_a_cell_and_its_neighbours() -> None:
    torch.manual_seed(0)
    pixels = torch.randn(2, 3, 4 * CELL, 6 * CELL)
    rows, columns = (torch.from_numpy(pooling(side)) for side in pixels.shape[2:])
    cells = functional.avg_pool2d(pixels, CELL)
    wanted = functional.avg_pool2d(cells, AROUND, 1, AROUND // 2, count_include_pad=False)
    torch.testing.assert_close(rows @ pixels @ columns.T, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("speed", [SPEED, -SPEED, 0.0])
def test_flow_is_what_the_belt_moves(speed: float) -> None:
    across, down = features(*(stack(seed, speed) for seed in range(6)))[:, :2].mean((0, 3)).permute(0, 1).numpy()
    belt = slice(5, 7)
    assert across[belt].mean() == pytest.approx(speed / 2, abs=0.35)
    assert abs(down[belt]).max() < 0.25
    assert abs(across[0]) < 0.05


def test_light_that_flickers_is_no_motion() -> None:
    still = stack(3, speed=0.0)
    brighter = (still * np.array([0.85, 1.1, 1.0])[:, None, None, None]).clip(0, 255).astype(np.uint8)
    torch.testing.assert_close(features(brighter), features(still), rtol=0, atol=0.35)


def test_a_black_camera_moves_nothing() -> None:
    found = features(np.zeros((3, *SIZE, 3), np.uint8))
    assert bool(found.isfinite().all())
    assert float(found[:, :2].abs().max()) == 0.0
