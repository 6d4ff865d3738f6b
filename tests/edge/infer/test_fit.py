"""What a graph is given must score as the whole picture in RGB does."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.tiny_bundle import make_bundle
from linewatch.edge.capture.picture import Picture
from linewatch.edge.capture.pixel_form import PixelForm
from linewatch.edge.infer.fit import Fit
from linewatch.edge.infer.model import load_model
from linewatch.protos.bundle import FrameSampling, RegionOfInterest

PLANAR = [PixelForm.GREY8, PixelForm.I420, PixelForm.NV12]


def noise(form: PixelForm, height: int, width: int) -> Picture:
    random = np.random.default_rng(0)
    return Picture(form, tuple(random.integers(0, 256, shape, np.uint8) for shape in form.planes(height, width)))


def looked_at(frame: Picture, fit: FrameSampling | None, region: RegionOfInterest | None, whole: bool) -> bytes:
    """The pixels that a graph with this sampling picks out of what it is given."""
    given_to_it = frame.rgb() if whole else Fit((None, None), fit, region)(frame)
    cut = given_to_it if region is None else given_to_it[region.pixels(*given_to_it.shape[:2])]
    if fit is None:
        return cut.tobytes()
    rows, columns = (
        (2 * np.arange(parts) + 1) * side // (2 * parts)
        for parts, side in zip((fit.height, fit.width), cut.shape, strict=False)
    )
    return np.ascontiguousarray(cut[rows][:, columns]).tobytes()


@given(
    st.sampled_from(PLANAR),
    st.tuples(st.integers(20, 130), st.integers(20, 130)),
    st.none() | st.builds(FrameSampling, height=st.integers(1, 150), width=st.integers(1, 150)),
    st.none()
    | st.builds(
        RegionOfInterest,
        left=st.floats(0, 0.4),
        top=st.floats(0, 0.4),
        width=st.floats(0.2, 0.5),
        height=st.floats(0.2, 0.5),
    ),
)
def test_the_graph_sees_the_very_same_pixels(
    form: PixelForm, size: tuple[int, int], sampling: FrameSampling | None, region: RegionOfInterest | None
) -> None:
    frame = noise(form, *size)
    assert looked_at(frame, sampling, region, whole=False) == looked_at(frame, sampling, region, whole=True)


@pytest.mark.parametrize("form", PLANAR)
def test_a_graph_of_a_fixed_size_scores_alike_within_its_tolerance(form: PixelForm, tmp_path: Path) -> None:
    make_bundle(tmp_path / "b", size=(96, 128))
    model = load_model(tmp_path / "b")
    frame = noise(form, 480, 640)
    # Of a range that RGB can show, in which cameras mostly are.
    planes = tuple(112 + plane // 8 for plane in frame.planes)
    planes[0][160:320, 320:480] //= 2
    frame = replace(frame, planes=planes)
    difference = abs(model.judge(frame).score - model.judge(frame.rgb()).score)
    assert difference <= model.bundle.manifest.golden.score_tolerance
    assert model.judge(frame).score > 0.5


def test_rgb_of_any_size_is_passed_on_as_it_is() -> None:
    frame = noise(PixelForm.RGB8, 480, 640)
    assert Fit((None, None), FrameSampling(height=8, width=8))(frame) is frame.planes[0]
