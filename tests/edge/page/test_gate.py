import threading

import pytest
from structlog.typing import FilteringBoundLogger

from linewatch.edge.page.gate import Gate, came_from_us
from linewatch.edge.page.password import hash_password
from linewatch.edge.web.exchange import Request

PASSWORD = "correct-horse"


def test_tries_are_limited_address_by_address(log: FilteringBoundLogger) -> None:
    now = 0.0
    gate = Gate(hash_password(PASSWORD), session_s=60, secure=True, log=log, clock=lambda: now)

    def attempt(password: str, address: str = "10.0.0.7") -> tuple[int, dict[str, str]]:
        form = {"password": password}
        done = gate.log_in(Request(method="POST", path="/login", query={}, form=form, headers={}, address=address))
        return int(done.status), dict(done.headers)

    assert [attempt("no")[0] for _ in range(5)] == [401] * 5
    status, headers = attempt(PASSWORD)
    assert (status, headers) == (429, {"Retry-After": "10"})
    status, headers = attempt(PASSWORD, "10.0.0.8")
    assert status == 303
    assert headers["Set-Cookie"].startswith("__Host-linewatch=")
    assert headers["Set-Cookie"].endswith("; Path=/; Max-Age=60; HttpOnly; SameSite=Strict; Secure")
    now = 10.1
    assert attempt(PASSWORD)[0] == 303


def test_tries_at_the_same_time_are_no_more_than_tries_one_after_the_other(log: FilteringBoundLogger) -> None:
    gate = Gate(hash_password(PASSWORD), session_s=60, secure=True, log=log)
    request = Request(method="POST", path="/login", query={}, form={"password": "no"}, headers={}, address="10.0.0.7")
    found: list[int] = []
    people = [threading.Thread(target=lambda: found.append(int(gate.log_in(request).status))) for _ in range(12)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert sorted(found) == [401] * 5 + [429] * 7


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({}, True),
        ({"origin": "https://box-1:9642", "host": "box-1:9642"}, True),
        ({"origin": "https://box-1:9643", "host": "box-1:9642"}, False),
        ({"origin": "null", "host": "box-1:9642"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "same-origin"}, True),
    ],
)
def test_forms_of_other_pages_are_known(headers: dict[str, str], ours: bool) -> None:
    assert came_from_us(headers) is ours
