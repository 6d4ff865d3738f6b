import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from linewatch.compiler.normal.moments import REGION, Moments, by_region, from_regions, no_moments


def features(count: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 40 + 3 * torch.randn(count, 8, 12, 5, generator=generator) + torch.arange(12.0)[None, None, :, None]


def of(whole: torch.Tensor, *cuts: int) -> Moments:
    moments = no_moments(whole[:1])
    for part in whole.tensor_split(cuts):
        moments = moments.plus(part)
    return moments


@settings(max_examples=20)
@given(st.integers(0, 1000), st.integers(1, 8), st.integers(1, 8))
def test_the_moments_do_not_depend_on_how_the_pictures_came(seed: int, first: int, second: int) -> None:
    whole = features(9, seed)
    once, parts = of(whole), of(whole, *sorted((first, second)))
    torch.testing.assert_close(once.position_means(), parts.position_means())
    torch.testing.assert_close(once.region_covariances(), parts.region_covariances(), rtol=1e-4, atol=1e-4)


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_they_agree_with_the_plain_formulas(seed: int) -> None:
    whole = features(11, seed)
    moments = of(whole)
    mean, covariance = moments.spread()
    flat = whole.flatten(0, 2).double()
    torch.testing.assert_close(moments.position_means(), whole.double().mean(0), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(mean, flat.mean(0), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(covariance, torch.cov(flat.T, correction=0), rtol=1e-4, atol=1e-4)
    residual = by_region(whole.double() - whole.double().mean(0))
    expected = residual.transpose(1, 2) @ residual / residual.shape[1]
    torch.testing.assert_close(moments.region_covariances(), expected, rtol=1e-4, atol=1e-4)


def test_regions_are_squares_and_can_be_undone() -> None:
    rows, columns = torch.meshgrid(torch.arange(8), torch.arange(12), indexing="ij")
    grid = (100 * rows + columns).float()[None, :, :, None].repeat(2, 1, 1, 1)
    regions = by_region(grid)
    assert regions.shape == (6, 2 * REGION**2, 1)
    assert set((regions[1] // 100).int().flatten().tolist()) == {0, 1, 2, 3}
    assert set((regions[1] % 100).int().flatten().tolist()) == {4, 5, 6, 7}
    torch.testing.assert_close(from_regions(regions[:, :, 0], 2, 8, 12), grid[..., 0])
