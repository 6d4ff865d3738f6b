"""`linewatch-edge doctor`."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from linewatch.edge.cli.console import plain_console
from linewatch.edge.cli.json_file import check_json, write_json
from linewatch.edge.config import load_config

_COLOURS = {"well": "green", "doubt": "yellow", "fault": "red"}


def doctor(
    config: Annotated[Path, typer.Option(metavar="FILE", help="Configuration of this device.")] = Path("edge.toml"),
    tune: Annotated[bool, typer.Option("--tune", help="Measure how inference runs fastest, and keep it.")] = False,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the findings to FILE.")] = None,
) -> None:
    """Look at the device, its bundle, cameras, broker and registry, and say what is wrong and what to do.

    Best while the agent does not run: most cameras show themselves to one at a time. Exit code 1 where something keeps
    the device from its work.

    With --tune it measures instead, for about two minutes: runtimes, workers, threads, use of memory and batches, with
    the bundle that serves and frames as large as the cameras'. The agent uses what was fastest from its next start on,
    except for what the configuration says itself. Stop the agent before.
    """
    check_json(json)
    settings = load_config(config)
    if tune:
        from linewatch.edge.cli.tuning import tune_device

        tune_device(settings, json)
        return
    from linewatch.edge.doctor.examine import examine
    from linewatch.edge.doctor.finding import Level

    console, findings = plain_console(), []
    for finding in examine(settings, config):
        findings.append(finding)
        console.print(f"{finding.level:<5}", style=_COLOURS[finding.level], end="  ")
        console.print(f"{finding.what}: {finding.is_}")
        if finding.advice:
            console.print(f"       {finding.advice}")
    if json is not None:
        write_json(json, {"findings": [asdict(finding) for finding in findings]})
    if any(finding.level is Level.FAULT for finding in findings):
        raise typer.Exit(1)
