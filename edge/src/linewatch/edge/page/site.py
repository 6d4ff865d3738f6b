"""Which page answers what."""

import re
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from importlib import resources
from urllib.parse import quote

from linewatch.edge.decide.event import AnomalyEvent
from linewatch.edge.errors import EdgeError, WrongUse
from linewatch.edge.health.pages import as_json
from linewatch.edge.page import view
from linewatch.edge.page.facts import Device, bundle_facts, camera_facts, cloud_facts, event_facts, iso
from linewatch.edge.page.gate import Gate, Turned
from linewatch.edge.page.picture import Pictures, encode_jpeg, heat_picture, paint
from linewatch.edge.page.recent import RecentEvents, Seen
from linewatch.edge.page.seats import Seats
from linewatch.edge.page.sessions import Session
from linewatch.edge.page.tap import Shown, Tap
from linewatch.edge.page.teach_view import teach_page
from linewatch.edge.page.teaching import Teaching
from linewatch.edge.web.exchange import HTML, Answer, Request, see_other, told

_PATIENCE_S = 1.0
_LISTED = 12
_STATIC = {
    "icon.svg": "image/svg+xml",
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
}
_STATIC_PATH = re.compile(r"/static/([a-z]+\.[a-z]+)")
_CAMERA_PATH = re.compile(r"/camera/(.+)\.jpg", re.DOTALL)
_CLIP = re.compile(r"(?:video|image)/[a-z0-9.+-]{1,32}")
_TEACH_PATH = re.compile(r"/teach/([A-Za-z0-9._-]{1,64}?)(\.jpg|)")
_TEACH_FORM = re.compile(r"/teach/([A-Za-z0-9._-]{1,64})/(begin|propose|keep)")
_MOST_WORDS = 200
_NUMBER = re.compile(r"[0-9]{1,18}")
_EVENT_PATH = re.compile(r"/events/([0-9a-zA-Z-]{1,64})(\.jpg|\.png|/clip|)")
_NOTHING = told(HTTPStatus.NOT_FOUND, "there is no such page")
_NO_PICTURE = told(HTTPStatus.NOT_FOUND, "this event has no picture")


