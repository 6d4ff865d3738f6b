"""Engines are really built, by TensorRT-RTX: its builder needs no GPU. Only running them does."""

import contextlib
import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from edge.infer.native_bundle import NATIVE, make_native_bundle
from linewatch.edge.errors import BuildGivenUp, BundleRefused, EngineBuildFailed, EngineNotBuilt
from linewatch.edge.infer.runtimes.tensorrt.engine_file import EngineFiles, EngineKey
from linewatch.edge.infer.runtimes.tensorrt.gpu import Gpu
from linewatch.edge.infer.runtimes.tensorrt.workshop import Workshop
from linewatch.edge.optional import is_installed
from linewatch.protos.bundle import Bundle

BUILDER = "tensorrt_rtx"
needs_builder = pytest.mark.skipif(
    not is_installed(BUILDER), reason="TensorRT-RTX is not installed: pip install tensorrt_rtx"
)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return make_native_bundle(tmp_path_factory.mktemp("native") / "b")


def key_of(bundle: Bundle) -> EngineKey:
    gpu = Gpu(name="none", uuid="00" * 16, capability="8.9")
    return EngineKey(bundle=bundle.digest, target=NATIVE, library=BUILDER, gpu=gpu)


def children() -> set[int]:
    found: set[int] = set()
    for task in Path(f"/proc/{os.getpid()}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a thread that ended meanwhile
            found |= {int(one) for one in (task / "children").read_text().split()}
    return found


@needs_builder
def test_an_engine_is_built_once_and_then_found(bundle: Bundle, tmp_path: Path) -> None:
    files, key = EngineFiles(tmp_path), key_of(bundle)
    workshop = Workshop(files, BUILDER)
    with pytest.raises(EngineNotBuilt):
        workshop.engine(key)
    workshop.build(bundle, bundle.target(NATIVE), key)
    engine = workshop.engine(key)
    assert len(engine) > 10_000
    assert files.timings(key)
    elsewhere = Workshop(files, "no_such_module")
    elsewhere.build(bundle, bundle.target(NATIVE), key)
    assert elsewhere.engine(key) == engine


@needs_builder
def test_a_damaged_engine_and_a_damaged_timing_cache_are_made_again(bundle: Bundle, tmp_path: Path) -> None:
    files, key = EngineFiles(tmp_path), key_of(bundle)
    files.keep_timings(key, b"whole, but no timing cache")
    (tmp_path / key.engine_name()).write_bytes(b"damaged")
    workshop = Workshop(files, BUILDER)
    workshop.build(bundle, bundle.target(NATIVE), key)
    assert len(workshop.engine(key)) > 10_000


@needs_builder
def test_why_an_engine_cannot_be_built_is_told(tmp_path: Path) -> None:
    bundle = make_native_bundle(tmp_path / "b", graph=b"no graph")
    with pytest.raises(EngineBuildFailed, match=r"with exit code 1: .* cannot read the graph"):
        Workshop(EngineFiles(tmp_path / "e"), BUILDER).build(bundle, bundle.target(NATIVE), key_of(bundle))


def test_what_is_missing_is_told(bundle: Bundle, tmp_path: Path) -> None:
    workshop = Workshop(EngineFiles(tmp_path), "no_such_module")
    with pytest.raises(EngineBuildFailed, match="TensorRT is not installed") as failure:
        workshop.build(bundle, bundle.target(NATIVE), key_of(bundle))
    with pytest.raises(EngineBuildFailed) as remembered:
        workshop.engine(key_of(bundle))
    assert str(remembered.value) == str(failure.value)
    other = make_native_bundle(tmp_path / "b", recipe=b"{}")
    with pytest.raises(EngineBuildFailed, match="does not say how to build"):
        Workshop(EngineFiles(tmp_path), BUILDER).build(other, other.target(NATIVE), key_of(other))


def test_a_graph_that_was_changed_is_not_built(tmp_path: Path) -> None:
    bundle = make_native_bundle(tmp_path / "b")
    bundle.path(bundle.target(NATIVE).graph_path).write_bytes(b"other")
    with pytest.raises(BundleRefused):
        Workshop(EngineFiles(tmp_path), BUILDER).build(bundle, bundle.target(NATIVE), key_of(bundle))


@pytest.fixture
def hanging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a library that takes for ever."""
    (tmp_path / "hanging_library.py").write_text("import time; time.sleep(60)")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    return "hanging_library"


@pytest.mark.parametrize("end", ["killed", "closed", "late"])
def test_a_builder_that_hangs_is_ended_and_leaves_nothing(
    bundle: Bundle, tmp_path: Path, end: str, hanging: str
) -> None:
    before = children()
    workshop = Workshop(EngineFiles(tmp_path), hanging, patience_s=0.0 if end == "late" else 60.0)
    said: list[str] = []

    def build() -> None:
        try:
            workshop.build(bundle, bundle.target(NATIVE), key_of(bundle))
        except (EngineBuildFailed, BuildGivenUp) as error:
            said.append(str(error))

    thread = threading.Thread(target=build)
    thread.start()
    if end == "closed":
        workshop.close()
    if end == "killed":
        while not (made := children() - before):
            time.sleep(0.001)
        os.kill(made.pop(), signal.SIGKILL)
    thread.join(30)
    expected = {"killed": "ended by SIGKILL", "closed": "the agent stopped", "late": "not built within 0 s"}
    assert [expected[end] in one for one in said] == [True]
    assert children() <= before
    assert not list(tmp_path.glob("*.engine"))


def test_what_is_on_the_disk_is_had_while_another_engine_is_built_and_a_build_can_be_given_up(
    bundle: Bundle, tmp_path: Path, hanging: str
) -> None:
    files, before = EngineFiles(tmp_path), children()
    workshop, unwanted = Workshop(files, hanging), threading.Event()
    other = replace(key_of(bundle), bundle="0" * 64)
    files.keep_engine(other, b"an engine")
    said: list[str] = []

    def build() -> None:
        with pytest.raises(BuildGivenUp) as failure:
            workshop.build(bundle, bundle.target(NATIVE), key_of(bundle), unwanted.is_set)
        said.append(str(failure.value))

    threads = [threading.Thread(target=build) for _ in range(2)]
    for thread in threads:
        thread.start()
    while not children() - before:
        time.sleep(0.001)
    begun = time.monotonic()
    assert workshop.engine(other) == b"an engine"
    with pytest.raises(EngineNotBuilt):
        workshop.engine(key_of(bundle))
    assert time.monotonic() - begun < 1
    assert len(children() - before) == 1, "there is one builder at a time"
    unwanted.set()
    for thread in threads:
        thread.join(10)
    assert len(said) == 2
    assert children() <= before
    with pytest.raises(EngineNotBuilt):
        workshop.engine(key_of(bundle))
