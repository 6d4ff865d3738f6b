from linewatch.edge.health.pulse import Pulse


def test_it_beats_while_frames_are_judged_or_none_wait() -> None:
    pulse = Pulse(patience_s=10)
    assert all(pulse.beats(judged, 3, float(judged)) for judged in range(100))
    assert all(pulse.beats(99, 0, 99.0 + second) for second in range(100))


def test_it_stops_when_frames_wait_and_nothing_moves_and_beats_again_when_it_does() -> None:
    pulse = Pulse(patience_s=10)
    assert pulse.beats(5, 1, 0.0)
    assert pulse.beats(5, 4, 10.0)
    assert not pulse.beats(5, 4, 10.1)
    assert pulse.beats(6, 4, 11.0)