class Site:
    """Answers requests. Whoever is not logged in sees the log-in page, its style, and nothing else."""

    def __init__(
        self,
        gate: Gate,
        device: Device,
        taps: Mapping[str, Tap],
        events: RecentEvents,
        seats: Seats,
        teaching: Teaching,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Show `device`: live pictures through `taps` by camera, and the last `events`."""
        self._gate = gate
        self._device = device
        self._taps = taps
        self._events = events
        self._seats = seats
        self._teaching = teaching
        self._clock = clock
        self._pictures = Pictures()
        self._static = {name: resources.files(__package__).joinpath("static", name).read_bytes() for name in _STATIC}

    def respond(self, request: Request) -> Answer:
        """Answer one request."""
        if found := _STATIC_PATH.fullmatch(request.path):
            return self._send_static(found[1])
        session = self._gate.session(request)
        if request.path == "/login":
            return self._log_in(request, session)
        if session is None:
            if request.path in ("/", "/events") or request.path.startswith("/events/"):
                return see_other("/login")
            return told(HTTPStatus.UNAUTHORIZED, "log in first")
        if request.method == "POST":
            return self._change(request, session)
        return self._show(request, session)

    def _log_in(self, request: Request, session: Session | None) -> Answer:
        if request.method == "POST":
            answer = self._gate.log_in(request)
            if isinstance(answer, Turned):
                page = view.login_page(self._device, answer.reason)
                return Answer(content=page, kind=HTML, status=answer.status, headers=answer.headers)
            return answer
        return see_other("/") if session else _html(view.login_page(self._device, ""))

    def _change(self, request: Request, session: Session) -> Answer:
        if not session.wrote(request.form.get("form_token", "")):
            return told(HTTPStatus.FORBIDDEN, "this form is not of this page: load it again")
        if request.path == "/logout":
            self._teaching.forget(session.number)
            return self._gate.log_out(request)
        if request.path == "/teach/undo":
            self._teaching.undo()
            return see_other("/")
        if found := _TEACH_FORM.fullmatch(request.path):
            return self._teach(found[1], found[2], request.form, session)
        return _NOTHING

    def _teach(self, camera: str, step: str, form: Mapping[str, str], session: Session) -> Answer:
        if camera not in self._taps:
            return _NOTHING
        try:
            if step == "keep":
                self._teaching.keep(session.number, camera, form.get("words", "").strip()[:_MOST_WORDS])
                return see_other("/")
            if step == "begin":
                self._teaching.begin(session.number, camera)
            else:
                self._teaching.propose(session.number, camera, defect=_defect(form))
        except EdgeError as error:
            return self._teach_page(camera, session, str(error))
        return see_other(f"/teach/{camera}")

    def _teach_page(self, camera: str, session: Session, reason: str = "") -> Answer:
        lesson = self._teaching.lesson(session.number, camera)
        return _html(teach_page(self._device, camera, lesson, reason, session.form_token))

    def _lesson_picture(self, camera: str, session: Session) -> Answer:
        lesson = self._teaching.lesson(session.number, camera)
        if lesson is None:
            return _NOTHING
        frame, verdict = lesson.judged.frame, lesson.judged.verdict
        shown = Shown(
            number=frame.number, time_unix_ns=frame.time_unix_ns, kept_s=0.0, pixels=lesson.pixels, verdict=verdict
        )
        return Answer(content=encode_jpeg(paint(shown)), kind="image/jpeg")

    def _show(self, request: Request, session: Session) -> Answer:
        if request.path == "/":
            return _html(view.live_page(self._device, self._state(), session.form_token))
        if request.path == "/state.json":
            return Answer(content=as_json(self._state()), kind="application/json")
        if request.path == "/events":
            return _html(view.events_page(self._device, self._event_list(), session.form_token))
        if found := _EVENT_PATH.fullmatch(request.path):
            return self._show_event(found[1], found[2], session)
        if found := _CAMERA_PATH.fullmatch(request.path):
            return self._send_live(found[1], request.query, session)
        if (found := _TEACH_PATH.fullmatch(request.path)) and found[1] in self._taps:
            picture = found[2] == ".jpg"
            return self._lesson_picture(found[1], session) if picture else self._teach_page(found[1], session)
        return _NOTHING

    def _state(self) -> dict[str, object]:
        snapshot, events = self._device.snapshot(), self._event_list()
        cameras = [camera_facts(camera, self._taps[camera.camera]) for camera in snapshot.agent.cameras]
        return {
            "clock_s": round(self._clock(), 3),
            "time": iso(time.time_ns()),
            "bundle": bundle_facts(self._device, snapshot),
            "cloud": cloud_facts(snapshot),
            "warnings": list(snapshot.warnings),
            "cameras": cameras,
            "events": events[:_LISTED],
            "events_open": sum(bool(event["open"]) for event in events),
        }

    def _event_list(self) -> list[dict[str, object]]:
        return [event_facts(seen) for seen in self._events.newest()]

    def _send_live(self, camera: str, query: Mapping[str, str], session: Session) -> Answer:
        tap = self._taps.get(camera)
        if tap is None:
            return told(HTTPStatus.NOT_FOUND, "there is no such camera")
        if not self._seats.take(session.number, self._clock()):
            return told(HTTPStatus.SERVICE_UNAVAILABLE, "as many people look as may: try again later")
        after = query.get("after", "")
        shown = tap.look(int(after) if _NUMBER.fullmatch(after) else -1, _PATIENCE_S)
        if shown is None:
            return Answer(status=HTTPStatus.NO_CONTENT)
        jpeg = self._pictures.encode(camera, shown, heat=query.get("heat") != "0")
        verdict = shown.verdict
        return Answer(
            content=jpeg,
            kind="image/jpeg",
            headers=(
                ("X-Frame-Number", str(shown.number)),
                ("X-Frame-Time", iso(shown.time_unix_ns)),
                ("X-Score", f"{verdict.score:.4f}"),
                ("X-Threshold", f"{verdict.threshold:.4f}"),
                ("X-Verdict", "anomalous" if verdict.anomalous else "normal"),
                ("X-Defect", quote(verdict.defect_class if verdict.anomalous else "")),
            ),
        )

    def tick(self) -> None:
        """Forget pictures that nobody looks at any more; called now and then."""
        if not self._seats.taken(self._clock()):
            self._pictures.forget()
            for tap in self._taps.values():
                tap.forget()

    def _show_event(self, event_id: str, kind: str, session: Session) -> Answer:
        seen = self._events.find(event_id)
        if seen is None:
            return told(HTTPStatus.NOT_FOUND, "there is no such event, or it was too long ago")
        if kind:
            return _event_picture(seen, kind)
        return _html(view.event_page(self._device, seen, event_facts(seen), session.form_token))

    def _send_static(self, name: str) -> Answer:
        content = self._static.get(name)
        return _NOTHING if content is None else Answer(content=content, kind=_STATIC[name])


def _event_picture(seen: Seen, kind: str) -> Answer:
    event = seen.event
    if not isinstance(event, AnomalyEvent) or event.evidence is None:
        return _NO_PICTURE
    if kind == "/clip":
        clip, media = event.evidence.clip, event.evidence.clip_type
        return Answer(content=clip, kind=media) if clip and _CLIP.fullmatch(media) else _NOTHING
    if not event.evidence.crop_jpeg:
        return _NO_PICTURE
    if kind == ".jpg":
        return Answer(content=event.evidence.crop_jpeg, kind="image/jpeg")
    heat = heat_picture(event.evidence, event.frame_width, event.frame_height)
    return Answer(content=heat, kind="image/png")


def _defect(form: Mapping[str, str]) -> str | None:
    """The name of the defect that a frame shows; None where it is said to be good."""
    kind = form.get("kind")
    if kind == "good":
        return None
    if kind != "defect":
        raise WrongUse("say what the frame shows: good, or a defect")
    return form.get("name", "").strip()


def _html(page: bytes) -> Answer:
    return Answer(content=page, kind=HTML)
