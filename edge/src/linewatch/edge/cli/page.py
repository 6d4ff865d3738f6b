"""`linewatch-edge page`: the password of the local page."""

import getpass
import sys

import typer

from linewatch.edge.errors import WrongUse

page = typer.Typer(name="page", help="The local page of the device.", no_args_is_help=True)


@page.callback()
def _page() -> None:
    """The local page of the device."""


@page.command()
def password() -> None:
    """Print a hash of a password, for the file that [page] password_file names.

    Asks for the password on a terminal, and reads one line of standard input otherwise.
    """
    from linewatch.edge.page.password import hash_password

    sys.stdout.write(f"{hash_password(_ask()).text()}\n")


def _ask() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("Password of the page: ")
    if getpass.getpass("The same again: ") != first:
        raise WrongUse("the two are not the same")
    return first
