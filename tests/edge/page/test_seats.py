import threading

from linewatch.edge.page.seats import Seats


def test_there_is_room_for_so_many_and_a_place_of_one_who_left_is_free_again() -> None:
    seats = Seats(2)
    assert [seats.take(viewer, 0.0) for viewer in (1, 2, 3)] == [True, True, False]
    assert seats.take(1, 5.0)
    assert seats.taken(6.5) == 1
    assert seats.take(3, 6.5)
    assert not seats.take(2, 6.5)
    assert seats.taken(20.0) == 0


def test_somebody_may_come_while_those_who_look_are_counted() -> None:
    seats = Seats(4)
    comes = threading.Thread(target=lambda: seats.take(2, 0.0))

    class Viewer(int):
        """As it is counted, somebody else comes."""

        def __hash__(self) -> int:
            if counting and not comes.ident:
                comes.start()
                comes.join(0.2)
            return int(self)

    counting = False
    assert seats.take(Viewer(1), 0.0)
    counting = True
    assert seats.taken(0.0) == 1
    comes.join()
    assert seats.taken(0.0) == 2
