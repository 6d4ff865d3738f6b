"""TensorRT as a runtime: the engine of a bundle, opened on this device's GPU."""

from pathlib import Path

from linewatch.edge.infer.build_turns import GivenUp
from linewatch.edge.infer.runtimes.tensorrt.engine_file import EngineFiles, EngineKey
from linewatch.edge.infer.runtimes.tensorrt.gpu import find_gpu
from linewatch.edge.infer.runtimes.tensorrt.library import library_label, load_library
from linewatch.edge.infer.runtimes.tensorrt.session import TensorRtSession
from linewatch.edge.infer.runtimes.tensorrt.workshop import Workshop
from linewatch.protos.bundle import Bundle, Target


class TensorRt:
    """Opens targets for TensorRT. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        """Keep engines in `folder`."""
        self._workshop = Workshop(EngineFiles(folder))

    def open(self, bundle: Bundle, target: Target) -> TensorRtSession:
        """The engine of `target`. Never waits for a build.

        Raises:
            EngineNotBuilt: there is none yet.
            RuntimeUnavailable: TensorRT or the GPU is missing, or the engine could not be built or loaded; says why.
            BundleRefused: the graph was changed on the disk, or breaks the contract.
        """
        key = _key(bundle, target)
        plan = self._workshop.engine(key)
        try:
            return TensorRtSession(load_library(), plan)
        except Exception:
            self._workshop.discard(key)
            raise

    def build(self, bundle: Bundle, target: Target, given_up: GivenUp) -> None:
        """Build the engine of `target`, unless it is there: minutes.

        Raises:
            RuntimeUnavailable: TensorRT or the GPU is missing, or the engine cannot be built; says why.
            BundleRefused: the graph was changed on the disk.
            BuildGivenUp: `given_up` said so, or this was closed.
        """
        self._workshop.build(bundle, target, _key(bundle, target), given_up)

    def close(self) -> None:
        """End a builder that runs."""
        self._workshop.close()


def _key(bundle: Bundle, target: Target) -> EngineKey:
    library, gpu = load_library(), find_gpu()
    return EngineKey(bundle=bundle.digest, target=target.name, library=library_label(library), gpu=gpu)
