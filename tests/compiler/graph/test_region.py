from collections.abc import Mapping

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linewatch.compiler.graph.region import cut_out_region, frames_around
from linewatch.compiler.graph.runtime import Judge, open_session
from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.graph.writer import UINT8, GraphWriter, tensor
from linewatch.compiler.target import TARGETS
from linewatch.compiler.teacher import UInt8Array
from linewatch.compiler.tensorrt.rules import check_rules
from linewatch.protos.bundle import RegionOfInterest
from untaught import Untaught

SIZE = (32, 48)
CORNER = RegionOfInterest(left=0.37, top=0.11, width=0.6, height=0.83)


def box_filter(picture: UInt8Array, taps: tuple[int, int]) -> np.ndarray:
    """The mean of the taps of each pixel, in plain arithmetic."""
    places = [
        ((np.arange(side)[:, None] + (np.arange(count) + 0.5) / count) * length / side).astype(int)
        for side, count, length in zip(SIZE, taps, picture.shape, strict=False)
    ]
    return np.asarray(picture[places[0]].astype(float).mean(1)[:, places[1]].mean(2))


def small_picture(frame: UInt8Array, shrink: Shrink, region: RegionOfInterest) -> UInt8Array:
    writer = GraphWriter()
    writer.node("Transpose", [shrink.write(writer, "frames")], output="pictures", perm=[0, 2, 3, 1])
    model = writer.model(
        "shrink",
        [tensor("frames", UINT8, ["N", "H", "W", 3])],
        [tensor("pictures", UINT8, ["N", *SIZE, 3])],
    )
    cut_out_region(model, region)
    found: UInt8Array = open_session(model.SerializeToString()).run(None, {"frames": frame[None]})[0][0]
    return found


@settings(max_examples=40)
@given(
    height=st.integers(24, 200),
    width=st.integers(24, 200),
    left=st.floats(0, 0.6),
    top=st.floats(0, 0.6),
    seed=st.integers(0, 9),
)
def test_a_graph_sees_the_cut_out_part_of_the_frame(
    height: int, width: int, left: float, top: float, seed: int
) -> None:
    region = RegionOfInterest(left=left, top=top, width=0.4, height=0.35)
    frame = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    cut = frame[region.pixels(height, width)]
    shrink = Shrink.for_frames(SIZE, *cut.shape[:2])
    seen = small_picture(frame, shrink, region)
    np.testing.assert_array_equal(seen, shrink([cut])[0])
    np.testing.assert_allclose(seen, box_filter(cut, shrink.taps), atol=2.1)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("optimised", [True, False])
def test_every_target_scores_a_frame_as_its_region(
    target: str, optimised: bool, graphs: Mapping[str, bytes], untaught: Untaught
) -> None:
    pictures = [*untaught.normal[:2], *untaught.odd]
    model = onnx.load_from_string(graphs[target])
    cut_out_region(model, CORNER)
    graph = model.SerializeToString()
    if not TARGETS[target].native:
        check_rules(graph)
    whole = [_amid_noise(*both) for both in zip(frames_around(pictures, CORNER), pictures, strict=True)]
    expected = Judge(graphs[target], optimised=optimised)(pictures)
    found = Judge(graph, optimised=optimised)(whole)
    np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-5)
    np.testing.assert_allclose(found.maps, expected.maps, rtol=1e-4, atol=1e-5)
    together = Judge(graph, optimised=optimised).batch(np.stack(whole))
    np.testing.assert_allclose(together.scores, expected.scores, rtol=1e-5)


def _amid_noise(frame: UInt8Array, picture: UInt8Array) -> UInt8Array:
    noise = np.random.default_rng(5).integers(0, 256, frame.shape, dtype=np.uint8)
    place = CORNER.pixels(*frame.shape[:2])
    assert (frame[place] == picture).all()
    noise[place] = picture
    return noise


def test_without_a_region_pictures_are_frames() -> None:
    picture = np.ones((5, 4, 3), np.uint8)
    assert frames_around([picture], None)[0] is picture
