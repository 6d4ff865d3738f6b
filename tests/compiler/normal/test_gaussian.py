import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from linewatch.compiler.normal.gaussian import RegionGaussian
from linewatch.compiler.normal.gaussian import fit_gaussian as fit
from linewatch.compiler.normal.moments import REGION, no_moments
from linewatch.compiler.normal.whitening import Whitening


def normal_components(count: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    scale = torch.linspace(0.5, 2.0, 6)
    place = torch.linspace(-3, 3, 8)[None, :, None, None]
    return torch.randn(count, 8, 8, 6, generator=generator) * scale + place


def fit_gaussian(components: torch.Tensor) -> RegionGaussian:
    as_they_are = Whitening(mean=torch.zeros(6), deviation=torch.ones(6), matrix=torch.eye(6))
    return fit(no_moments(components).plus(components), as_they_are)


@settings(max_examples=10)
@given(st.integers(0, 1000))
def test_distances_of_normal_pictures_are_about_one(seed: int) -> None:
    gaussian = fit_gaussian(normal_components(200, seed))
    distances = gaussian.distances(normal_components(50, seed + 1))
    assert distances.shape == (50, 8, 8)
    assert 0.85 < float(distances.square().mean()) < 1.15


def test_a_strange_cell_is_far_and_the_others_are_not() -> None:
    gaussian = fit_gaussian(normal_components(200, 0))
    judged = normal_components(1, 5)
    usual = gaussian.distances(judged)
    judged[0, 3, 6] += 20
    strange = gaussian.distances(judged)
    assert strange.argmax() == 3 * 8 + 6
    changed = (strange - usual).abs() > 1e-4
    assert changed.sum() == 1


def test_each_position_has_its_own_mean() -> None:
    gaussian = fit_gaussian(normal_components(100, 0))
    moved = normal_components(1, 1).roll(REGION, 1)
    assert float(gaussian.distances(moved).mean()) > 1.3
