"""Which runtime runs which target of a bundle, and what stands in for it: rules alone."""

from dataclasses import dataclass

from linewatch.edge.infer.runtimes.port import RuntimeName
from linewatch.protos.bundle import Bundle, Target
from linewatch.protos.bundle.errors import BundleError

AUTO = "auto"
_CPU, _TENSORRT = "onnx-cpu", "tensorrt"


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What the configuration asks for, `auto` or a name, and the runtime on the processor that was measured fastest."""

    runtime: str = AUTO
    target: str = AUTO
    fastest: RuntimeName = RuntimeName.ONNXRUNTIME


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A runtime, and the target whose graph and threshold it uses."""

    runtime: RuntimeName
    target: Target


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """The candidates, the wanted one first; each stands in for those before it.

    `missed` says why what was asked for by name is not among them; it is empty where it is.
    """

    candidates: tuple[Candidate, ...]
    missed: str = ""


def plan(bundle: Bundle, wish: Wish, *, tensorrt_here: bool) -> Plan:
    """How to run `bundle`; `tensorrt_here` says whether this device has TensorRT and a GPU.

    Raises:
        BundleError: the bundle has not the wanted target, or none for this device.
    """
    wanted = None if wish.target == AUTO else bundle.target(wish.target)
    native = wanted if wanted is not None and _for_tensorrt(wanted) else _first(bundle, _TENSORRT)
    tried: list[Candidate] = []
    missed = ""
    if wish.runtime == RuntimeName.TENSORRT and native is None:
        missed = f"bundle {bundle.digest[:12]} has no target for TensorRT; compile it with --target tensorrt-int8"
    elif native is not None and _wants_tensorrt(wish, wanted, tensorrt_here=tensorrt_here):
        tried.append(Candidate(runtime=RuntimeName.TENSORRT, target=native))
    plain = _for_processor(bundle, wish, wanted if wanted or not tried else native)
    wants_openvino = (wish.fastest if wish.runtime == AUTO else wish.runtime) == RuntimeName.OPENVINO
    if wants_openvino and not _for_tensorrt(plain):
        tried.append(Candidate(runtime=RuntimeName.OPENVINO, target=plain))
    return Plan(candidates=(*tried, Candidate(runtime=RuntimeName.ONNXRUNTIME, target=plain)), missed=missed)


def _wants_tensorrt(wish: Wish, wanted: Target | None, *, tensorrt_here: bool) -> bool:
    if wish.runtime != AUTO:
        return wish.runtime == RuntimeName.TENSORRT
    return tensorrt_here and (wanted is None or _for_tensorrt(wanted))


def _for_processor(bundle: Bundle, wish: Wish, wanted: Target | None) -> Target:
    """What ONNX Runtime runs; graphs for TensorRT, too, slowly: where there is no other, or where it is asked to."""
    if wanted is not None and (not _for_tensorrt(wanted) or wish.runtime == RuntimeName.ONNXRUNTIME):
        return wanted
    target = _first(bundle, _CPU) or wanted
    if target is None:
        names = ", ".join(one.name for one in bundle.manifest.targets)
        raise BundleError(f"{bundle.folder} has targets {names}, but none for this device ({_CPU}...)")
    return target


def _for_tensorrt(target: Target) -> bool:
    return target.name.startswith(_TENSORRT)


def _first(bundle: Bundle, prefix: str) -> Target | None:
    return next((one for one in bundle.manifest.targets if one.name.startswith(prefix)), None)
