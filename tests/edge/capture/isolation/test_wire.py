from collections.abc import Iterator

import pytest

from linewatch.edge.capture.isolation.message import Ended, SlotFree
from linewatch.edge.capture.isolation.wire import Wire


@pytest.fixture
def wires() -> Iterator[tuple[Wire, Wire]]:
    ours, end = Wire.pair()
    theirs = Wire(end)
    yield ours, theirs
    ours.close()
    theirs.close()


@pytest.mark.parametrize("wait", [True, False])
def test_what_was_sent_before_the_other_side_left_arrives_though_it_read_nothing(
    wires: tuple[Wire, Wire], *, wait: bool
) -> None:
    ours, theirs = wires
    sent = [Ended(number) for number in range(5)]
    for message in sent:
        theirs.send(message)
    ours.send(SlotFree(1, 0))
    theirs.close()
    assert [ours.receive(wait=wait) for _ in sent] == [(message, None) for message in sent]
    with pytest.raises(EOFError):
        ours.receive(wait=wait)


def test_nothing_yet_is_told_from_nothing_more(wires: tuple[Wire, Wire]) -> None:
    ours, theirs = wires
    assert ours.receive(wait=False) is None
    theirs.close()
    with pytest.raises(EOFError):
        ours.receive(wait=False)


def test_sending_to_nobody_is_told(wires: tuple[Wire, Wire]) -> None:
    ours, theirs = wires
    theirs.close()
    assert not ours.try_send(SlotFree(1, 0))
    with pytest.raises(BrokenPipeError):
        ours.send(SlotFree(1, 0))
