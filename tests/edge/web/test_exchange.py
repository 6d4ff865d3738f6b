import pytest

from linewatch.edge.web.exchange import Request


@pytest.mark.parametrize(
    "sent",
    [
        "id=7",
        "other=8; id=7",
        "id=7; id=9",
        'left={"of": "another server"}; id=7',
        "a b=c; ;=; id=7",
        "bad[name]=1;id=7",
    ],
)
def test_a_cookie_is_found_among_those_of_other_servers_at_this_host(sent: str) -> None:
    assert asked(sent).cookie("id") == "7"


@pytest.mark.parametrize("sent", ["", "other=7", "xid=7", "id", "ID=7"])
def test_a_cookie_that_was_not_sent_is_empty(sent: str) -> None:
    assert asked(sent).cookie("id") == ""


def asked(cookies: str) -> Request:
    headers = {"cookie": cookies} if cookies else {}
    return Request(method="GET", path="/", query={}, form={}, headers=headers, address="127.0.0.1")
