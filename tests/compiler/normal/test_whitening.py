import pytest
import torch

from linewatch.compiler.errors import PictureError
from linewatch.compiler.normal.moments import no_moments
from linewatch.compiler.normal.whitening import learn_whitening


def test_components_of_good_pictures_are_uncorrelated_with_deviation_one() -> None:
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(20, 8, 8, 6, generator=generator) @ torch.randn(6, 6, generator=generator) + 5
    whitening = learn_whitening(no_moments(features[:1]).plus(features), 4)
    standardised = whitening.standardise(features).flatten(0, 2)
    torch.testing.assert_close(standardised.mean(0), torch.zeros(6), rtol=0, atol=1e-3)
    torch.testing.assert_close(standardised.std(0), torch.ones(6), rtol=0, atol=1e-2)
    components = whitening.components(standardised)
    torch.testing.assert_close(torch.cov(components.T), torch.eye(4), rtol=0, atol=1e-2)


def test_pictures_that_do_not_differ_are_refused() -> None:
    same = torch.arange(8 * 8 * 3.0).reshape(1, 8, 8, 3).repeat(9, 1, 1, 1)
    with pytest.raises(PictureError, match="all the same"):
        learn_whitening(no_moments(same[:1]).plus(same), 2)
