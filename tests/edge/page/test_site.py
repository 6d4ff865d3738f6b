"""What the page answers where a whole agent is too much to start: by the site alone."""

import threading
import time
from collections.abc import Mapping

from structlog.typing import FilteringBoundLogger

from edge.judged import judged
from linewatch.edge.decide.event import AnomalyEvent, Evidence, HeatMap, Phase, Region
from linewatch.edge.errors import WrongUse
from linewatch.edge.health.metrics import Snapshot
from linewatch.edge.infer.verdict import Judged
from linewatch.edge.local.teacher import LocalTeacher
from linewatch.edge.page.facts import Device
from linewatch.edge.page.gate import Gate
from linewatch.edge.page.password import hash_password
from linewatch.edge.page.recent import RecentEvents
from linewatch.edge.page.seats import Seats
from linewatch.edge.page.sessions import Session
from linewatch.edge.page.site import Site
from linewatch.edge.page.tap import Tap
from linewatch.edge.page.teaching import Teaching
from linewatch.edge.web.exchange import Answer, Request

PASSWORD = "correct-horse"
NOWHERE = Region(x=0, y=0, width=0, height=0)
BARE = Evidence(
    region=Region(x=1, y=2, width=3, height=4),
    crop=NOWHERE,
    crop_jpeg=b"",
    heat_map=HeatMap(width=0, height=0, cells=b""),
)
EVENT = AnomalyEvent(
    camera="c",
    event_id="a1",
    phase=Phase.CLOSED,
    time_unix_ns=1,
    first_frame=0,
    last_frame=1,
    peak_frame=1,
    peak_score=2.0,
    threshold=1.0,
    frames_anomalous=2,
    frame_width=8,
    frame_height=8,
    bundle_digest="a" * 64,
    evidence=BARE,
)


class Visit:
    """Somebody who is logged in at the page of a device with one camera, `c`."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        def nothing_serves() -> LocalTeacher:
            raise WrongUse("no bundle serves yet")

        def no_snapshot() -> Snapshot:
            raise WrongUse("nothing was done yet")

        self.tap = Tap(live_fps=1000)
        self.events = RecentEvents(10)
        self.teaching = Teaching(nothing_serves, {"c": self.tap})
        self._gate = Gate(hash_password(PASSWORD), session_s=60, secure=False, log=log)
        device = Device(site="s", name="d", snapshot=no_snapshot, bundle_since_s=lambda: 0.0)
        self._site = Site(self._gate, device, {"c": self.tap}, self.events, Seats(4), self.teaching)
        self._cookie = ""
        answer = self.ask("/login", {"password": PASSWORD})
        self._cookie = dict(answer.headers)["Set-Cookie"].partition(";")[0]

    @property
    def session(self) -> Session:
        found = self._gate.session(self._request("/", None))
        assert found is not None
        return found

    def ask(self, path: str, form: Mapping[str, str] | None = None) -> Answer:
        return self._site.respond(self._request(path, form))

    def while_shown(self, shown: Judged, path: str, form: Mapping[str, str] | None = None) -> Answer:
        """What is answered while the camera shows one frame again and again."""
        found: list[Answer] = []
        asking = threading.Thread(target=lambda: found.append(self.ask(path, form)))
        asking.start()
        while asking.is_alive():
            self.tap.offer(shown)
            time.sleep(0.005)
        return found[0]

    def _request(self, path: str, form: Mapping[str, str] | None) -> Request:
        method = "GET" if form is None else "POST"
        headers = {"cookie": self._cookie}
        return Request(method=method, path=path, query={}, form=form or {}, headers=headers, address="127.0.0.1")


def test_an_event_without_pictures_is_shown_without_them(log: FilteringBoundLogger) -> None:
    visit = Visit(log)
    visit.events.add(EVENT)
    page = visit.ask("/events/a1").content.decode()
    assert "3 x 4 pixels at 1, 2" in page
    assert "<img" not in page
    for kind in (".jpg", ".png", "/clip"):
        assert int(visit.ask(f"/events/a1{kind}").status) == 404


def test_the_verdict_beside_a_live_picture_is_the_agents(log: FilteringBoundLogger) -> None:
    """Scores and thresholds are rounded, and what was taught may excuse a frame: neither tells the verdict."""
    visit = Visit(log)
    for shown, verdict in (
        (judged(1, 1.0), "anomalous"),
        (judged(2, 0.99999), "normal"),
        (judged(3, 1.5, taught_good=True), "normal"),
    ):
        headers = dict(visit.while_shown(shown, "/camera/c.jpg").headers)
        assert (headers["X-Frame-Number"], headers["X-Verdict"]) == (str(shown.frame.number), verdict)


def test_no_frame_is_kept_for_who_logged_out(log: FilteringBoundLogger) -> None:
    visit = Visit(log)
    session = visit.session
    token = {"form_token": session.form_token}
    assert int(visit.while_shown(judged(1, 1.5), "/teach/c/begin", token).status) == 303
    assert visit.teaching.lesson(session.number, "c") is not None
    assert int(visit.ask("/logout", token).status) == 303
    assert visit.teaching.lesson(session.number, "c") is None
