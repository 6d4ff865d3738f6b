"""The `linewatch` command: one module for each subcommand, loaded when it is called."""

from linewatch.cloud.cli.app import main

__all__ = ["main"]
