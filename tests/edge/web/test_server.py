import http.client
import os
import resource
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from http import HTTPStatus
from pathlib import Path

import pytest

from edge.certificates import make_certificate
from linewatch.edge.errors import ConfigurationError, SpoolError
from linewatch.edge.web.exchange import Answer, Request, see_other, told
from linewatch.edge.web.server import WebServer

Start = Callable[..., WebServer]


def echo(request: Request) -> Answer:
    if request.path == "/broken":
        raise ZeroDivisionError("a fault of ours")
    if request.path == "/later":
        raise SpoolError("the disk is full")
    if request.path == "/on":
        return see_other("/", ("Set-Cookie", "a=b"))
    if request.path == "/slow":
        time.sleep(0.6)
    if request.path == "/large":
        return Answer(content=b"x" * (64 << 20))
    said = f"{request.method} {request.path} {dict(request.query)} {dict(request.form)} {request.cookie('id')}"
    return told(HTTPStatus.OK, said)


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as stack:

        def run(**options: object) -> WebServer:
            server = WebServer(("127.0.0.1", 0), echo, setting="x.listen", **options)  # type: ignore[arg-type]
            stack.callback(server.stop)
            return server

        yield run


def ask(
    server: WebServer, method: str, path: str, body: str = "", **headers: str
) -> tuple[int, str, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request(method, path, body or None, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    said = answer.read().decode()
    connection.close()
    return answer.status, said, answer.headers


def raw(server: WebServer, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as end:
        end.sendall(data)
        end.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: end.recv(4096), b""))


FORM = "application/x-www-form-urlencoded"


def test_requests_are_understood_and_answers_are_guarded(start: Start) -> None:
    server = start()
    status, said, headers = ask(server, "GET", "/a%20b?x=1&x=2&y=", Cookie="id=7; other=8")
    assert (status, said) == (200, "GET /a b {'x': '2', 'y': ''} {} 7\n")
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert (headers["X-Frame-Options"], headers["X-Content-Type-Options"]) == ("DENY", "nosniff")
    assert headers["Cache-Control"] == "no-store"
    assert "Python" not in headers["Server"]
    status, said, _ = ask(server, "POST", "/form", "word=a%26b", Content_Type=FORM)
    assert (status, said) == (200, "POST /form {} {'word': 'a&b'} \n")
    status, said, headers = ask(server, "HEAD", "/")
    assert (status, said, int(headers["Content-Length"]) > 0) == (200, "", True)
    status, _, headers = ask(server, "GET", "/on")
    assert (status, headers["Location"], headers["Set-Cookie"]) == (303, "/", "a=b")


def test_faults_of_a_page_cost_one_request(start: Start) -> None:
    server = start()
    status, said, _ = ask(server, "GET", "/broken")
    assert (status, "fault of the agent" in said, "ZeroDivision" in said) == (500, True, False)
    assert ask(server, "GET", "/later")[:2] == (503, "the disk is full\n")
    assert ask(server, "GET", "/")[0] == 200


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\na", 415),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 411),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 411),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nGET", 400),
        (b"DELETE / HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + (b"A: " + b"b" * 8000 + b"\r\n") * 6 + b"\r\n", 431),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
    ],
)
def test_what_no_browser_sends_is_refused_and_hung_up_on(start: Start, data: bytes, status: int) -> None:
    said = raw(start(), data + b"GET /second HTTP/1.1\r\n\r\n")
    assert f" {status} ".encode() in said.split(b"\r\n")[0]
    assert b"/second" not in said


def test_what_is_not_understood_is_refused_as_guarded_as_any_answer_and_not_repeated(start: Start) -> None:
    server = start()
    for data in (b"<b>oh</b> / HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n"):
        said = raw(server, data)
        assert b"\r\nX-Content-Type-Options: nosniff\r\n" in said
        assert b"oh" not in said
    assert b"oh" not in raw(server, b"<b>oh</b>\r\n\r\n")


def test_half_a_form_is_not_acted_upon(start: Start) -> None:
    head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\nContent-Length: 9\r\n\r\n"
    assert b" 200 " in raw(start(), head.encode() + b"word=good")
    said = raw(start(), head.encode() + b"word=goo")
    assert said.startswith(b"HTTP/1.1 400 ")
    assert b"ends too early" in said


