from dataclasses import replace

import numpy as np
import pytest

from edge.judged import judged
from edge.tiny_bundle import grey_frame
from linewatch.edge.capture.frame import Frame
from linewatch.edge.evidence.build import build_evidence
from linewatch.edge.evidence.settings import EvidenceSettings
from linewatch.edge.infer.model import Model
from linewatch.edge.infer.verdict import FloatArray, Judged
from linewatch.protos.bundle import RegionOfInterest


def test_evidence_shows_the_spot(model: Model) -> None:
    pixels = grey_frame(spot=True)
    evidence = build_evidence(Judged(Frame("c", 0, pixels, 0, 0.0), model.judge(pixels)), EvidenceSettings())
    assert evidence is not None
    region = evidence.region
    assert (region.x, region.y, region.width, region.height) == (64, 32, 32, 32)
    assert evidence.crop_jpeg.startswith(b"\xff\xd8")
    heat = np.frombuffer(evidence.heat_map.cells, np.uint8).reshape(evidence.heat_map.height, evidence.heat_map.width)
    assert np.argwhere(heat == 255).tolist() == [[1, 2]]


def test_without_pictures_only_regions_are_told(model: Model) -> None:
    pixels = grey_frame(spot=True)
    judged_frame = Judged(Frame("c", 0, pixels, 0, 0.0), model.judge(pixels))
    evidence = build_evidence(judged_frame, EvidenceSettings(pictures=False))
    assert evidence is not None
    assert (evidence.region.x, evidence.region.y) == (64, 32)
    assert evidence.regions
    assert not evidence.crop_jpeg
    assert not evidence.heat_map.cells


def test_without_a_map_there_is_no_evidence() -> None:
    assert build_evidence(judged(0, 2.0), EvidenceSettings()) is None


@pytest.mark.parametrize("anomaly_map", [np.full((2, 2), np.nan, np.float32), np.zeros((0, 3), np.float32)])
def test_a_map_without_a_number_is_no_evidence(anomaly_map: FloatArray) -> None:
    seen = judged(0, 2.0)
    assert (
        build_evidence(Judged(seen.frame, replace(seen.verdict, anomaly_map=anomaly_map)), EvidenceSettings()) is None
    )


def test_evidence_of_a_bundle_that_looks_at_a_part_lies_in_the_frame(model: Model) -> None:
    cut, region = grey_frame(spot=True), RegionOfInterest(left=0.5, top=0.25, width=0.4, height=0.5)
    height, width = region.frame_around(*cut.shape[:2])
    pixels = np.full((height, width, 3), 128, np.uint8)
    pixels[region.pixels(height, width)] = cut
    verdict = replace(model.judge(cut), region=region)  # what a graph says that cuts the part out itself
    evidence = build_evidence(Judged(Frame("c", 0, pixels, 0, 0.0), verdict), EvidenceSettings())
    assert evidence is not None
    found = evidence.region
    assert (pixels[found.y : found.y + found.height, found.x : found.x + found.width] == 0).all()
    assert (pixels == 0).all(axis=2).sum() == found.width * found.height
    heat = np.frombuffer(evidence.heat_map.cells, np.uint8).reshape(evidence.heat_map.height, evidence.heat_map.width)
    row, column = (np.argwhere(heat == 255).mean(axis=0) + 0.5) / heat.shape
    assert found.y <= row * height <= found.y + found.height
    assert found.x <= column * width <= found.x + found.width
