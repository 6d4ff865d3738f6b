"""A runtime that takes its time to build."""

import threading
import time
from queue import Queue

from linewatch.edge.errors import BuildGivenUp, EdgeError, EngineNotBuilt
from linewatch.edge.infer.build_turns import GivenUp, never
from linewatch.edge.infer.runtimes.onnx import OnnxSession
from linewatch.edge.infer.runtimes.opener import Opener
from linewatch.edge.infer.runtimes.plan import Candidate, Wish
from linewatch.edge.infer.runtimes.port import RuntimeName, Session
from linewatch.protos.bundle import Bundle


class SlowlyNative(Opener):
    """A device whose wanted runtime has to build first; what it builds is run by ONNX Runtime here."""

    def __init__(self, fault: EdgeError | None = None) -> None:
        super().__init__(Wish(runtime="tensorrt"))
        self.may_finish = threading.Event()
        self.building: Queue[str] = Queue()
        self._fault = fault
        self._told: set[str] = set()
        self._built: set[str] = set()

    @property
    def builds(self) -> bool:
        return True

    def open(self, bundle: Bundle, candidate: Candidate) -> Session:
        if candidate.runtime is not RuntimeName.TENSORRT:
            return super().open(bundle, candidate)
        if self._fault is not None and bundle.digest in self._told:
            raise self._fault
        if bundle.digest not in self._built:
            raise EngineNotBuilt("there is no engine yet")
        return OnnxSession(bundle.read(candidate.target.graph_path), bundle.folder)

    def build(self, bundle: Bundle, candidate: Candidate, given_up: GivenUp = never) -> None:
        if candidate.runtime is not RuntimeName.TENSORRT or bundle.digest in self._built:
            return
        self.building.put(bundle.digest)
        until_s = time.monotonic() + 30
        while not self.may_finish.wait(0.01):
            assert time.monotonic() < until_s
            if given_up():
                raise BuildGivenUp("it is not wanted any more")
        if self._fault is not None:
            self._told.add(bundle.digest)
            raise self._fault
        self._built.add(bundle.digest)
