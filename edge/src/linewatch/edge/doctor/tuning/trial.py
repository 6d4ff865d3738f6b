"""Tries one choice: `python -m linewatch.edge.doctor.tuning.trial`, its order as a line of JSON on standard input.

A process of its own, so that its memory can be told. It says that it is ready, and then, for each number of seconds on
a further line, judges for so long and says how that went, in JSON too.
"""

import json
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from linewatch.edge.capture.frame import Frame
from linewatch.edge.capture.picture import Picture
from linewatch.edge.capture.pixel_form import PixelForm
from linewatch.edge.errors import EdgeError, InferenceError
from linewatch.edge.heap import keep_freed_memory
from linewatch.edge.infer.batch import judge_together
from linewatch.edge.infer.golden import check_golden
from linewatch.edge.infer.model import Model, open_bundle
from linewatch.edge.infer.runtimes.opener import Opener
from linewatch.edge.infer.settings import InferenceSettings
from linewatch.edge.infer.setup import settle
from linewatch.edge.infer.tuned import Choice
from linewatch.edge.infer.verdict import Unjudged

_P99 = 99


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to try: the bundle in `folder`, frames of the `views` in turn: each [form, height, width]."""

    folder: str
    target: str
    choice: dict[str, Any]
    views: list[list[int]]

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))


def main() -> int:
    """Obey standard input until it ends."""
    cv2.setNumThreads(1)
    keep_freed_memory()  # as the agent does
    order = Order(**json.loads(sys.stdin.readline()))
    choice = Choice.model_validate(order.choice)
    try:
        model = _open(order, choice)
        frames = _frames(order.views, model.reach)
        _judge_for(model, frames, choice, 0.0)
        _tell({"largest_batch": model.largest_batch})
        for line in sys.stdin:
            _tell(_judge_for(model, frames, choice, float(line)))
    except EdgeError as error:
        _tell({"error": str(error)})
        return 1
    return 0


def _open(order: Order, choice: Choice) -> Model:
    bundle = open_bundle(Path(order.folder))
    setup = settle(InferenceSettings(target=order.target, runtime=choice.runtime), choice)
    opener = Opener(setup.wish, setup.options)
    candidate = opener.plan(bundle).candidates[0]
    model = Model(bundle, candidate, opener.open(bundle, candidate))
    check_golden(model)
    return model


def _frames(views: list[list[int]], reach: int) -> list[Frame]:
    """Noise: as much work as anything else."""
    generator, pictures = np.random.default_rng(0), []
    for form, height, width in views:
        planes = [generator.integers(0, 256, shape, np.uint8) for shape in PixelForm(form).planes(height, width)]
        pictures.append(Picture(PixelForm(form), tuple(planes)))
    return [Frame("tuning", 0, picture, 0, 0.0, (picture,) * reach) for picture in pictures]


def _judge_for(model: Model, frames: list[Frame], choice: Choice, seconds: float) -> dict[str, float]:
    """As the agent's workers do, without waiting for cameras; at least one batch of each size a worker.

    Raises:
        InferenceError: a frame could not be judged.
    """
    taken: list[float] = []
    failed: list[InferenceError] = []
    begun = time.perf_counter()

    def work() -> None:
        while not failed:
            for frame in frames:
                called = time.perf_counter()
                results = judge_together(model, [frame] * choice.batch)
                taken.append(time.perf_counter() - called)
                failed.extend(one.error for one in results if isinstance(one, Unjudged) and one.error)
            if time.perf_counter() - begun >= seconds:
                return

    threads = [threading.Thread(target=work) for _ in range(choice.workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return {
        "rate": len(taken) * choice.batch / (time.perf_counter() - begun),
        "p99_ms": 1000 * float(np.percentile(taken, _P99)),
        "megabytes": _resident_mb(),
    }


def _resident_mb() -> float:
    """Memory of this process in 10^6 bytes, what it shares with others included: how many those are changes."""
    rollup = Path("/proc/self/smaps_rollup").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Rss:")) * 1024 / 1e6


def _tell(said: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
