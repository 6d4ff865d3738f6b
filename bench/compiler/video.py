"""What a student of stacks finds before a fixed camera, and what its heads find alone.

`python -m bench.compiler.video` films drawn scenes, learns from normal footage, and judges other normal footage and
each anomaly. Distillation is short: motion is not distilled.
"""

import json
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np

from bench.compiler.scenes import NORMAL, SCENES, SIDE, Scene, stacks
from bench.record import Record, at_least, seen
from linewatch.cloud.training.backbones.choices import load_backbone
from linewatch.cloud.training.teachers.gaussian import GaussianTeacher
from linewatch.cloud.training.teachers.good_pictures import GoodPictures
from linewatch.cloud.training.teachers.patches import PatchReader
from linewatch.compiler.bundle.heads import head_scores
from linewatch.compiler.compile import Compiled, compile_bundle
from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.pictures import Pictures
from linewatch.compiler.prove.metrics import auroc
from linewatch.compiler.sample import stills
from linewatch.compiler.settings import CompileSettings
from linewatch.compiler.student.shape import GAUSSIAN, MOTION, StudentShape
from linewatch.compiler.teach.distil import DistilSettings
from linewatch.compiler.teacher import FloatArray, UInt8Array

COMMAND = "python -m bench.compiler.video"
FRAMES = 3
_EVERY = 7
_FILMS, _FILM = 12, 150
"""A minute of normal footage at 30 frames a second."""
_JUDGED, _SHORT = 6, 100
SETTINGS = CompileSettings(
    student=StudentShape(heads=(GAUSSIAN, MOTION), frames=FRAMES),
    material=400,
    distil=DistilSettings(steps=150),
    max_auroc_loss=1.0,
)


def measure() -> list[Record]:
    """Records of every scene, and of the time that a stack takes."""
    records: list[Record] = []
    with tempfile.TemporaryDirectory(prefix="linewatch-bench-") as scratch:
        for name, scene in SCENES.items():
            started = time.monotonic()
            compiled = _compiled(scene, Path(scratch, name))
            records += _judged(name, scene, compiled)
            sys.stderr.write(f"{name}: {time.monotonic() - started:.0f} s\n")
    return records


def _compiled(scene: Scene, folder: Path) -> Compiled:
    good = [one for seed in range(_FILMS) for one in stacks(scene.film(NORMAL, _FILM, seed), FRAMES, _EVERY)]
    frames = stills(good)
    teacher = GaussianTeacher.learn(
        PatchReader(load_backbone("efficientnet-lite0"), (SIDE, SIDE)),
        GoodPictures(count=len(frames), read=frames.__getitem__),
        false_alarm_rate=0.02,
        seed=0,
        progress=lambda *_: None,
    )
    return compile_bundle(teacher, Pictures(good=good), folder, SETTINGS)


def _judged(name: str, scene: Scene, compiled: Compiled) -> list[Record]:
    target, student = compiled.built.targets[0], compiled.taught.student
    judge = target.judge()
    shrink = Shrink.for_frames(student.shape.size, SIDE, SIDE)

    def scores(kind: str) -> dict[str, FloatArray]:
        shown = _footage(scene, kind)
        return {**head_scores(student, shrink(shown)), "": judge(shown).scores}

    normal = scores(NORMAL)
    records = [
        seen(
            f"video_{name}_false_alarm_rate",
            float((normal[""] >= 1).mean()),
            unit="at a threshold for 0.01",
            command=COMMAND,
        )
    ]
    for kind in scene.anomalies:
        found = scores(kind)
        label = f"video_auroc_{name}_{kind.replace(' ', '_')}"
        records.append(at_least(label, auroc(normal[""], found[""]), 0.95, unit="AUROC", command=COMMAND, limit="1"))
        records += [
            seen(f"{label}_by_{head}", auroc(normal[head], found[head]), unit="AUROC", command=COMMAND, limit="1")
            for head in student.shape.heads
        ]
    taken = compiled.table.row(target.kind.name).latency_ms
    assert taken is not None
    return [*records, seen(f"video_{name}_int8_ms", taken, unit=f"ms a stack of {SIDE} x {SIDE}", command=COMMAND)]


def _footage(scene: Scene, kind: str) -> list[UInt8Array]:
    films = [scene.film(kind, _SHORT, 1000 + seed) for seed in range(_JUDGED)]
    return [np.ascontiguousarray(one) for film in films for one in stacks(film, FRAMES, _EVERY)]


if __name__ == "__main__":
    print(json.dumps([asdict(record) for record in measure()], indent=1))  # noqa: T201
