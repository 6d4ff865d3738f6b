"""The update process: `python -m linewatch.edge.update.child`.

A request on standard input, messages on standard output. A process of its own, so that whatever a registry sends is
parsed away from the cameras, and its memory goes back.
"""

import os
import sys

from linewatch.edge.errors import EdgeError
from linewatch.edge.update.client import look
from linewatch.edge.update.message import Message, Request, failure

_NICE = 10  # hashing and signatures give way to the cameras


def main() -> int:
    """Do what the request says; every expected error is told as a message."""
    os.nice(_NICE)
    try:
        look(Request.from_json(sys.stdin.readline()), _tell)
    except EdgeError as error:
        _tell(failure(error))
    return 0


def _tell(message: Message) -> None:
    sys.stdout.write(message.to_json() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
