"""A real agent and its page, over HTTP."""

import http.client
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import cv2
import numpy as np
import pytest
import structlog
from structlog.testing import capture_logs
from structlog.typing import FilteringBoundLogger

from edge.browser import Browser, find_browser
from edge.certificates import make_certificate
from edge.tiny_bundle import grey_frame, make_bundle
from linewatch.edge.agent.service import Service
from linewatch.edge.config import EdgeSettings
from linewatch.edge.errors import ConfigurationError
from linewatch.edge.page.local_page import LocalPage
from linewatch.edge.page.settings import PageSettings

PASSWORD = "correct-horse"
_THIRD = 3**-0.5
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Client:
    """Somebody with a browser."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookie = ""

    def ask(
        self, method: str, path: str, form: dict[str, str] | None = None, **headers: str
    ) -> tuple[int, bytes, http.client.HTTPMessage]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = {**({"Cookie": self.cookie} if self.cookie else {}), **(FORM if form else {}), **headers}
        connection.request(method, path, urlencode(form) if form else None, sent)
        answer = connection.getresponse()
        content = answer.read()
        if (cookie := answer.headers["Set-Cookie"]) is not None:
            self.cookie = cookie.partition(";")[0]
        connection.close()
        return answer.status, content, answer.headers

    def log_in(self, password: str = PASSWORD, **headers: str) -> int:
        return self.ask("POST", "/login", {"password": password}, **headers)[0]

    def form_token(self) -> str:
        found = re.search(r'name="form_token" value="([^"]+)"', self.ask("GET", "/")[1].decode())
        assert found is not None
        return found[1]

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.ask("GET", "/state.json")[1])
        return found


class Running:
    """An agent with two simulated cameras: dark spots come and go before one, and nothing happens before the other."""

    def __init__(self, folder: Path, log: FilteringBoundLogger) -> None:
        make_bundle(folder / "tiny", classes={"spot": (_THIRD, _THIRD, _THIRD), "other": (0.0, 0.0, 1.0)})
        for name, spots in (("line", range(20, 40)), ("calm", range(0))):
            (folder / name).mkdir()
            for number in range(40):
                cv2.imwrite(str(folder / name / f"{number:02}.png"), grey_frame(number in spots) + number // 8)
        (folder / "password").write_text(f"{PASSWORD}\n")
        cameras = [{"name": name, "source": f"simulated:{folder / name}?fps=40"} for name in ("line", "calm")]
        settings = EdgeSettings.model_validate(
            {
                "device": {"site": "plant-1", "name": "box-1", "state": str(folder / "state")},
                "cameras": cameras,
                "inference": {"bundle": str(folder / "tiny")},
                "page": {"listen": "127.0.0.1:0", "password_file": str(folder / "password"), "live_fps": 20},
            },
            strict=False,
        )
        self._stop = threading.Event()
        with capture_logs() as said:
            self._thread = threading.Thread(target=Service(settings, log).run, args=(self._stop,))
            self._thread.start()
            address = ""
            while not address:
                assert self._thread.is_alive()
                address = next((str(line["address"]) for line in said if line["event"] == "local page"), "")
                time.sleep(0.02)
        self.port = int(re.findall(r"\d+", address)[-1])

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    agent = Running(tmp_path_factory.mktemp("page"), structlog.get_logger())
    yield agent
    agent.stop()


@pytest.fixture
def client(running: Running) -> Client:
    somebody = Client(running.port)
    assert somebody.log_in() == 303
    return somebody


def test_without_the_password_nothing_is_shown(running: Running) -> None:
    stranger = Client(running.port)
    for path in ("/", "/events", "/events/abc"):
        status, content, headers = stranger.ask("GET", path)
        assert (status, content, headers["Location"]) == (303, b"", "/login")
    for path in ("/state.json", "/camera/line.jpg", "/nothing", "/login/.."):
        assert stranger.ask("GET", path)[0] == 401
    assert stranger.ask("POST", "/logout", {"form_token": "x"})[0] == 401
    status, content, _ = stranger.ask("GET", "/login")
    assert (status, b"box-1" in content, b"line" in content) == (200, True, False)
    assert stranger.ask("GET", "/static/page.css")[0] == 200
    assert stranger.ask("GET", "/static/site.py")[0] == 404
    stranger.cookie = "linewatch=forged"
    assert stranger.ask("GET", "/state.json")[0] == 401


def test_a_wrong_password_is_refused_and_a_foreign_form_too(running: Running) -> None:
    somebody = Client(running.port)
    assert somebody.log_in("wrong-horse") == 401
    assert somebody.log_in("") == 401
    assert somebody.log_in(**{"Sec-Fetch-Site": "cross-site"}) == 403
    assert somebody.log_in(Origin="http://evil.example") == 403
    assert somebody.cookie == ""
    assert somebody.log_in(Origin=f"http://127.0.0.1:{running.port}") == 303


def test_the_cookie_is_for_this_page_alone(running: Running) -> None:
    status, _, headers = Client(running.port).ask("POST", "/login", {"password": PASSWORD})
    assert status == 303
    assert re.fullmatch(r"linewatch=[\w-]{43}; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict", headers["Set-Cookie"])


def test_logging_out_needs_our_own_form_and_ends_the_session(client: Client) -> None:
    cookie = client.cookie
    page = client.ask("GET", "/")[1].decode()
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    assert found is not None
    assert client.ask("POST", "/logout", {"form_token": "guessed"})[0] == 403
    assert client.ask("GET", "/state.json")[0] == 200
    assert client.ask("POST", "/logout", {"form_token": found[1]})[0] == 303
    client.cookie = cookie
    assert client.ask("GET", "/state.json")[0] == 401


def test_live_pictures_change_and_carry_their_verdict(client: Client) -> None:
    seen: dict[str, str] = {}
    after, limit = "", time.monotonic() + 30
    while {*seen.values()} != {"", "spot"} and time.monotonic() < limit:
        status, jpeg, headers = client.ask("GET", f"/camera/line.jpg?after={after}")
        assert status == 200
        after = headers["X-Frame-Number"]
        assert after not in seen
        seen[after] = headers["X-Defect"] if float(headers["X-Score"]) >= float(headers["X-Threshold"]) else ""
        picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert picture.shape == (96, 128, 3)
    assert {*seen.values()} == {"", "spot"}
    heat = client.ask("GET", "/camera/calm.jpg")[1]
    plain = client.ask("GET", "/camera/calm.jpg?heat=0")[1]
    assert heat != plain
    assert client.ask("GET", "/camera/nobody.jpg")[0] == 404
    assert client.ask("GET", f"/camera/line.jpg?after={'9' * 5000}")[0] == 200


def test_events_appear_with_their_pictures(client: Client) -> None:
    limit = time.monotonic() + 30
    events: list[dict[str, Any]] = []
    while not any(not event["open"] for event in events) and time.monotonic() < limit:
        events = client.state()["events"]
        time.sleep(0.05)
    event = next(event for event in events if not event["open"])
    assert (event["camera"], event["title"], event["picture"]) == ("line", "spot", True)
    status, jpeg, headers = client.ask("GET", f"/events/{event['id']}.jpg")
    assert (status, headers["Content-Type"]) == (200, "image/jpeg")
    assert cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) is not None
    status, png, headers = client.ask("GET", f"/events/{event['id']}.png")
    assert (status, headers["Content-Type"]) == (200, "image/png")
    heat = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert heat is not None
    assert heat.shape == (288, 384, 3)
    detail = client.ask("GET", f"/events/{event['id']}")[1].decode()
    assert "32 x 32 pixels at 64, 32" in detail
    assert event["id"] in client.ask("GET", "/events")[1].decode()
    assert client.ask("GET", "/events/ffff")[0] == 404


def test_the_state_tells_of_cameras_and_bundle(client: Client) -> None:
    limit = time.monotonic() + 30
    state = client.state()
    while not all(camera["judged"] for camera in state["cameras"]) and time.monotonic() < limit:
        state = client.state()
        time.sleep(0.05)
    assert [camera["name"] for camera in state["cameras"]] == ["line", "calm"]
    assert all(camera["delivers"] and camera["judged"] for camera in state["cameras"])
    assert (state["bundle"]["name"], state["bundle"]["update"], state["cloud"]["broker"]) == (
        "tiny",
        "off",
        "none configured",
    )
    page = client.ask("GET", "/")[1].decode()
    assert "<script>" not in page
    assert "style=" not in page
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)


def until(holds: Callable[[], bool]) -> None:
    limit = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.1)


def test_an_operator_teaches_by_a_frame_and_takes_it_back(client: Client) -> None:
    token = client.form_token()

    def send(path: str, **form: str) -> tuple[int, str]:
        status, content, headers = client.ask("POST", path, {"form_token": token, **form})
        return status, headers["Location"] or content.decode()

    assert client.ask("POST", "/teach/line/begin", {"form_token": "guessed"})[0] == 403
    assert send("/teach/nobody/begin")[0] == 404
    assert "not remembered" in send("/teach/line/propose", kind="good")[1]
    assert client.ask("GET", "/teach/line.jpg")[0] == 404
    assert send("/teach/line/begin") == (303, "/teach/line")
    assert "What does it show?" in client.ask("GET", "/teach/line")[1].decode()
    picture = cv2.imdecode(np.frombuffer(client.ask("GET", "/teach/line.jpg")[1], np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (96, 128, 3)
    said = send("/teach/line/propose", kind="good")[1]
    assert "a defect that the bundle shows as an example looks the same" in said
    assert "say what the frame shows" in send("/teach/line/propose")[1]
    assert "say first" in send("/teach/line/keep")[1]
    assert client.state()["bundle"]["taught"] == []
    assert send("/teach/line/propose", kind="defect", name="")[0] == 200
    assert send("/teach/line/propose", kind="defect", name="ink drop") == (303, "/teach/line")
    page = client.ask("GET", "/teach/line")[1].decode()
    assert "is new" in page
    assert "Teach this" in page
    assert send("/teach/line/keep", words="the new <ink>") == (303, "/")
    until(lambda: client.state()["bundle"]["taught"] != [])
    assert "ink drop" in client.state()["bundle"]["taught"][0]
    page = client.ask("GET", "/")[1].decode()
    assert "the new &lt;ink&gt;" in page
    assert "not remembered" in send("/teach/line/keep")[1]
    assert send("/teach/undo") == (303, "/")
    until(lambda: client.state()["bundle"]["taught"] == [])


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"listen": "127.0.0.1:9642"}, "needs a password"),
        ({"listen": "127.0.0.1:9642", "password_file": "a", "password_env": "B"}, "keep one"),
        ({"listen": "9642", "password_env": "B"}, "127.0.0.1:9642"),
        ({"listen": "::1:9642", "password_env": "B"}, "127.0.0.1:9642"),
    ],
)
def test_settings_that_make_no_sense_are_refused(table: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        PageSettings.model_validate(table, strict=False)


def test_an_address_of_ipv6_stands_in_brackets() -> None:
    assert PageSettings(listen="[::1]:9642", password_env="B").address == ("::1", 9642)


def test_a_page_that_cannot_be_guarded_does_not_start(
    tmp_path: Path, log: FilteringBoundLogger, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen = "127.0.0.1:0"
    with pytest.raises(ConfigurationError, match=r"page\.password_file"):
        LocalPage(PageSettings(listen=listen, password_file=tmp_path / "none"), ["c"], log)
    monkeypatch.delenv("PAGE", raising=False)
    with pytest.raises(ConfigurationError, match=r"page\.password_env names PAGE, which is not set"):
        LocalPage(PageSettings(listen=listen, password_env="PAGE"), ["c"], log)
    monkeypatch.setenv("PAGE", PASSWORD)
    certificate, _ = make_certificate(tmp_path)
    tls = {"certificate_file": certificate, "key_file": certificate}
    settings = PageSettings.model_validate({"listen": listen, "password_env": "PAGE", "tls": tls}, strict=False)
    with pytest.raises(ConfigurationError, match=r"page\.tls: cannot use"):
        LocalPage(settings, ["c"], log)


def test_a_person_with_a_browser_sees_it_all(running: Running) -> None:
    program = find_browser()
    if program is None:
        pytest.skip("chromium is not installed")
    with Browser(program) as browser:
        browser.go(f"http://127.0.0.1:{running.port}/")
        browser.run(f"document.getElementById('password').value = '{PASSWORD}'")
        browser.run("document.querySelector('button').click()")
        browser.wait("document.querySelector('[data-camera=line] img').src.startsWith('blob:')")
        first = browser.run("document.querySelector('[data-camera=line] img').src")
        browser.wait(f"document.querySelector('[data-camera=line] img').src !== '{first}'")
        browser.wait("document.querySelector('[data-camera=line] .verdict').textContent.startsWith('spot')")
        browser.wait("document.querySelector('[data-camera=line] .anomalous').getAttribute('d').length > 0")
        browser.wait("parseFloat(document.querySelector('[data-tile=fps]').textContent) > 1")
        browser.wait("document.querySelectorAll('.events li').length > 0")
        browser.shape(390, 844, phone=True)
        assert browser.run("document.documentElement.scrollWidth <= innerWidth")
        browser.run("document.querySelector('.events a').click()")
        browser.wait("document.querySelectorAll('.evidence img').length === 2")
        browser.wait("[...document.querySelectorAll('.evidence img')].every((one) => one.naturalWidth > 0)")
        browser.run("document.querySelector('.top button').click()")
        browser.wait("location.pathname === '/login'")
        assert browser.errors == []
