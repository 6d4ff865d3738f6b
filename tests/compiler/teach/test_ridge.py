import torch

from linewatch.compiler.teach.ridge import ridge


def test_a_linear_map_is_found_again() -> None:
    generator = torch.Generator().manual_seed(0)
    rows = torch.randn(500, 6, generator=generator) + 3
    weight, bias = torch.randn(4, 6, generator=generator), torch.randn(4, generator=generator)
    found, offset = ridge(rows, rows @ weight.T + bias)
    torch.testing.assert_close(found, weight, rtol=1e-2, atol=1e-2)
    torch.testing.assert_close(rows @ found.T + offset, rows @ weight.T + bias, rtol=1e-2, atol=1e-2)


def test_inputs_that_say_the_same_share_the_weight() -> None:
    one = torch.randn(300, 1, generator=torch.Generator().manual_seed(1))
    found, _ = ridge(one.repeat(1, 3), one * 6)
    torch.testing.assert_close(found, torch.full((1, 3), 2.0), rtol=1e-2, atol=1e-2)


def test_inputs_that_never_change_get_no_weight() -> None:
    found, offset = ridge(torch.ones(20, 3), torch.full((20, 2), 5.0))
    torch.testing.assert_close(found, torch.zeros(2, 3))
    torch.testing.assert_close(offset, torch.full((2,), 5.0))
