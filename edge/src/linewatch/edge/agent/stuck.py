"""Cameras whose frames the serving bundle does not judge."""

from collections.abc import Mapping

from linewatch.edge.decide.failed_run import FailedRun

TOO_MANY = 50
"""Frames in a row; a camera may well show a few that cannot be judged."""


class Stuck:
    """Says which cameras are stuck, counted anew after each attempt to mend it. Pure."""

    def __init__(self) -> None:
        """None is."""
        self._forgiven: dict[str, int] = {}

    def look(self, runs: Mapping[str, FailedRun]) -> dict[str, FailedRun]:
        """Of the runs that go on now, by camera, those with too many frames since the last attempt."""
        self._forgiven = {camera: min(self._forgiven.get(camera, 0), run.frames) for camera, run in runs.items()}
        return {camera: run for camera, run in runs.items() if run.frames - self._forgiven[camera] >= TOO_MANY}

    def attempt(self, runs: Mapping[str, FailedRun]) -> None:
        """Something was done about these: what failed until now says nothing more."""
        self._forgiven = {camera: run.frames for camera, run in runs.items()}


def told(stuck: Mapping[str, FailedRun]) -> str:
    """For people."""
    return "; ".join(f"{camera}: {run.reason}" for camera, run in stuck.items())
