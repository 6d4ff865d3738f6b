import socket
from pathlib import Path

from linewatch.edge.decide.part import PartVerdict, Quality
from linewatch.edge.decide.verdict_socket import VerdictSocket


def listen(place: Path) -> socket.socket:
    gate = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    gate.bind(str(place))
    gate.settimeout(5)
    return gate


def test_a_gate_hears_each_verdict_and_may_come_and_go(tmp_path: Path) -> None:
    troubles: list[str] = []
    place = tmp_path / "gate.sock"
    verdicts = VerdictSocket(place, troubles.append)
    assert not verdicts.tell(PartVerdict(part=1, quality=Quality.BAD))
    assert not verdicts.tell(PartVerdict(part=2, quality=Quality.BAD))
    with listen(place) as gate:
        assert verdicts.tell(PartVerdict(part=4711, quality=Quality.BAD, defect_class="scratch"))
        assert verdicts.tell(PartVerdict(part=4712, quality=Quality.BAD))
        assert verdicts.tell(PartVerdict(part=4713, quality=Quality.GOOD))
        assert verdicts.tell(PartVerdict(part=4714, quality=Quality.UNSURE))
        heard = [gate.recv(100).decode() for _ in range(4)]
    assert heard == ["part 4711 bad scratch", "part 4712 bad", "part 4713 good", "part 4714 unsure"]
    place.unlink()
    assert not verdicts.tell(PartVerdict(part=5, quality=Quality.GOOD))
    assert [bool(trouble) for trouble in troubles] == [True, False, True]
    assert str(place) in troubles[0]


def test_a_gate_that_does_not_read_holds_nobody_up(tmp_path: Path) -> None:
    place = tmp_path / "gate.sock"
    verdicts = VerdictSocket(place, lambda _: None)
    with listen(place):
        heard = [verdicts.tell(PartVerdict(part=number, quality=Quality.GOOD)) for number in range(5000)]
    assert heard[0]
    assert not heard[-1]
