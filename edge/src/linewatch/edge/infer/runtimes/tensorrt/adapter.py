"""TensorRT as a runtime: the engine of a bundle, opened on this device's GPU."""

from pathlib import Path

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

    def open(self, bundle: Bundle, target: Target, *, build: bool) -> TensorRtSession:
        """The engine of `target`, built first where there is none yet and `build` allows it.

        Raises:
            EngineNotBuilt: there is none, and `build` is false.
            RuntimeUnavailable: TensorRT or the GPU is missing, or the engine cannot be built or loaded; says why.
            BundleRefused: the graph was changed on the disk, or breaks the contract.
        """
        trt, gpu = load_library(), find_gpu()
        key = EngineKey(bundle=bundle.digest, target=target.name, library=library_label(trt), gpu=gpu)
        plan = self._workshop.engine(bundle, target, key, build=build)
        try:
            return TensorRtSession(trt, plan)
        except Exception:
            self._workshop.discard(key)
            raise

    def close(self) -> None:
        """End a builder that runs."""
        self._workshop.close()
