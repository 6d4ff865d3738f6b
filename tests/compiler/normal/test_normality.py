import torch

from linewatch.compiler.normal.gaussian import fit_gaussian
from linewatch.compiler.normal.moments import no_moments
from linewatch.compiler.normal.normality import Normality, triangular
from linewatch.compiler.normal.whitening import learn_whitening


def normal(count: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    mixed = torch.randn(6, 6, generator=torch.Generator().manual_seed(9))
    cells = torch.randn(count, 8, 12, 6, generator=generator) @ mixed + torch.linspace(-3, 3, 12)[:, None]
    return cells.permute(0, 3, 1, 2)


def test_it_is_the_same_detector_as_the_teachers() -> None:
    features, judged = normal(60, 0), normal(3, 1)
    normality = Normality(6, (8, 12))
    normality.fit(features)
    cells = features.permute(0, 2, 3, 1).contiguous()
    moments = no_moments(cells[:1]).plus(cells)
    whitening = learn_whitening(moments, 6)
    components = whitening.components(whitening.standardise(judged.permute(0, 2, 3, 1)))
    expected = fit_gaussian(moments, whitening).distances(components)
    found = normality.on_grid(normality.deviations(judged).square().sum(2).sqrt())
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3)


def test_normal_cells_are_about_one_and_a_strange_one_stands_out_in_its_place() -> None:
    normality = Normality(6, (8, 12))
    normality.fit(normal(200, 0))
    judged = normal(40, 1)
    judged[5, :, 6, 9] += 30
    found = normality.on_grid(normality.deviations(judged).square().sum(2).sqrt())
    assert 0.85 < float(found[:5].square().mean()) < 1.15
    assert int(found[5].argmax()) == 6 * 12 + 9


def test_a_triangular_factor_measures_the_same_lengths() -> None:
    generator = torch.Generator().manual_seed(0)
    factor, deviations = torch.randn(5, 7, 7, generator=generator), torch.randn(5, 7, 40, generator=generator)
    found = triangular(factor)
    torch.testing.assert_close(
        (found @ deviations).norm(dim=1), (factor @ deviations).norm(dim=1), rtol=1e-4, atol=1e-4
    )
    assert bool((found.triu(1).abs() < 1e-6).all())
    assert bool((found.diagonal(dim1=1, dim2=2) >= 0).all())
    torch.testing.assert_close(triangular(found), found)


def test_what_differs_by_less_than_the_floor_is_no_matter() -> None:
    torch.manual_seed(0)
    features = torch.randn(30, 2, 4, 4) * torch.tensor([1.0, 0.01])[:, None, None]
    odd = features[:1].clone()
    odd[:, 1] += 0.1
    plain, floored = Normality(2, (4, 4)), Normality(2, (4, 4))
    plain.fit(features)
    floored.fit(features, torch.tensor([0.0, 0.5]))
    far, near = (one.deviations(odd).square().sum(2).sqrt().mean() for one in (plain, floored))
    usual = floored.deviations(features[:1]).square().sum(2).sqrt().mean()
    assert float(far) > 4
    torch.testing.assert_close(near, usual, rtol=0.1, atol=0)