def test_whoever_dawdles_is_cut_off_even_if_never_silent(start: Start) -> None:
    server = start(patience_s=0.4)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as end:
        begun = time.monotonic()
        try:
            while time.monotonic() - begun < 10:
                end.sendall(b"G")
                end.settimeout(0.05)
                try:
                    if end.recv(10) == b"":
                        break
                except TimeoutError:
                    continue
        except OSError:
            pass  # cut off in the middle of a byte
        assert time.monotonic() - begun < 9


def test_an_answer_has_its_time_however_long_nothing_was_asked_before(start: Start) -> None:
    server = start(patience_s=0.9)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    for _ in range(2):
        connection.request("GET", "/slow")
        assert connection.getresponse().read().startswith(b"GET /slow")
        time.sleep(0.6)  # as a browser that keeps a connection while somebody reads the page
    connection.close()


def test_whoever_does_not_read_is_cut_off(start: Start) -> None:
    server = start(patience_s=0.4)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as end:
        end.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        limit = time.monotonic() + 10
        while server.connections == 0 and time.monotonic() < limit:
            time.sleep(0.01)
        while server.connections and time.monotonic() < limit:
            time.sleep(0.05)
        assert server.connections == 0


def test_connections_and_threads_are_bounded_and_free_again(start: Start) -> None:
    server = start(most=6)
    before = threading.active_count()
    with ExitStack() as stack:
        held = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10)) for _ in range(40)
        ]
        refused = held[-1].recv(100)
        assert refused.startswith(b"HTTP/1.1 503 ")
        assert threading.active_count() <= before + 3  # half of six, for they have one address
    limit = time.monotonic() + 10
    while server.connections and time.monotonic() < limit:
        time.sleep(0.02)
    assert ask(server, "GET", "/")[0] == 200


def test_who_connects_again_and_again_is_held_back_for_a_while(start: Start) -> None:
    server = start()
    begun, served = time.monotonic(), 0
    for _ in range(300):
        with suppress(OSError):  # hung up on before it was heard
            served += raw(server, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 200")
    passed_s = time.monotonic() - begun
    assert 0 < served <= 60 + 20 * passed_s + 1
    time.sleep(0.2)
    assert ask(server, "GET", "/")[0] == 200


def test_tls_is_spoken_and_whoever_does_not_speak_it_holds_nobody_up(start: Start, tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = start(tls=context, patience_s=1.0)
    client = ssl.create_default_context(cafile=str(certificate))
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as silent,
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as plain,
    ):
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        connection = http.client.HTTPSConnection("localhost", server.port, timeout=10, context=client)
        connection.request("GET", "/secure")
        assert connection.getresponse().read().startswith(b"GET /secure")
        connection.request("GET", "/again")
        assert connection.getresponse().read().startswith(b"GET /again")
        connection.close()
        assert silent.recv(10) == b""


def test_without_a_descriptor_to_spare_it_waits_and_costs_nothing(start: Start) -> None:
    server = start()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as end:
        end.settimeout(10)
        first_free = os.dup(end.fileno())
        os.close(first_free)
        resource.setrlimit(resource.RLIMIT_NOFILE, (first_free, hard))
        try:
            end.connect(("127.0.0.1", server.port))
            before_s = time.process_time()
            time.sleep(1.0)
            taken_s = time.process_time() - before_s
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        end.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert end.recv(100).startswith(b"HTTP/1.1 200")
    assert taken_s < 0.1


def test_an_address_that_is_taken_is_told(start: Start) -> None:
    server = start()
    with pytest.raises(ConfigurationError, match=f"x.listen: cannot listen at 127.0.0.1:{server.port}"):
        WebServer(("127.0.0.1", server.port), echo, setting="x.listen")


def test_a_new_start_listens_at_once_where_the_last_one_did(start: Start) -> None:
    first = WebServer(("127.0.0.1", 0), echo, setting="x.listen")
    with socket.create_connection(("127.0.0.1", first.port), timeout=10) as end:
        end.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert end.recv(100)
        first.stop()  # hangs up first: the system remembers the connection for a minute
        assert end.recv(1000) is not None
    second = WebServer(("127.0.0.1", first.port), echo, setting="x.listen")
    assert ask(second, "GET", "/")[0] == 200
    second.stop()
