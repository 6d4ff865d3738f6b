"""Where results for people go."""

from rich.console import Console


def plain_console() -> Console:
    """Standard output, to which text goes as it is, and in lines as long as they are; wrap what is a table.

    File names, reasons and what operators write may look like the marks of Rich, `[/b]`, which would vanish or raise.
    """
    return Console(markup=False, emoji=False, highlight=False, soft_wrap=True)
