"""`linewatch-edge local`: teach this device without the cloud, look at what it was taught, take it back."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from linewatch.edge.cli.console import plain_console
from linewatch.edge.cli.json_file import check_json, write_json
from linewatch.edge.cli.local_device import (
    budget_of,
    journal_of,
    read_pictures,
    scores_of_camera,
    scores_of_files,
    serving_digest,
    teacher_of,
)
from linewatch.edge.config import load_config
from linewatch.edge.errors import TeachingRefused, WrongUse
from linewatch.edge.state_owner import check_owner

if TYPE_CHECKING:
    from linewatch.edge.local.change import Change
    from linewatch.edge.local.entry import Entry
    from linewatch.edge.local.proposal import Proposal
    from linewatch.edge.local.teacher import LocalTeacher

local = typer.Typer(
    name="local",
    help="Teach this device without the cloud. Each change is signed, shown, and can be taken back.",
    no_args_is_help=True,
)

_CONFIG = Path("edge.toml")
_Config = Annotated[Path, typer.Option(metavar="FILE", help="Configuration of this device.")]
_Json = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the result to FILE.")]
_Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
_Words = Annotated[str, typer.Option("--words", "-m", help="Why, in your own words.")]
_Pictures = Annotated[list[Path], typer.Argument(metavar="PICTURES", help="Pictures, or folders of them.")]


@local.command("list")
def list_(
    config: _Config = _CONFIG,
    all_: Annotated[bool, typer.Option("--all", help="Also what was taken back.")] = False,
    json: _Json = None,
) -> None:
    """Show what was taught to this device, after a check of each signature, and what of it is in force."""
    check_json(json)
    settings = load_config(config)
    from linewatch.edge.local.again import waiting
    from linewatch.edge.local.journal import check_signed

    entries = journal_of(settings).entries()
    bundle = serving_digest(settings)
    console, table = plain_console(), Table()
    for heading in ("change", "what", "when", "bundle", "", "words"):
        table.add_column(heading)
    for entry in entries:
        if all_ or entry.change is None or entry.change.undone is None:
            table.add_row(*_row(entry, bundle))
    console.print(table if entries else "nothing was taught to this device", soft_wrap=False)
    if json is not None:
        write_json(json, {"bundle": bundle, "changes": [_plain(entry, bundle) for entry in entries]})
    check_signed(entries)
    subjects = {entry.change.subject.model_copy(update={"bundle": bundle}) for entry in entries if entry.change}
    if bundle and any(waiting(entries, one) for one in subjects):
        console.print("what was taught to another bundle does not apply; `linewatch-edge local reapply` does it again")


@local.command()
def threshold(
    source: Annotated[
        str, typer.Option("--from", metavar="PICTURES_OR_VIDEO", help="Normal pictures, or a video of them.")
    ] = "",
    camera: Annotated[str, typer.Option(help="Look at this camera of the configuration instead.")] = "",
    seconds: Annotated[float, typer.Option(min=1, max=86_400, help="For so long.")] = 60.0,
    false_alarms: Annotated[
        float | None, typer.Option(help="Accept so many false alarms an hour; the bundle's own promise if left out.")
    ] = None,
    fps: Annotated[float | None, typer.Option(help="At so many frames a second; the bundle's if left out.")] = None,
    words: _Words = "",
    yes: _Yes = False,
    config: _Config = _CONFIG,
    json: _Json = None,
) -> None:
    """Set the threshold anew from normal frames of this place.

    All frames must be normal. Says how many there are, what they prove, and how many of them would alarm.
    """
    check_json(json)
    if bool(source) == bool(camera):
        raise WrongUse("say where the normal frames come from: --from PICTURES_OR_VIDEO, or --camera NAME")
    settings = load_config(config)
    teacher = teacher_of(settings)
    scores = scores_of_files(teacher, source) if source else scores_of_camera(teacher, settings, camera, seconds)
    proposal = teacher.threshold(scores, budget_of(teacher, false_alarms, fps))
    several = len(settings.cameras) > 1 and bool(camera)
    note = ("it applies to all cameras of this device, and one of them was looked at",) if several else ()
    _make(teacher, proposal, words, yes=yes, json=json, note=note)


@local.command()
def good(
    pictures: _Pictures, words: _Words = "", yes: _Yes = False, config: _Config = _CONFIG, json: _Json = None
) -> None:
    """Teach that what these pictures show is no defect. One to five of one kind are best."""
    check_json(json)
    teacher = teacher_of(load_config(config))
    _make(teacher, teacher.good(read_pictures(teacher, pictures)), words, yes=yes, json=json)


@local.command()
def defect(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the defect is called.")],
    pictures: _Pictures,
    words: _Words = "",
    yes: _Yes = False,
    config: _Config = _CONFIG,
    json: _Json = None,
) -> None:
    """Teach the name of a defect, or more of what it looks like, by pictures that are found anomalous."""
    check_json(json)
    teacher = teacher_of(load_config(config))
    _make(teacher, teacher.defect(name, read_pictures(teacher, pictures)), words, yes=yes, json=json)


@local.command()
def undo(
    number: Annotated[
        int | None, typer.Argument(metavar="CHANGE", min=1, help="Its number; the last one if none.")
    ] = None,
    words: _Words = "",
    config: _Config = _CONFIG,
    json: _Json = None,
) -> None:
    """Take a change back. An agent that runs judges without it within a second or two."""
    check_json(json)
    settings = load_config(config)
    from linewatch.edge.local.taken_back import holds_now

    journal = journal_of(settings)
    undone = journal.undo(number, words) if number else teacher_of(settings).undo(words=words)
    holds = holds_now(undone, journal.entries(), serving_digest(settings))
    plain_console().print(f"change {undone.number} ({undone.what}) is taken back: {holds}")
    _write(json, undone)


@local.command()
def reapply(config: _Config = _CONFIG, json: _Json = None) -> None:
    """Teach the bundle that serves now what an earlier one was taught, from the pictures that were kept."""
    check_json(json)
    done = teacher_of(load_config(config)).again()
    console = plain_console()
    for change in done.made:
        console.print(f"change {change.number}: {change.what}, as change {change.origin}")
    for change, why in done.left:
        console.print(f"not done again: change {change.number}, {change.what}: {why}")
    if not done.made and not done.left:
        console.print("no earlier bundle was taught anything that this one was not")
    if json is not None:
        left = [{"change": change.number, "why": why} for change, why in done.left]
        write_json(json, {"made": [change.model_dump(mode="json") for change in done.made], "left": left})
    if done.left and not done.made:
        raise typer.Exit(1)


@local.command()
def key(config: _Config = _CONFIG) -> None:
    """Print the public key by which the cloud can check what this device suggests; made on first use."""
    from linewatch.edge.local.device_key import make_key

    state = load_config(config).device.state.absolute()
    check_owner(state)
    state.mkdir(parents=True, exist_ok=True)
    typer.echo(make_key(state).public_pem, nl=False)


@local.command()
def forget(yes: _Yes = False, config: _Config = _CONFIG) -> None:
    """Begin anew: put everything that was taught aside. For a journal that is damaged or was changed."""
    journal = journal_of(load_config(config))
    if not yes:
        _ask("put everything that was taught to this device aside?")
    plain_console().print(f"the bundle's own values serve; what was taught lies in {journal.set_aside()}")


def _make(
    teacher: "LocalTeacher",
    proposal: "Proposal",
    words: str,
    *,
    yes: bool,
    json: Path | None,
    note: tuple[str, ...] = (),
) -> None:
    """Show what would be taught, ask, and do it."""
    console = plain_console()
    for line in proposal.told:
        console.print(line)
    for line in (*proposal.warnings, *note):
        console.print(f"note: {line}", style="yellow")
    if not yes:
        _ask("teach this?")
    change = teacher.keep(proposal, words)
    console.print(f"change {change.number}: {change.what}; take it back with `linewatch-edge local undo`")
    _write(json, change)


def _ask(question: str) -> None:
    """Go on after a yes, end after a no.

    Raises:
        TeachingRefused: nobody answers.
        KeyboardInterrupt: Ctrl-C was the answer.
    """
    try:
        agreed = typer.confirm(question)
    except typer.Abort as end:
        if isinstance(end.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        raise TeachingRefused("nothing was changed: nobody answered; --yes does not ask") from None
    if not agreed:
        plain_console().print("nothing was changed")
        raise typer.Exit(TeachingRefused.exit_code)


def _write(json: Path | None, change: "Change") -> None:
    if json is not None:
        write_json(json, {"change": change.model_dump(mode="json")})


def _row(entry: "Entry", bundle: str) -> tuple[str | Text, ...]:
    change = entry.change
    if change is None:
        return str(entry.number or ""), Text(f"refused: {entry.trouble}", "red"), "", "", "", ""
    when = datetime.fromtimestamp(change.time_unix_ns / 1e9).astimezone().isoformat(" ", "minutes")
    of = f"{change.subject.bundle_name} {change.subject.bundle[:12]}"
    return str(change.number), change.what, when, of, _standing(entry, bundle), change.words


def _standing(entry: "Entry", bundle: str) -> str:
    change = entry.change
    if change is None:
        return "refused"
    if change.undone is not None:
        return "taken back"
    return "in force" if change.subject.bundle == bundle else "does not apply"


def _plain(entry: "Entry", bundle: str) -> dict[str, object]:
    change = None if entry.change is None else entry.change.model_dump(mode="json")
    return {"number": entry.number, "standing": _standing(entry, bundle), "trouble": entry.trouble, "change": change}
