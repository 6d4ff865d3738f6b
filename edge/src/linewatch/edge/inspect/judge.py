"""Judges items one by one and paints what was found."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2

from linewatch.edge.capture.history import History
from linewatch.edge.capture.picture import Picture, as_picture
from linewatch.edge.decide.event import Region
from linewatch.edge.errors import InferenceError, SourceError, WrongUse
from linewatch.edge.evidence.build import regions_of
from linewatch.edge.evidence.overlay import paint_overlay
from linewatch.edge.evidence.region import seen_part
from linewatch.edge.evidence.settings import EvidenceSettings
from linewatch.edge.infer.model import Model
from linewatch.edge.infer.verdict import Verdict
from linewatch.edge.inspect.items import Item, Items
from linewatch.edge.inspect.result import Finding, Inspection


def judge_items(
    model: Model, items: Items, source: str, out: Path | None, advance: Callable[[], None] = lambda: None
) -> Inspection:
    """Judge all of `items`.

    Args:
        model: a loaded bundle.
        items: pictures or frames.
        source: what they are called in the result.
        out: folder for overlays: one for each picture, and for each anomalous frame of a video.
        advance: called after each item.

    Raises:
        SourceError: not one item could be judged.
        WrongUse: `out` cannot be written, or the bundle judges video and these are pictures.
    """
    if model.reach and not items.moving:
        raise WrongUse(
            f"{model.bundle.folder} judges how things move before a fixed camera: give a video, not pictures"
        )
    findings, history = [], History(lambda: model.reach)
    for item in items.each:
        before = () if item.pixels is None else history.before(as_picture(item.pixels))
        findings.append(_judge(model, item, before, out, anomalous_only=items.moving))
        advance()
    if not any(finding.score is not None for finding in findings):
        trouble = findings[0].trouble if findings else "it is empty"
        raise SourceError(f"nothing of {source} could be judged: {trouble}")
    return Inspection(
        source=source,
        bundle_name=model.bundle.manifest.name,
        bundle_digest=model.digest,
        target=model.target.name,
        threshold=model.target.threshold.score,
        findings=findings,
    )


def _judge(model: Model, item: Item, before: Sequence[Picture], out: Path | None, *, anomalous_only: bool) -> Finding:
    if item.pixels is None:
        return Finding(name=item.name, trouble=item.trouble)
    if len(before) < model.reach:
        return Finding(name=item.name, trouble=f"the first {model.reach} frames of a video only show how things move")
    started, picture = time.perf_counter(), as_picture(item.pixels)
    try:
        verdict = model.judge(picture, before)
    except InferenceError as error:
        return Finding(name=item.name, trouble=str(error))
    milliseconds = (time.perf_counter() - started) * 1000
    regions = _regions(verdict, picture)
    wanted = out is not None and (verdict.anomalous or not anomalous_only)
    return Finding(
        name=item.name,
        score=verdict.score,
        anomalous=verdict.anomalous,
        milliseconds=milliseconds,
        defect_class=verdict.defect_class if verdict.anomalous else "",
        region=regions[0] if regions else None,
        regions=regions,
        overlay=_paint(verdict, item.name, picture, regions, out) if out is not None and wanted else "",
    )


def _regions(verdict: Verdict, picture: Picture) -> tuple[Region, ...]:
    if not verdict.anomalous:
        return ()
    return regions_of(verdict, picture.width, picture.height, EvidenceSettings())


def _seen(verdict: Verdict, picture: Picture) -> Region:
    return seen_part(verdict.region, picture.width, picture.height)


def _paint(verdict: Verdict, item: str, picture: Picture, regions: Sequence[Region], out: Path) -> str:
    if verdict.anomaly_map is None:
        return ""
    seen = _seen(verdict, picture)
    painted = paint_overlay(picture.rgb(), verdict.anomaly_map, verdict.threshold, seen, regions)
    # The suffix stays in the name: part.png and part.jpg may stand side by side.
    name = f"{item}.heat.jpg"
    path = out / name
    _, data = cv2.imencode(".jpg", cv2.cvtColor(painted, cv2.COLOR_RGB2BGR))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.tobytes())
    except OSError as error:
        raise WrongUse(f"cannot write {path}: {error.strerror}") from error
    return name
