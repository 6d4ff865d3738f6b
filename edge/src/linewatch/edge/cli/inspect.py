"""`linewatch-edge inspect`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from linewatch.edge.cli.console import plain_console
from linewatch.edge.cli.json_file import check_json, write_json
from linewatch.edge.errors import SourceError
from linewatch.edge.inspect.result import Finding, Inspection

_MOST_ROWS = 200


def inspect(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="Folder of the bundle.", show_default=False)],
    source: Annotated[
        str,
        typer.Argument(
            metavar="PICTURES_OR_VIDEO",
            help="A picture, a folder of pictures, a video file, or any camera source.",
            show_default=False,
        ),
    ],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Write heat maps over the frames to DIR.")] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write all findings to FILE.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Judge at most so many frames.")] = None,
    target: Annotated[str, typer.Option(help="Target of the bundle to run.")] = "auto",
) -> None:
    """Judge pictures or a video offline with a bundle.

    The bundle's golden check runs first. Prints the score of every frame; with --out, writes a heat map for each
    picture, and for each anomalous frame of a video. The exit code is 0 whatever the verdicts are.
    """
    from linewatch.edge.capture.address import parse_address
    from linewatch.edge.infer.engine import Engine
    from linewatch.edge.inspect.items import open_items
    from linewatch.edge.inspect.judge import judge_items
    from linewatch.protos.bundle.check import MANIFEST_NAME

    check_json(json)
    if not (bundle / MANIFEST_NAME).is_file():
        raise SourceError(f"{bundle} is no bundle; give the folder that `linewatch compile -o` wrote")
    address = parse_address(source)
    model = Engine(target).check(bundle)
    items = open_items(address, limit, model.bundle.manifest.picture_bits)
    with _progress() as progress:
        task = progress.add_task("judging", total=items.total)
        result = judge_items(model, items, str(address), out, lambda: progress.advance(task))
    _show(result, out)
    if json is not None:
        write_json(json, result.to_json())


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _show(result: Inspection, out: Path | None) -> None:
    console = plain_console()
    table = Table(title=f"{result.bundle_name} {result.bundle_digest[:12]} ({result.target})")
    table.add_column("frame")
    table.add_column("score", justify="right")
    table.add_column("verdict")
    table.add_column("where", justify="right")
    for finding in result.findings[:_MOST_ROWS]:
        table.add_row(*_row(finding))
    console.print(table, soft_wrap=False)
    hidden = len(result.findings) - _MOST_ROWS
    if hidden > 0:
        console.print(f"... and {hidden} more; --json FILE writes all of them")
    passed_over = len(result.findings) - result.judged
    console.print(
        f"{result.judged} judged, {result.anomalous} anomalous, {passed_over} passed over; threshold "
        f"{result.threshold:g}, {result.milliseconds:.2f} ms a frame",
        highlight=False,
    )
    if out is not None:
        console.print(f"heat maps in {out}")


def _row(finding: Finding) -> tuple[str, str, Text, str]:
    if finding.score is None:
        return finding.name, "-", Text(finding.trouble, "yellow"), ""
    verdict = Text("anomalous", "red") if finding.anomalous else Text("normal", "green")
    if finding.anomalous and finding.defect_class:
        verdict.append(f" {finding.defect_class}", "default")
    region = finding.region
    where = f"{region.width} x {region.height} at {region.x}, {region.y}" if region else ""
    return finding.name, f"{finding.score:.3f}", verdict, where
