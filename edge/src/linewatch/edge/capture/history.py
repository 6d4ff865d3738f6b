"""The newest frames of a camera, for bundles that judge a frame with those before it."""

from collections import deque
from collections.abc import Callable

from linewatch.edge.capture.picture import Picture


class History:
    """Hands out the frames before each one. Holds references, and no more of them than are asked for."""

    def __init__(self, reach: Callable[[], int]) -> None:
        """`reach` says, frame by frame, how many before it are wanted."""
        self._reach = reach
        self._frames: deque[Picture] = deque()

    def before(self, picture: Picture) -> tuple[Picture, ...]:
        """The frames before this one, the oldest first; fewer than wanted where the stream began."""
        reach = self._reach()
        while len(self._frames) > reach:
            self._frames.popleft()
        earlier = tuple(self._frames)
        if reach:
            self._frames.append(picture)
        return earlier

    def forget(self) -> None:
        """The stream ended, or frames of it were lost: what comes next has nothing before it."""
        self._frames.clear()
