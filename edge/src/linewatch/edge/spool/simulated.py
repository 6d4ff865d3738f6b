"""Events without a camera: the same number gives the same event, anywhere. For benches and for trying a broker."""

import hashlib
import random

from linewatch.edge.decide.event import AnomalyEvent, Evidence, HeatMap, Phase, Region

_PHASES = (Phase.OPENED, Phase.UPDATED, Phase.CLOSED)
_START_UNIX_NS = 1_700_000_000_000_000_000
_MAP_SIDE = 16


def simulated_event(number: int, *, evidence_bytes: int = 600) -> AnomalyEvent:
    """Event `number` (0, 1, 2, ...): three in a row are opened, updated and closed of one anomaly.

    `evidence_bytes` is the length of its pretended JPEG.
    """
    anomaly, step = divmod(number, len(_PHASES))
    dice = random.Random(anomaly)  # noqa: S311 - repeatable, not secret
    first_frame = anomaly * 100
    peak_score = 1.0 + dice.random() + step / 10
    return AnomalyEvent(
        camera=f"camera-{anomaly % 4}",
        event_id=hashlib.sha256(f"anomaly {anomaly}".encode()).hexdigest()[:32],
        phase=_PHASES[step],
        time_unix_ns=_START_UNIX_NS + number * 5_000_000,
        first_frame=first_frame,
        last_frame=first_frame + step * 10,
        peak_frame=first_frame + step * 5,
        peak_score=peak_score,
        threshold=1.0,
        frames_anomalous=1 + step * 10,
        frame_width=640,
        frame_height=512,
        bundle_digest=hashlib.sha256(b"simulated bundle").hexdigest(),
        defect_class=dice.choice(("", "scratch", "dent")),
        evidence=_evidence(random.Random(number), evidence_bytes),  # noqa: S311
    )


def _evidence(dice: random.Random, size: int) -> Evidence:
    region = Region(x=dice.randrange(500), y=dice.randrange(400), width=32, height=24)
    cells = dice.randbytes(_MAP_SIDE * _MAP_SIDE)
    return Evidence(
        region=region,
        crop=region,
        crop_jpeg=dice.randbytes(size),
        heat_map=HeatMap(width=_MAP_SIDE, height=_MAP_SIDE, cells=cells),
    )
