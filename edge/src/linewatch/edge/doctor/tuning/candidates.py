"""What is measured: a few choices at a time, each step with the best of the one before."""

from collections.abc import Sequence

from linewatch.edge.infer.settings import InferenceSettings
from linewatch.edge.infer.tuned import Choice

_BATCHES = (2, 4, 8)


def first_choice(settings: InferenceSettings, cores: int) -> Choice:
    """What serves where nothing was measured."""
    by_hand = settings.runtime if settings.runtime in ("onnxruntime", "openvino") else "onnxruntime"
    return Choice(
        runtime="openvino" if by_hand == "openvino" else "onnxruntime",
        workers=settings.workers or cores,
        threads=settings.threads or 1,
        batch=settings.batch or 1,
    )


def runtimes_and_threads(
    best: Choice, settings: InferenceSettings, cores: int, installed: Sequence[str]
) -> list[Choice]:
    """Every runtime that is installed with many workers of few threads, and with few of many."""
    pairs = {(cores, 1), (max(1, cores // 2), 2), (1, cores)} if cores > 1 else {(1, 1)}
    if settings.workers or settings.threads:
        pairs = {(best.workers, best.threads)}
    runtimes = [best.runtime] if settings.runtime != "auto" else installed
    made = [
        best.model_copy(update={"runtime": runtime, "workers": workers, "threads": threads})
        for runtime in runtimes
        for workers, threads in sorted(pairs, reverse=True)
    ]
    return [one for one in made if one != best]


def memory_and_waiting(best: Choice) -> list[Choice]:
    """What only ONNX Runtime has: its pool of memory, its plan of it, and threads that wait busily."""
    if best.runtime != "onnxruntime":
        return []
    changes = [{"arena": False}, {"memory_pattern": False}, {"arena": False, "memory_pattern": False}]
    if best.threads > 1:
        changes.append({"spinning": True})
    return [best.model_copy(update=change) for change in changes]


def batches(best: Choice, settings: InferenceSettings, largest: int | None) -> list[Choice]:
    """Several frames at once, where the graph takes them."""
    if settings.batch:
        return []
    return [best.model_copy(update={"batch": count}) for count in _BATCHES if largest is None or count <= largest]
