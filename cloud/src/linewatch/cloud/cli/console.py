"""Where what is said to people goes."""

from rich.console import Console


def plain_console(*, stderr: bool = False) -> Console:
    """An output to which text goes as it is, and in lines as long as they are; wrap what is a table.

    Names of files and of defects may look like the marks of Rich, `[b]`, which would vanish or raise.
    """
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False, soft_wrap=True)
