"""What can be seen of a session without a GPU, in the form of TensorRT-RTX."""

import importlib

import pytest

from linewatch.edge.errors import RuntimeUnavailable
from linewatch.edge.infer.runtimes.tensorrt.library import quiet_logger
from linewatch.edge.infer.runtimes.tensorrt.session import TensorRtSession
from linewatch.edge.optional import is_installed

TENSORRT = "tensorrt_rtx"
pytestmark = pytest.mark.skipif(
    not is_installed(TENSORRT), reason="TensorRT-RTX is not installed: pip install tensorrt_rtx"
)


def test_an_engine_that_does_not_load_is_not_blamed_for_what_another_did() -> None:
    trt = importlib.import_module(TENSORRT)
    quiet_logger(trt).faults = ["what the engine before did"]
    with pytest.raises(RuntimeUnavailable, match="does not load the engine") as caught:
        TensorRtSession(trt, b"no engine")
    assert "the engine before" not in str(caught.value)
