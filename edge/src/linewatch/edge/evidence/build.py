"""Cuts the evidence out of a judged frame."""

import numpy as np

from linewatch.edge.decide.event import Evidence, HeatMap, Region
from linewatch.edge.evidence.crop import crop_around, encode_crop
from linewatch.edge.evidence.heat_map import shrink_map, spread_map
from linewatch.edge.evidence.region import find_regions, seen_part
from linewatch.edge.evidence.settings import EvidenceSettings
from linewatch.edge.infer.verdict import Judged, Verdict


def build_evidence(judged: Judged, settings: EvidenceSettings) -> Evidence | None:
    """Regions, JPEG crop and heat map of an anomalous frame; None when the bundle gives no map of it.

    Without pictures, crop and heat map are empty.
    """
    anomaly_map, picture = judged.verdict.anomaly_map, judged.frame.picture
    height, width = picture.height, picture.width
    regions = regions_of(judged.verdict, width, height, settings)
    if anomaly_map is None or not regions:
        return None
    if not settings.pictures:
        nothing = Region(x=0, y=0, width=0, height=0)
        empty = HeatMap(width=0, height=0, cells=b"")
        return Evidence(region=regions[0], crop=nothing, crop_jpeg=b"", heat_map=empty, regions=regions)
    seen = seen_part(judged.verdict.region, width, height)
    crop = crop_around(regions[0], width, height)
    heat_map = shrink_map(spread_map(anomaly_map, seen, width, height))
    return Evidence(
        region=regions[0], crop=crop, crop_jpeg=encode_crop(picture, crop), heat_map=heat_map, regions=regions
    )


def regions_of(verdict: Verdict, width: int, height: int, settings: EvidenceSettings) -> tuple[Region, ...]:
    """Where a frame of `width` x `height` pixels is anomalous, the strongest first; nothing where there is no map."""
    if verdict.anomaly_map is None or not np.isfinite(verdict.anomaly_map).any():
        return ()
    return find_regions(
        verdict.anomaly_map,
        verdict.threshold,
        seen_part(verdict.region, width, height),
        merge_gap=(settings.merge_gap * width, settings.merge_gap * height),
        most=settings.regions,
    )
