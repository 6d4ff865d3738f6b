"""`linewatch-edge run`."""

import signal
import threading
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import structlog
import typer
from rich.table import Table

from linewatch.edge.agent.log import set_up_logs
from linewatch.edge.cli.console import plain_console
from linewatch.edge.cli.json_file import check_json, write_json
from linewatch.edge.config import EdgeSettings, load_config
from linewatch.edge.errors import UpdateInterrupted
from linewatch.edge.publish.meter import sent_of

if TYPE_CHECKING:
    from linewatch.edge.agent.report import AgentReport, CameraReport
    from linewatch.edge.agent.service import ServiceReport
    from linewatch.edge.update.status import UpdateStatus


def run(
    config: Annotated[Path, typer.Option(metavar="FILE", help="Configuration of this device.")] = Path("edge.toml"),
    bundle: Annotated[
        Path | None, typer.Option(metavar="BUNDLE", help="Bundle to run, in place of the configured one.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Play every source once, then end.")] = False,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the summary to FILE.")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more.")] = False,
) -> None:
    """Watch the configured cameras until their sources end, or until interrupted.

    On SIGINT (Ctrl-C) or SIGTERM the agent judges what it has, closes open events, writes everything to its spool
    and ends with exit code 0. A second signal ends it at once; the spool stays whole.
    """
    check_json(json)
    settings = _with_bundle(load_config(config), bundle)
    set_up_logs(verbose=verbose)
    from linewatch.edge.agent.service import Service

    service = Service(settings, structlog.get_logger(), once=once)
    report = service.run(_stop_on_signals())
    _show(report)
    if json is not None:
        write_json(json, report.to_json())
    _exit_with(report.agent)


def _with_bundle(settings: EdgeSettings, bundle: Path | None) -> EdgeSettings:
    if bundle is None:
        return settings
    inference = settings.inference.model_copy(update={"bundle": bundle})
    return settings.model_copy(update={"inference": inference})


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()

    def handle(number: int, _: FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.default_int_handler)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handle)
    return stop


def _show(done: "ServiceReport") -> None:
    report = done.agent
    table = Table(title=f"{report.bundle_name or 'no bundle'} {report.bundle_digest[:12]}")
    table.add_column("camera")
    for heading in ("captured", "judged", "anomalous", "skipped", "frames/s", "p99 ms", "events"):
        table.add_column(heading, justify="right")
    with_parts = any(camera.parts for camera in report.cameras)
    if with_parts:
        table.add_column("bad parts", justify="right")
    for camera in report.cameras:
        table.add_row(
            camera.camera,
            str(camera.frames_captured),
            str(camera.frames_judged),
            str(camera.frames_anomalous),
            str(camera.frames_skipped + camera.frames_unreadable),
            f"{camera.fps:.1f}",
            f"{camera.latency_p99_ms:.1f}",
            str(camera.events_opened),
            *([_parts(camera)] if with_parts else []),
        )
    console = plain_console()
    console.print(table, soft_wrap=False)
    for camera in report.cameras:
        if camera.error:
            state = "given up" if camera.gave_up else "tried again"
            console.print(f"{camera.camera}: {camera.error} ({state})")
    console.print(
        f"{report.frames} frames in {report.seconds:.1f} s ({report.fps:.1f} frames/s), "
        f"{report.events_opened} events opened, {report.events_recorded} messages kept, {report.events_lost} lost",
    )
    if done.update is not None and (reason := _why_no_update(done.update)):
        console.print(f"no update: {reason}")
    waiting = done.spool.waiting_messages
    if done.publish is None:
        console.print(f"no [publish] is configured: {waiting} messages wait in the spool")
    else:
        console.print(f"{done.publish.acknowledged} acknowledged by the cloud, {waiting} wait in the spool")
        console.print(sent_of(report.bytes_sent, report.bytes_captured))


def _parts(camera: "CameraReport") -> str:
    parts = camera.parts
    return f"{parts.bad}/{parts.good + parts.bad + parts.unsure}" if parts else ""


def _why_no_update(update: "UpdateStatus") -> str:
    if update.failed_with == UpdateInterrupted.__name__:  # by the end of this very run
        return update.refusal
    return update.refusal or update.trouble


def _exit_with(report: "AgentReport") -> None:
    failed = [camera.camera for camera in report.cameras if camera.gave_up]
    if failed or report.events_lost:
        raise typer.Exit(1)
