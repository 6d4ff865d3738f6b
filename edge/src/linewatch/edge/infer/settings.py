"""Settings of inference."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from linewatch.edge.settings import Settings


class InferenceSettings(Settings):
    """The `[inference]` table.

    Attributes:
        bundle: folder of the bundle to run; with `[update]` enabled, until it has installed one.
        target: target of the bundle; `auto` takes the first that ONNX Runtime can run on a CPU.
        workers: inference threads; 0 is one for each core the process may use.
        pin: bind each worker to a core of its own.
    """

    bundle: Path | None = None
    target: str = "auto"
    workers: Annotated[int, Field(ge=0, le=256)] = 0
    pin: bool = False
