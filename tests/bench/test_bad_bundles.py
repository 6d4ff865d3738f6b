from pathlib import Path

import pytest
from bench.bad_bundles import bad_bundles

from edge.tiny_bundle import make_bundle
from linewatch.edge.errors import Refused
from linewatch.edge.infer.engine import Engine

SLOW = "too slow for the cameras"


def test_each_is_refused_for_a_reason_of_its_own_but_the_slow_one_which_only_takes_long(tmp_path: Path) -> None:
    make_bundle(tmp_path / "good")
    engine = Engine()
    engine.check(tmp_path / "good")
    said: dict[str, str] = {}
    for wrong, folder in bad_bundles(tmp_path / "good", tmp_path):
        if wrong == SLOW:
            engine.check(folder)
            continue
        with pytest.raises(Refused) as caught:
            engine.check(folder)
        said[wrong] = str(caught.value).replace(str(folder), "")
    assert len(said) == len(set(said.values())) == 13
