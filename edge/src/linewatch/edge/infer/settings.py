"""Settings of inference."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from linewatch.edge.settings import Settings


class InferenceSettings(Settings):
    """The `[inference]` table.

    Attributes:
        bundle: folder of the bundle to run; with `[update]` enabled, until it has installed one.
        target: target of the bundle; `auto` takes the first for what runs it.
        runtime: what runs it; `auto` is TensorRT where it is installed and the bundle has a target for it, otherwise
            the fastest that `linewatch-edge doctor --tune` found, otherwise ONNX Runtime.
        workers: inference threads; 0 is as tuned, otherwise one for each core the process may use.
        threads: threads inside one call of the runtime; 0 is as tuned, otherwise 1.
        batch: most frames that are judged at once; 0 is as tuned, otherwise 1.
        latency_budget_ms: milliseconds from capture to verdict that a frame may take because of others judged with it.
        pin: bind each worker to a core of its own.
    """

    bundle: Path | None = None
    target: str = "auto"
    runtime: Literal["auto", "onnxruntime", "openvino", "tensorrt"] = "auto"
    workers: Annotated[int, Field(ge=0, le=256)] = 0
    threads: Annotated[int, Field(ge=0, le=256)] = 0
    batch: Annotated[int, Field(ge=0, le=64)] = 0
    latency_budget_ms: Annotated[float, Field(gt=0, le=10_000)] = 10.0
    pin: bool = False

    @model_validator(mode="after")
    def _runtime_runs_the_target(self) -> Self:
        runs = {"tensorrt": "tensorrt", "openvino": "onnx-cpu"}.get(self.runtime)
        if runs is not None and self.target != "auto" and not self.target.startswith(runs):
            raise ValueError(f"runtime {self.runtime} does not run the target {self.target!r}; leave target out")
        return self
