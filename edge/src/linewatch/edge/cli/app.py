"""Assembles the `linewatch-edge` command: one module for each subcommand."""

import sys
from importlib import metadata
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from linewatch.edge.cli import bundle as bundle_command
from linewatch.edge.cli import cameras as cameras_command
from linewatch.edge.cli import doctor as doctor_command
from linewatch.edge.cli import inspect as inspect_command
from linewatch.edge.cli import local as local_command
from linewatch.edge.cli import page as page_command
from linewatch.edge.cli import run as run_command
from linewatch.edge.errors import EdgeError

app = typer.Typer(
    name="linewatch-edge",
    help="Judge every frame on the device, send only the anomalies.",
    epilog="Exit codes: 0 done, 1 failed, 2 wrong use, 3 refused, 130 interrupted.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"linewatch-edge {metadata.version('linewatch-edge')}\n")
        raise typer.Exit


@app.callback()
def _before(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    pass


app.command("run")(run_command.run)
app.command("inspect")(inspect_command.inspect)
app.command("doctor")(doctor_command.doctor)
app.command("cameras")(cameras_command.cameras)
app.add_typer(bundle_command.bundle)
app.add_typer(page_command.page)
app.add_typer(local_command.local)


def run() -> None:
    """Run the command; every expected error ends as one message and an exit code."""
    try:
        app()
    except EdgeError as error:
        Console(stderr=True, emoji=False).print(
            f"[red]error:[/red] {escape(str(error))}", highlight=False, soft_wrap=True
        )
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        Console(stderr=True).print("interrupted", highlight=False)
        sys.exit(130)
