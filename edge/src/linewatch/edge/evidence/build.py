"""Cuts the evidence out of a judged frame."""

import numpy as np

from linewatch.edge.decide.event import Evidence
from linewatch.edge.evidence.crop import crop_around, encode_crop
from linewatch.edge.evidence.heat_map import shrink_map, spread_map
from linewatch.edge.evidence.region import find_region, seen_part
from linewatch.edge.infer.verdict import Judged


def build_evidence(judged: Judged) -> Evidence | None:
    """Region, JPEG crop and heat map of an anomalous frame; None when the bundle gives no map of it."""
    anomaly_map, pixels = judged.verdict.anomaly_map, judged.frame.pixels
    if anomaly_map is None or not np.isfinite(anomaly_map).any():
        return None
    height, width = pixels.shape[:2]
    seen = seen_part(judged.verdict.region, width, height)
    region = find_region(anomaly_map, judged.verdict.threshold, seen)
    crop = crop_around(region, width, height)
    heat_map = shrink_map(spread_map(anomaly_map, seen, width, height))
    return Evidence(region=region, crop=crop, crop_jpeg=encode_crop(pixels, crop), heat_map=heat_map)
