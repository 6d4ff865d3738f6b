"""Judges frames of any cameras at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from linewatch.edge.capture.frame import Frame, UInt8Array
from linewatch.edge.errors import InferenceError
from linewatch.edge.infer.model import Model
from linewatch.edge.infer.verdict import Judged, Unjudged, Verdict
from linewatch.edge.ring.lane import Item, Mark
from linewatch.edge.ring.lost import Lost

Result: TypeAlias = Judged | Unjudged | Lost | Mark


@dataclass(frozen=True, slots=True, eq=False)
class _Ready:
    frame: Frame
    sample: UInt8Array
    place: int


def judge_together(model: Model, items: Sequence[Item]) -> list[Result]:
    """The result of each item, in their order. Frames of one shape are judged at once, as far as the graph allows.

    A frame that cannot be judged costs no other: when a batch fails, its frames are judged one by one.
    """
    found: dict[int, Result] = {}
    for batch in _batches(model, items, found):
        verdicts = _judge(model, batch)
        for one, verdict in zip(batch, verdicts, strict=True):
            found[one.place] = _result(model, one.frame, verdict)
    return [found[place] for place in range(len(items))]


def _batches(model: Model, items: Sequence[Item], found: dict[int, Result]) -> Iterator[list[_Ready]]:
    """Frames of one shape; what needs no judging goes to `found`."""
    alike: dict[tuple[int, ...], list[_Ready]] = {}
    for place, item in enumerate(items):
        ready = _prepare(model, item, place)
        if isinstance(ready, _Ready):
            alike.setdefault(ready.sample.shape, []).append(ready)
        else:
            found[place] = ready
    for ones in alike.values():
        step = model.largest_batch or len(ones)
        yield from (ones[first : first + step] for first in range(0, len(ones), step))


def _result(model: Model, frame: Frame, verdict: Verdict | InferenceError) -> Judged | Unjudged:
    return Judged(frame, verdict) if isinstance(verdict, Verdict) else Unjudged(frame.part, verdict, model.digest)


def _prepare(model: Model, item: Item, place: int) -> _Ready | Unjudged | Lost | Mark:
    if not isinstance(item, Frame):
        return item
    if len(item.before) < model.reach:
        return Unjudged(item.part)
    # Supervision boundary: a frame that cannot be judged is counted and told of; the worker goes on.
    try:
        return _Ready(item, model.sample(item.picture, item.before), place)
    except Exception as error:  # noqa: BLE001
        return Unjudged(item.part, _as_inference_error(error), model.digest)


def _judge(model: Model, batch: Sequence[_Ready]) -> Sequence[Verdict | InferenceError]:
    # Supervision boundary: as above.
    try:
        return model.judge_samples([one.sample for one in batch], [one.frame.mask for one in batch])
    except Exception as error:  # noqa: BLE001
        if len(batch) == 1:
            return [_as_inference_error(error)]
        return [verdict for one in batch for verdict in _judge(model, [one])]


def _as_inference_error(error: Exception) -> InferenceError:
    return error if isinstance(error, InferenceError) else InferenceError(f"{type(error).__name__}: {error}")
