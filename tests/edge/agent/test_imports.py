"""What the processes of a device do not import takes none of its memory."""

import subprocess
import sys

import pytest

LARGE = {"cryptography", "grpc", "onnxruntime", "openvino", "securesystemslib", "tensorrt", "torch", "tuf", "typer"}
FOR_THE_AGENT = {"prometheus_client", "pydantic", "rich", "structlog"}


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("linewatch.edge.agent.service", LARGE),
        ("linewatch.edge.capture.isolation.child", LARGE | FOR_THE_AGENT),
        ("linewatch.edge.infer.runtimes.tensorrt.build", LARGE - {"tensorrt"} | {"cv2"}),
    ],
)
def test_large_libraries_are_imported_where_they_are_needed_alone(module: str, unwanted: set[str]) -> None:
    asked = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", asked], stdout=subprocess.PIPE, text=True, check=True)
    assert unwanted & set(done.stdout.split()) == set()
