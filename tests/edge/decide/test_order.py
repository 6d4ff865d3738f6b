from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.decide.order import InOrder


@given(st.permutations(range(30)))
def test_whatever_the_order_in_the_order_out_is_that_of_the_tickets(tickets: list[int]) -> None:
    order: InOrder[str] = InOrder()
    out = [item for ticket in tickets for item in order.push(ticket, str(ticket))]
    assert out == [str(ticket) for ticket in range(30)]
    assert len(order) == 0


def test_an_early_item_waits() -> None:
    order: InOrder[str] = InOrder()
    assert order.push(1, "b") == []
    assert len(order) == 1
    assert order.push(0, "a") == ["a", "b"]
