from collections.abc import Mapping

import numpy as np
import pytest

from linewatch.compiler.prove.golden import SCORE_TOLERANCE, check_golden
from linewatch.compiler.prove.runtimes.runtime import RUNTIMES, Runtime
from linewatch.compiler.target import TARGETS
from untaught import Untaught

ALL = [(name, runtime) for name, kind in TARGETS.items() for runtime in RUNTIMES[kind.flavour]]


@pytest.mark.parametrize(("target", "runtime"), ALL, ids=lambda value: getattr(value, "name", value))
def test_every_runtime_scores_as_the_first_does(
    graphs: Mapping[str, bytes], untaught: Untaught, target: str, runtime: Runtime
) -> None:
    if not runtime.installed:
        pytest.skip(f"{runtime.name} is not installed")
    frames = [untaught.normal[0], untaught.odd[0]]
    first = RUNTIMES[TARGETS[target].flavour][0]
    wanted, found = (one.score(graphs[target], frames) for one in (first, runtime))
    assert found.shape == (2,)
    assert found.dtype == np.float32
    assert check_golden({first.label: wanted, runtime.label: found}) < SCORE_TOLERANCE


def test_labels_tell_ways_apart() -> None:
    labels = [runtime.label for runtime in RUNTIMES[TARGETS["onnx-cpu-int8"].flavour] if runtime.installed]
    assert len(set(labels)) == len(labels)
    assert any(label.endswith("(as written)") for label in labels)
