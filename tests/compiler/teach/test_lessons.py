import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from linewatch.compiler.teach.lessons import WINDOW, Lessons

GRID = (40, 56)


def lessons(*, cut: bool) -> Lessons:
    """Every pixel and cell of a picture tells its place: red the row of cells, green the column, blue the picture."""
    rows, columns = np.mgrid[: GRID[0], : GRID[1]]
    cells = np.stack([np.stack([rows, columns, np.full(GRID, number)], axis=2) for number in range(6)])
    pictures = cells.repeat(8, axis=1).repeat(8, axis=2).astype(np.uint8)
    covers = torch.zeros(6, *GRID)
    covers[3:, 20, 30] = 1
    maps = torch.from_numpy(cells[..., 0] * 100.0 + cells[..., 1])
    return Lessons(pictures=pictures, covers=covers.half(), good=3, maps=maps.half(), cut=cut)


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000))
def test_windows_of_pictures_and_of_cells_are_the_same_places(seed: int) -> None:
    batch = lessons(cut=True).draw(8, torch.Generator().manual_seed(seed))
    assert batch.pictures.shape == (6, 3, WINDOW, WINDOW)
    assert batch.maps is not None
    small = batch.pictures[:, :, ::8, ::8].float()
    torch.testing.assert_close(small[:, 0] * 100 + small[:, 1], batch.maps, rtol=1e-3, atol=2)
    inside = (small[:, 0] == 20) & (small[:, 1] == 30) & (small[:, 2] >= 3)
    torch.testing.assert_close(batch.covers, inside.float())


def test_at_least_half_of_the_windows_of_defective_pictures_hold_a_defect() -> None:
    generator = torch.Generator().manual_seed(0)
    batches = [lessons(cut=True).draw(6, generator) for _ in range(40)]
    shown = [
        bool(cover.any())
        for batch in batches
        for cover, picture in zip(batch.covers, batch.pictures, strict=True)
        if picture[2, 0, 0] >= 3
    ]
    assert sum(shown) / len(shown) > 0.5


def test_whole_pictures_stay_whole() -> None:
    batch = lessons(cut=False).draw(4, torch.Generator().manual_seed(0))
    assert batch.pictures.shape == (4, 3, 320, 448)
    assert batch.components is None


def test_examples_are_spread_and_the_same_every_time() -> None:
    first, second = lessons(cut=True).examples(3), lessons(cut=True).examples(3)
    np.testing.assert_array_equal(first, second)
    assert [int(picture[0, 0, 2]) for picture in first] == [0, 2, 5]
