from pathlib import Path

import pytest

from edge.tiny_bundle import make_bundle
from linewatch.edge.errors import BundleRefused, GoldenCheckFailed
from linewatch.edge.infer.engine import Engine


def test_nothing_serves_before_the_first_bundle(bundle_folder: Path) -> None:
    engine = Engine()
    assert engine.serving is None
    engine.check(bundle_folder)
    assert engine.serving is None
    assert engine.swap(bundle_folder) is engine.current() is engine.serving


def test_a_refused_bundle_leaves_the_old_one_serving(bundle_folder: Path, tmp_path: Path) -> None:
    engine = Engine()
    old = engine.swap(bundle_folder)
    make_bundle(tmp_path / "wrong", golden_error=1.0)
    with pytest.raises(GoldenCheckFailed):
        engine.swap(tmp_path / "wrong")
    with pytest.raises(BundleRefused):
        engine.swap(tmp_path / "nothing")
    assert engine.current() is old
