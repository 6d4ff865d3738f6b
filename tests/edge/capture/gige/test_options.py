import pytest

from linewatch.edge.capture.gige.options import GigeOptions, parse_gige
from linewatch.edge.errors import ConfigurationError


def test_everything_may_be_left_out() -> None:
    assert parse_gige("") == GigeOptions()
    assert not GigeOptions().waits_for_the_line


def test_options_are_read() -> None:
    options = parse_gige("192.168.1.20?pixel_format=Mono8&exposure_us=5000&gain=1.5&packet_size=8000&trigger=Line1")
    assert options == GigeOptions(
        device="192.168.1.20",
        pixel_format="Mono8",
        exposure_us=5000.0,
        gain=1.5,
        packet_size=8000,
        trigger="Line1",
    )
    assert options.waits_for_the_line


@pytest.mark.parametrize("spelling", ["software", "Software", "SOFTWARE"])
def test_a_trigger_by_software_does_not_wait(spelling: str) -> None:
    options = parse_gige(f"?trigger={spelling}")
    assert options.trigger == "software"
    assert not options.waits_for_the_line


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("?exposure=5", "exposure_us"),
        ("?gain=much", "gain"),
        ("?fps=0", "fps"),
        ("?packet_size=100", "packet_size"),
        ("?device=other", "twice"),
    ],
)
def test_what_cannot_be_is_refused(place: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        parse_gige(place)
