"""There is no hardware here that decodes: what is tested is which is tried, and what comes of its failure."""

from pathlib import Path

import av
import pytest

from edge.frames import read_all
from linewatch.edge.capture.av_decoder import Decode, Decoder, open_decoder
from linewatch.edge.capture.av_video import AvVideo
from linewatch.edge.errors import SourceError


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=20)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for _ in range(8):
            container.mux(stream.encode(av.VideoFrame(96, 64, "yuv420p")))
        container.mux(stream.encode(None))
    return path


def opened(film: Path, decode: Decode, devices: Path) -> Decoder:
    return open_decoder(lambda hardware: av.open(str(film), hwaccel=hardware), decode, devices)


def test_without_a_device_nothing_is_tried_and_the_reason_is_told(film: Path, tmp_path: Path) -> None:
    decoder = opened(film, Decode.AUTO, tmp_path)
    assert decoder.about.startswith("h264 in software, for no hardware decodes it (cuda: there is no ")
    assert not decoder.container.streams.video[0].codec_context.is_hwaccel
    decoder.container.close()


def test_a_device_that_does_not_work_is_fallen_back_from(film: Path, tmp_path: Path) -> None:
    if any(Path("/dev").glob("nvidia[0-9]*")):
        pytest.skip("there is a GPU here, which works")
    (tmp_path / "nvidia0").touch()
    decoder = opened(film, Decode.AUTO, tmp_path)
    assert decoder.about.startswith("h264 in software, for no hardware decodes it (cuda: [Errno ")
    assert sum(1 for _ in decoder.container.decode(video=0)) == 8
    decoder.container.close()


@pytest.mark.parametrize("there", [True, False])
def test_hardware_that_was_asked_for_is_not_replaced(film: Path, tmp_path: Path, there: bool) -> None:
    if any(Path("/dev").glob("nvidia[0-9]*")):
        pytest.skip("there is a GPU here, which works")
    if there:
        (tmp_path / "nvidia0").touch()
    with pytest.raises(SourceError, match=r'no hardware here decodes h264 \(cuda: .*decode = "auto"'):
        opened(film, Decode.HARDWARE, tmp_path)


def test_software_is_software(film: Path, tmp_path: Path) -> None:
    (tmp_path / "nvidia0").touch()
    assert opened(film, Decode.SOFTWARE, tmp_path).about == "h264 in software"


def test_a_video_says_what_decodes_it(film: Path) -> None:
    video = AvVideo(str(film), live=False, decode=Decode.SOFTWARE)
    assert video.about == "h264 in software"
    assert len(list(read_all(video))) == 8
    video.close()
