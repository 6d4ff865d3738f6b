"""Teaches the device by what its cameras show: first a frame, then what it would change, then the change."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from linewatch.edge.capture.picture import UInt8Array
from linewatch.edge.errors import TeachingRefused, WrongUse
from linewatch.edge.infer.verdict import Judged
from linewatch.edge.local.change import Change
from linewatch.edge.local.proposal import Proposal
from linewatch.edge.local.teacher import LocalTeacher
from linewatch.edge.page.tap import Tap

_MOST_LESSONS = 8
_PATIENCE_S = 8.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Lesson:
    """A frame of `camera` that somebody looks at, uint8[H, W, 3] RGB, and what it would teach, once that was asked.

    `judge` is the bundle by which, and its target: what one sees is nothing that another can be taught.
    """

    camera: str
    judged: Judged
    pixels: UInt8Array
    proposal: Proposal | None = None
    judge: tuple[str, str] = ("", "")


class Teaching:
    """One lesson for each session, and a few sessions. Safe from any thread; one thing is thought over at a time."""

    def __init__(self, teacher: Callable[[], LocalTeacher], taps: Mapping[str, Tap]) -> None:
        """Teach by `teacher`, which raises an EdgeError while nothing serves, what `taps` give."""
        self._teacher = teacher
        self._taps = taps
        self._lessons: OrderedDict[int, Lesson] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, session: int, camera: str) -> Lesson:
        """Take the next frame of `camera` that is anomalous.

        Raises:
            TeachingRefused: there is none for some seconds, or this camera cannot teach so.
        """
        judged = self._taps[camera].anomalous(_PATIENCE_S)
        if judged is None:
            raise TeachingRefused(
                f"nothing anomalous was seen for {_PATIENCE_S:g} s: show it to the camera, then begin again"
            )
        if judged.frame.mask is not None:
            raise TeachingRefused("this camera has a mask: teach it with pictures, by `linewatch-edge local`")
        return self._put(session, Lesson(camera=camera, judged=judged, pixels=judged.frame.picture.rgb()))

    def lesson(self, session: int, camera: str) -> Lesson | None:
        """The lesson of this session, if it is one of `camera`."""
        with self._lock:
            found = self._lessons.get(session)
        return found if found is not None and found.camera == camera else None

    def propose(self, session: int, camera: str, *, defect: str | None) -> Lesson:
        """What the frame would change: it shows `defect`, or is good where that is None. Nothing is changed yet.

        Raises:
            TeachingRefused, WrongUse: it cannot teach that.
        """
        lesson = self._known(session, camera)
        with self._lock:
            teacher = self._teacher()
            frames = [lesson.pixels]
            proposal = teacher.good(frames, camera) if defect is None else teacher.defect(defect, frames, camera)
        return self._put(session, replace(lesson, proposal=proposal, judge=teacher.judge_name))

    def keep(self, session: int, camera: str, words: str) -> Change:
        """Make the change that was proposed, once.

        Raises:
            WrongUse: none was, or another bundle serves since.
            EdgeError: it could not be kept.
        """
        lesson = self._known(session, camera)
        if lesson.proposal is None:
            raise WrongUse("say first what the frame shows")
        with self._lock:
            teacher = self._teacher()
            if teacher.judge_name != lesson.judge:
                raise WrongUse("another bundle serves now: see again what this would change")
            kept = teacher.keep(lesson.proposal, words)
            self._lessons.pop(session, None)
            return kept

    def forget(self, session: int) -> None:
        """Keep no frame for this session any more: it ended."""
        with self._lock:
            self._lessons.pop(session, None)

    def undo(self) -> Change:
        """Take the last change back.

        Raises:
            EdgeError: there is none, or it could not be taken back.
        """
        with self._lock:
            return self._teacher().undo()

    def _known(self, session: int, camera: str) -> Lesson:
        lesson = self.lesson(session, camera)
        if lesson is None:
            raise WrongUse("this frame is not remembered any more: begin again")
        return lesson

    def _put(self, session: int, lesson: Lesson) -> Lesson:
        with self._lock:
            self._lessons[session] = lesson
            self._lessons.move_to_end(session)
            while len(self._lessons) > _MOST_LESSONS:
                self._lessons.popitem(last=False)
        return lesson
