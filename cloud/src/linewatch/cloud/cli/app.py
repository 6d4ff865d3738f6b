"""Assembles the `linewatch` command."""

import sys
from importlib import metadata
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from linewatch.cloud.cli.classes import classes
from linewatch.cloud.cli.cloud import cloud
from linewatch.cloud.cli.compile import compile_
from linewatch.cloud.cli.demo import demo
from linewatch.cloud.cli.events import events
from linewatch.cloud.cli.imports import INTERRUPTED
from linewatch.cloud.cli.publish import publish
from linewatch.cloud.cli.train import train
from linewatch.cloud.errors import CloudError
from linewatch.compiler.errors import CompilerError

app = typer.Typer(
    name="linewatch",
    help="Teach cameras what normal looks like: train, compile, publish, and receive the anomalies.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"linewatch {metadata.version('linewatch')}\n")
        raise typer.Exit


@app.callback()
def _before(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    pass


app.command()(train)
app.command("compile")(compile_)
app.add_typer(classes)
app.command()(publish)
app.add_typer(cloud)
app.command()(events)
app.command()(demo)


def main() -> None:
    """Run the command; every expected error ends as one message and an exit code, Ctrl-C as 130."""
    try:
        app()
    except SystemExit as end:
        if end.code == INTERRUPTED:  # by Typer, which says nothing
            Console(stderr=True).print("interrupted", highlight=False)
        raise
    except (CloudError, CompilerError) as error:
        Console(stderr=True, emoji=False).print(
            f"[red]error:[/red] {escape(str(error))}", highlight=False, soft_wrap=True
        )
        sys.exit(error.exit_code)
