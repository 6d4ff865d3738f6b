"""What `linewatch-edge local` works with: the device's journal, its bundle, pictures and cameras. Imports late."""

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from linewatch.edge.config import EdgeSettings
from linewatch.edge.errors import ConfigurationError, WrongUse
from linewatch.edge.state_owner import check_owner

if TYPE_CHECKING:
    from linewatch.edge.capture.frame import UInt8Array
    from linewatch.edge.local.journal import Journal
    from linewatch.edge.local.scores import Scores
    from linewatch.edge.local.teacher import LocalTeacher
    from linewatch.protos.promise import Budget


def journal_of(settings: EdgeSettings) -> "Journal":
    """The journal of this device."""
    from linewatch.edge.local.journal import Journal

    device = settings.device
    return Journal(device.state.absolute(), site=device.site, device=device.name)


def teacher_of(settings: EdgeSettings) -> "LocalTeacher":
    """A teacher of the bundle that serves, checked.

    Raises:
        StateUnwritable: what this user writes, the agent could not read.
        ConfigurationError: there is none.
        Refused: it is damaged, or gives other scores here.
    """
    from linewatch.edge.agent.first_bundle import find_bundle
    from linewatch.edge.infer.engine import Engine
    from linewatch.edge.infer.runtimes.opener import Opener
    from linewatch.edge.infer.setup import settle
    from linewatch.edge.infer.tuned import usable_tuning
    from linewatch.edge.local.teacher import LocalTeacher

    state = settings.device.state.absolute()
    check_owner(state)
    folder = find_bundle(settings)
    if folder is None:
        raise ConfigurationError("there is no bundle to teach: name one as inference.bundle, or let [update] fetch one")
    tuned = usable_tuning(state, folder)
    setup = settle(settings.inference, tuned.choice if tuned else None)
    engine = Engine(opener=Opener(setup.wish, setup.options, state / "engines"))
    with engine.built(folder):
        return LocalTeacher(journal_of(settings), engine.check(folder))


def serving_digest(settings: EdgeSettings) -> str:
    """Digest of the bundle that serves; empty where there is none that could be read."""
    from linewatch.edge.agent.first_bundle import find_bundle
    from linewatch.edge.errors import EdgeError
    from linewatch.edge.infer.model import open_bundle

    try:
        folder = find_bundle(settings)
        return "" if folder is None else open_bundle(folder).digest
    except EdgeError:
        return ""


def budget_of(teacher: "LocalTeacher", false_alarms: float | None, fps: float | None) -> "Budget":
    """The false alarms that are accepted: the bundle's own, but for what was said.

    Raises:
        WrongUse: that is no rate.
    """
    from dataclasses import replace

    from linewatch.protos.promise import PromiseError

    own = teacher.budget
    try:
        return replace(
            own,
            false_alarms_per_hour=own.false_alarms_per_hour if false_alarms is None else false_alarms,
            frames_per_second=own.frames_per_second if fps is None else fps,
        )
    except PromiseError as error:
        raise WrongUse(str(error)) from error


def read_pictures(teacher: "LocalTeacher", places: list[Path]) -> "list[UInt8Array]":
    """Every picture at `places`, RGB uint8[H, W, 3].

    Raises:
        SourceError: one cannot be read.
    """
    from linewatch.edge.capture.pictures import find_pictures, read_picture

    return [read_picture(path, teacher.picture_bits) for place in places for path in find_pictures(place)]


def scores_of_files(teacher: "LocalTeacher", source: str) -> "Scores":
    """Scores of pictures or of a video.

    Raises:
        SourceError: there is nothing that can be read.
    """
    from linewatch.edge.capture.address import parse_address
    from linewatch.edge.inspect.items import open_items
    from linewatch.edge.local.looking import look_at_items

    items = open_items(parse_address(source), None, teacher.picture_bits)
    with _progress() as progress:
        task = progress.add_task("judging", total=items.total)
        return look_at_items(teacher, items, lambda: progress.advance(task))


def scores_of_camera(teacher: "LocalTeacher", settings: EdgeSettings, name: str, seconds: float) -> "Scores":
    """Scores of what a camera shows for so long, by the agent where it runs.

    Raises:
        WrongUse: there is no such camera.
        CameraError: it does not deliver.
    """
    from linewatch.edge.local.looking import ask_for_scores, look_at_camera

    camera = next((one for one in settings.cameras if one.name == name), None)
    if camera is None:
        known = ", ".join(one.name for one in settings.cameras)
        raise WrongUse(f"there is no camera {name!r} in the configuration; it names: {known}")
    with _progress() as progress:
        task = progress.add_task(f"looking at {name} for {seconds:g} s", total=None)

        def advance() -> None:
            progress.advance(task)

        asked = ask_for_scores(settings.device.state.absolute(), teacher, name, seconds, advance)
        return look_at_camera(teacher, camera, seconds, advance) if asked is None else asked


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
