"""How the agent starts a process of its own."""

import sys


def child_command(module: str, *arguments: str) -> list[str]:
    """The command that runs a module of this package.

    `-P`: modules are taken from where Python and its packages are installed, and not from the folder where the agent
    happens to run, which may be one that its own processes can write to.
    """
    return [sys.executable, "-P", "-m", module, *arguments]
