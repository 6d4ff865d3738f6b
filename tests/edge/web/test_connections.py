import socket

from linewatch.edge.web.connections import Connections


class Clock:
    """Stands still until it is told."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_one_address_that_comes_too_fast_shuts_nobody_else_out() -> None:
    clock = Clock()
    connections = Connections(8, 5.0, clock)
    with socket.socket() as end:
        for _ in range(3000):
            clock.now_s += 0.01
            connections.admit(end, "10.0.0.66")
            connections.forget(end)
        for _ in range(20):
            clock.now_s += 0.2
            assert connections.admit(end, "10.0.0.7")
            connections.forget(end)


def test_many_addresses_together_are_held_back_too() -> None:
    clock = Clock()
    connections = Connections(8, 5.0, clock)
    with socket.socket() as end:
        admitted = 0
        for number in range(2000):
            admitted += connections.admit(end, f"10.0.{number % 40}.1")
            connections.forget(end)
        assert admitted == 120
