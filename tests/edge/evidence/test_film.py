import io

import cv2
import numpy as np
import pytest

from linewatch.edge import optional
from linewatch.edge.capture.frame import Frame, UInt8Array
from linewatch.edge.evidence.film import make_film
from linewatch.edge.evidence.still import Still
from linewatch.edge.evidence.still_ring import StillRing


def stills(count: int = 20, *, width: int = 161, noise: bool = False) -> tuple[Still, ...]:
    """A red square that moves to the right, on grey, or noise; two a second."""
    random = np.random.default_rng(0)
    ring = StillRing(fps=2, width=width, seconds=1000, max_bytes=50_000_000)
    for number in range(count):
        pixels = np.full((121, width, 3), 120, np.uint8)
        pixels[40:80, 5 * number : 5 * number + 40] = (230, 30, 30)
        if noise:
            pixels = random.integers(0, 256, pixels.shape, np.uint8)
        ring.see(Frame("c", number, pixels, 0, 7.0 + number / 2))
    return ring.cut(0, 1000)


@pytest.fixture(params=[True, False], ids=["av", "opencv"])
def with_av(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """With PyAV, and as if it were not installed."""
    has_av: bool = request.param
    if has_av and not optional.is_installed("av"):
        pytest.skip("PyAV is not installed")
    if not has_av:
        monkeypatch.setattr(optional, "is_installed", lambda _: False)
    return has_av


def played(data: bytes, suffix: str, tmp_path_factory: pytest.TempPathFactory) -> list[UInt8Array]:
    path = tmp_path_factory.mktemp("clip") / f"clip.{suffix}"
    path.write_bytes(data)
    capture = cv2.VideoCapture(str(path))
    pictures: list[UInt8Array] = []
    while True:
        more, picture = capture.read()
        if not more:
            capture.release()
            return pictures
        pictures.append(np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8))


def test_a_clip_shows_every_still_in_its_colours(with_av: bool, tmp_path_factory: pytest.TempPathFactory) -> None:
    film = make_film(stills(), 300_000)
    assert film is not None
    assert film.media_type == ("video/mp4" if with_av else "video/webm")
    pictures = played(film.data, film.media_type[-4:].strip("/"), tmp_path_factory)
    assert len(pictures) == 20
    assert pictures[0].shape == (120, 160, 3)
    for number in (0, 10, 19):
        square = pictures[number][45:75, 5 * number + 8 : 5 * number + 32].reshape(-1, 3).mean(axis=0)
        assert np.abs(square - (230, 30, 30)).max() < 25


def test_a_clip_that_would_be_too_large_is_made_worse(with_av: bool) -> None:
    much = stills(12, noise=True)
    good, worse = make_film(much, 10_000_000), make_film(much, 60_000)
    assert good is not None
    assert worse is not None
    assert len(worse.data) <= 60_000 < len(good.data)
    assert make_film(much, 100) is None


def test_stills_of_another_size_are_fitted_and_one_alone_is_no_film(with_av: bool) -> None:
    small, large = stills(5, width=100), stills(10, width=200)
    mixed = (*small, *(Still(still.clock_s + 50, still.jpeg) for still in large))
    assert make_film(mixed, 300_000) is not None
    assert make_film(small[:1], 300_000) is None
    assert make_film((), 300_000) is None


def test_the_clip_lasts_as_long_as_what_it_shows() -> None:
    av = pytest.importorskip("av")
    film = make_film(stills(21), 300_000)
    assert film is not None
    with av.open(io.BytesIO(film.data)) as container:
        times = [float(frame.time) for frame in container.decode(video=0)]
    assert times == pytest.approx([number / 2 for number in range(21)], abs=0.002)
