"""The `linewatch-edge` command."""


def main() -> None:
    """Run the command. Imported late, so that a start of the agent pays for what it uses alone."""
    from linewatch.edge.cli.app import run

    run()
