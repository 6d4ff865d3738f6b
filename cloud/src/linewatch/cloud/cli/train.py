"""`linewatch train`."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from linewatch.cloud.cli.bars import Bars
from linewatch.cloud.cli.console import plain_console
from linewatch.cloud.cli.imports import interruptible_imports
from linewatch.cloud.cli.json_file import check_json, write_json
from linewatch.cloud.cli.region import parse_region
from linewatch.cloud.cli.size import parse_size


def train(
    data: Annotated[
        Path,
        typer.Argument(
            metavar="DATA",
            help="Pictures in the MVTec-AD layout, a plain folder of good ones, or videos of a fixed camera.",
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="RUN", help="Folder to write the run to.")],
    teacher: Annotated[
        str, typer.Option(help="auto, gaussian, memory-bank or discriminator; auto looks at the pictures and says why.")
    ] = "auto",
    size: Annotated[
        str,
        typer.Option(metavar="HEIGHTxWIDTH", help="Pixels that the teacher looks at; chosen if empty."),
    ] = "",
    region: Annotated[
        str,
        typer.Option(
            metavar="LEFT,TOP,WIDTH,HEIGHT",
            help="Look at this part of the frame alone: in pixels, or in shares where no number is above 1.",
        ),
    ] = "",
    backbone: Annotated[
        str,
        typer.Option(help="Pretrained network: efficientnet-lite0, mobilenet-v2, torchvision/NETWORK or timm/NETWORK."),
    ] = "efficientnet-lite0",
    false_alarm_rate: Annotated[
        float, typer.Option(help="Share of good pictures that may raise an alarm; sets the teacher's threshold.")
    ] = 0.02,
    step: Annotated[
        int | None,
        typer.Option(metavar="FRAMES", help="Of videos: how far apart the frames are that show motion. [about 1/30 s]"),
    ] = None,
    seed: Annotated[
        int,
        typer.Option(help="The same seed gives the same teacher, on one machine."),
    ] = 0,
    replace: Annotated[bool, typer.Option("--replace", help="Exchange a run that stands at RUN.")] = False,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the result to FILE.")] = None,
) -> None:
    """Train a teacher from good pictures, and measure it on the test pictures.

    DATA/train/good holds the pictures to learn from; DATA/test/good and DATA/test/DEFECT those to judge, with masks
    in DATA/ground_truth where there are any. Where these folders hold videos instead, or DATA is a good video, what is
    learned is how things look and move before a fixed camera. Nothing is written before all is done.
    """
    check_json(json)
    with interruptible_imports():
        from linewatch.cloud.training.run import TrainSettings
        from linewatch.cloud.training.run import train as train_run
        from linewatch.compiler.memory import keep_freed_memory

    settings = TrainSettings(
        teacher=teacher,
        backbone=backbone,
        size=parse_size(size),
        false_alarm_rate=false_alarm_rate,
        region=parse_region(region),
        step=step,
        seed=seed,
    )
    keep_freed_memory()
    with Bars() as bars:
        facts = train_run(data, output, settings, bars.count, replace=replace)
    console = plain_console()
    console.print(_summary(facts))
    for note in facts["dataset"]["notes"]:
        plain_console(stderr=True).print(note, style="yellow")
    if facts["dataset"]["test"]:
        console.print(_measures(facts["metrics"]), soft_wrap=False)
    else:
        console.print("there are no test pictures: nothing was measured")
    if facts["stack"]:
        console.print("this teacher judges looks alone: `linewatch compile` learns how things move")
    console.print(f"written to {output}")
    if json is not None:
        write_json(json, facts)


def _measures(metrics: dict[str, Any]) -> Table:
    table = Table()
    table.add_column("measure")
    table.add_column("value", justify="right")
    for name, value in metrics.items():
        if value is not None:
            table.add_row(name.replace("_", " "), f"{value:.3f}" if isinstance(value, float) else str(value))
    return table


def _summary(facts: dict[str, Any]) -> str:
    teacher = facts["teacher"]
    height, width = teacher["size"]
    part = f" of the region {facts['settings']['region']}" if facts["region"] else ""
    stack = facts["stack"]
    good = f"stacks of {stack['frames']} frames, {stack['step']} apart" if stack else "good ones"
    return (
        f"{teacher['name']} on pictures of {height} x {width} pixels{part}, "
        f"from {facts['dataset']['train']} {good}; "
        f"by what is normal at each place, defects drawn on them are found with an AUROC of {teacher['evidence']:.2f}"
    )
