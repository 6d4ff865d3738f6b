"""`linewatch demo`."""

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from linewatch.cloud.cli.bars import Bars
from linewatch.cloud.cli.console import plain_console
from linewatch.cloud.cli.imports import interruptible_imports
from linewatch.cloud.cli.json_file import check_json, write_json

if TYPE_CHECKING:
    from linewatch.cloud.demo.result import DemoResult


def demo(
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Your own pictures, in the MVTec-AD layout; drawn ones if none.")
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for everything the demo makes.")] = Path("demo-run"),
    seed: Annotated[int, typer.Option(help="The same seed gives the same pictures, video and models.")] = 0,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the result to FILE.")] = None,
) -> None:
    """Do the whole loop once: train, compile, publish, inspect a video at the edge, and report.

    Starts a cloud and an edge agent of its own on free ports of this machine, and stops them again. Nothing is written
    before all is done: the result of an earlier demo stands in DIR until the new one takes its place. Your own files
    in DIR stay, but for those in its folders cloud and state.
    """
    check_json(json)
    with interruptible_imports():
        from linewatch.cloud.demo.demo import run_demo

    with Bars() as bars:
        result = run_demo(data, out, seed, bars.count)
    _show(result, out)
    if json is not None:
        write_json(json, result.to_json())


def _show(result: "DemoResult", out: Path) -> None:
    table = Table(title="Linewatch demo", show_header=False)
    table.add_column("what")
    table.add_column("figure", justify="right")
    for what, figure in _lines(result):
        table.add_row(what, figure)
    console = plain_console()
    console.print(table, soft_wrap=False)
    events = _spelled("linewatch", "events", "--config", str(out / "cloud" / "cloud.toml"))
    again = _spelled("linewatch-edge", "run", "--config", str(out / "edge.toml"))
    for line in (
        f"report: {result.report}",
        f"what came home: {events}",
        f"the agent once more, with the test pictures as its camera (how to add the cloud stands in the file): {again}",
    ):
        console.print(line)


def _spelled(command: str, *arguments: str) -> str:
    """The command as it can be typed here, though its folder may not be on the PATH."""
    name = command if shutil.which(command) else str(Path(sys.executable).with_name(command))
    return shlex.join([name, *arguments])


def _lines(result: "DemoResult") -> list[tuple[str, str]]:
    saved = result.bytes_h264 / result.bytes_sent if result.bytes_sent else float("inf")
    return [
        ("frames a second at the edge", f"{result.fps:.0f}"),
        ("image AUROC, teacher / INT8 student", f"{result.teacher_auroc:.3f} / {result.student_auroc:.3f}"),
        (
            "one picture on one core, teacher / FP32 / INT8",
            f"{result.teacher_ms:.1f} / {result.student_fp32_ms:.2f} / {result.student_int8_ms:.2f} ms",
        ),
        (
            "student, FP32 / INT8",
            f"{result.student_fp32_bytes:,} / {result.student_int8_bytes:,} bytes ({result.size_ratio:.1f} x smaller)",
        ),
        ("defective parts with an event", f"{result.parts_found} of {result.parts_defective}"),
        *([("defective parts without", "\n".join(result.missed))] if result.missed else []),
        ("good parts with a false alarm", f"{100 * result.false_alarm_rate:.1f} %"),
        ("events opened", str(result.events_opened)),
        ("messages spooled by the agent", str(result.messages_spooled)),
        ("messages received by the cloud", str(result.events_received)),
        ("messages stored", str(result.events_stored)),
        ("messages waiting on the device", str(result.events_waiting)),
        ("messages lost", str(result.events_lost)),
        ("messages stored twice", str(result.events_duplicated)),
        ("bytes sent / the video as H.264", f"{result.bytes_sent:,} / {result.bytes_h264:,} ({saved:.1f} x fewer)"),
        ("seconds", f"{result.seconds:.0f}"),
    ]
