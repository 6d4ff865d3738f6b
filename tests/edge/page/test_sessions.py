from linewatch.edge.page.seats import Seats
from linewatch.edge.page.sessions import Sessions


def test_a_session_lasts_as_long_as_it_should() -> None:
    sessions = Sessions(60.0)
    token = sessions.open(0.0)
    session = sessions.find(token, 59.0)
    assert session is not None
    assert session.wrote(session.form_token)
    assert not session.wrote("")
    assert not session.wrote("\udcff")
    assert sessions.find(token, 60.0) is None
    assert sessions.find(token, 0.0) is None
    assert sessions.find("", 0.0) is None


def test_whoever_logged_out_is_out() -> None:
    sessions = Sessions(60.0)
    first, second = sessions.open(0.0), sessions.open(0.0)
    sessions.close(first)
    assert sessions.find(first, 1.0) is None
    assert sessions.find(second, 1.0) is not None


def test_sessions_are_bounded_and_the_oldest_gives_way() -> None:
    sessions = Sessions(60.0)
    tokens = [sessions.open(0.0) for _ in range(100)]
    assert sum(sessions.find(token, 1.0) is not None for token in tokens) == 64
    assert sessions.find(tokens[-1], 1.0) is not None


def test_a_seat_is_free_again_when_its_viewer_is_gone() -> None:
    seats = Seats(2)
    assert seats.take(1, 0.0)
    assert seats.take(2, 1.0)
    assert not seats.take(3, 2.0)
    assert seats.take(1, 5.0)
    assert seats.take(3, 8.0)
    assert seats.taken(8.0) == 2
    assert seats.taken(100.0) == 0
