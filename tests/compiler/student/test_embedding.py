import pytest
import torch

from linewatch.compiler.student.embedding import Embedding
from linewatch.compiler.student.trunk import DEEP, MIDDLE, Stages

GRID = (8, 12)


def stages(deep: torch.Tensor) -> Stages:
    return torch.zeros(len(deep), MIDDLE, *GRID), deep


def fitted(normal: torch.Tensor, *, by_place: bool) -> Embedding:
    made = Embedding(GRID, by_place=by_place)
    made.fit(normal)
    return made


@pytest.mark.parametrize("by_place", [True, False])
def test_a_picture_is_embedded_as_what_differs_where_it_is_strange(by_place: bool) -> None:
    torch.manual_seed(0)
    normal = torch.randn(6, DEEP, 4, 6)
    maps = torch.full((1, *GRID), 0.1)
    maps[0, 2:4, 6:8] = 1.0
    shown = normal[:1].clone()
    shown[0, :, 1, 3] = 7.0
    usual = normal.mean(0)[:, 1, 3] if by_place else normal.mean((0, 2, 3))
    found = fitted(normal, by_place=by_place)(stages(shown), maps)
    torch.testing.assert_close(found[0], 7.0 - usual, rtol=1e-3, atol=1e-3)


def test_neither_the_unit_of_the_map_nor_what_happens_elsewhere_matters() -> None:
    torch.manual_seed(0)
    normal = torch.randn(6, DEEP, 4, 6)
    embed = fitted(normal, by_place=True)
    maps = torch.rand(2, *GRID) * 0.1
    maps[:, :2, :2] = 1.0
    shown = torch.randn(2, DEEP, 4, 6)
    elsewhere = shown.clone()
    elsewhere[:, :, 3, 5] += 5.0
    found = embed(stages(shown), maps)
    torch.testing.assert_close(embed(stages(shown), 1e-6 * maps), found)
    torch.testing.assert_close(embed(stages(elsewhere), maps), found, rtol=1e-3, atol=1e-3)


def test_what_is_typical_has_no_direction() -> None:
    normal = torch.randn(1, DEEP, 4, 6).repeat(3, 1, 1, 1)
    found = fitted(normal, by_place=True)(stages(normal), torch.rand(3, *GRID))
    torch.testing.assert_close(found, torch.zeros(3, DEEP), rtol=0, atol=1e-4)
