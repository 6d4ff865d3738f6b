"""The GPU through `cuda.bindings`: what it is, its memory, and one stream of work."""

import weakref
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from linewatch.edge.errors import InferenceError, RuntimeUnavailable
from linewatch.edge.optional import is_installed, load

MODULE = "cuda.bindings.runtime"
_DEVICE = 0
"""The first one that CUDA_VISIBLE_DEVICES leaves visible."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gpu:
    """Which GPU an engine was built for: `capability` as in `8.7`."""

    name: str
    uuid: str
    capability: str


def find_gpu() -> Gpu:
    """The GPU of this device.

    Raises:
        RuntimeUnavailable: there is none, or its driver or the bindings are missing; says which.
    """
    if not is_installed(MODULE):
        raise RuntimeUnavailable("the GPU cannot be used: pip install 'linewatch-edge[tensorrt]'")
    try:
        cuda: Any = load(MODULE)
        count = check(cuda, cuda.cudaGetDeviceCount())
        if not count:
            raise RuntimeUnavailable("there is no GPU; look whether CUDA_VISIBLE_DEVICES hides it")
        properties = check(cuda, cuda.cudaGetDeviceProperties(_DEVICE))
    except InferenceError as error:
        raise RuntimeUnavailable(f"the GPU cannot be used: {error}; look at its driver") from error
    except Exception as error:  # bindings and driver that do not fit each other fail in many ways
        raise RuntimeUnavailable(f"the GPU cannot be used: {error}") from error
    name = properties.name
    return Gpu(
        name=name.decode(errors="replace") if isinstance(name, bytes) else str(name),
        uuid=bytes(properties.uuid.bytes).hex(),
        capability=f"{properties.major}.{properties.minor}",
    )


def check(cuda: Any, answer: tuple[Any, ...]) -> Any:  # noqa: ANN401
    """What a call gave beside its status.

    Raises:
        InferenceError: the status is an error.
    """
    status, *given = answer
    if status != cuda.cudaError_t.cudaSuccess:
        _, text = cuda.cudaGetErrorString(status)
        raise InferenceError(f"CUDA says: {text.decode(errors='replace')}")
    return given[0] if given else None


class Stream:
    """Copies and kernels, one after the other. Used by one thread at a time."""

    def __init__(self) -> None:
        """A stream of the GPU.

        Raises:
            InferenceError: the GPU refused.
        """
        self._cuda: Any = load(MODULE)
        # Waiting for the GPU must not keep a core busy. It is no harm where the process has chosen already.
        self._cuda.cudaSetDeviceFlags(self._cuda.cudaDeviceScheduleBlockingSync)
        self._stream = check(self._cuda, self._cuda.cudaStreamCreate())
        weakref.finalize(self, self._cuda.cudaStreamDestroy, self._stream).atexit = False

    @property
    def handle(self) -> int:
        """What TensorRT is given."""
        return int(self._stream)

    def send(self, source: npt.NDArray[Any], memory: "GpuMemory") -> None:
        """Copy a C-contiguous array to the GPU."""
        kind = self._cuda.cudaMemcpyKind.cudaMemcpyHostToDevice
        copied = self._cuda.cudaMemcpyAsync(memory.address, source.ctypes.data, source.nbytes, kind, self._stream)
        check(self._cuda, copied)

    def fetch(self, memory: "GpuMemory", target: npt.NDArray[Any]) -> None:
        """Copy from the GPU into a C-contiguous array; it is there after `wait`."""
        kind = self._cuda.cudaMemcpyKind.cudaMemcpyDeviceToHost
        copied = self._cuda.cudaMemcpyAsync(target.ctypes.data, memory.address, target.nbytes, kind, self._stream)
        check(self._cuda, copied)

    def wait(self) -> None:
        """Wait until all of it is done."""
        check(self._cuda, self._cuda.cudaStreamSynchronize(self._stream))


class GpuMemory:
    """A block of the GPU's memory, freed with this object."""

    def __init__(self, size: int) -> None:
        """A block of `size` bytes.

        Raises:
            InferenceError: there is not so much.
        """
        cuda: Any = load(MODULE)
        self.size = max(1, size)
        self.address = int(check(cuda, cuda.cudaMalloc(self.size)))
        weakref.finalize(self, cuda.cudaFree, self.address).atexit = False
