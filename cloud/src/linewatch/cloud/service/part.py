"""What a part of the cloud process is to the service that runs it."""

from typing import Any, Protocol


class Part(Protocol):
    """Started in order, stopped in reverse."""

    name: str

    async def start(self) -> None:
        """Be ready when this returns.

        Raises:
            CloudError: it cannot; says what to do.
        """

    async def stop(self) -> None:
        """Finish what is under way and let go of everything; also after a `start` that failed."""

    def health(self) -> dict[str, Any]:
        """How it does; `ok` is a key of it."""
