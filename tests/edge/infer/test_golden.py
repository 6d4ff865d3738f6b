from pathlib import Path

import pytest

from edge.tiny_bundle import dark_spot_graph, make_bundle
from linewatch.edge.errors import GoldenCheckFailed
from linewatch.edge.infer.golden import check_golden
from linewatch.edge.infer.model import Model, load_model


def test_a_bundle_that_repeats_its_scores_passes(model: Model) -> None:
    passed = check_golden(model)
    assert passed.pictures == 2
    assert passed.largest_error <= 0.01


@pytest.mark.parametrize("error", [0.02, -0.02, 1e9])
def test_a_bundle_that_gives_other_scores_is_refused(tmp_path: Path, error: float) -> None:
    make_bundle(tmp_path / "b", golden_error=error)
    with pytest.raises(GoldenCheckFailed, match=r"golden/0\.png scores 0 here"):
        check_golden(load_model(tmp_path / "b"))


def test_an_error_within_tolerance_passes(tmp_path: Path) -> None:
    make_bundle(tmp_path / "b", golden_error=0.009)
    assert check_golden(load_model(tmp_path / "b")).largest_error == pytest.approx(0.009, abs=1e-6)


def test_scores_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    make_bundle(tmp_path / "b", graph=dark_spot_graph(float("nan")))
    with pytest.raises(GoldenCheckFailed, match="nan"):
        check_golden(load_model(tmp_path / "b"))
