"""Puts together what decides for one camera."""

from collections.abc import Callable

from linewatch.edge.capture.pictures import read_picture
from linewatch.edge.decide.part import TellPart
from linewatch.edge.decide.part_finder import Gaps, PartFinder, Triggered
from linewatch.edge.decide.part_tracker import PartTracker
from linewatch.edge.decide.settings import DecisionSettings, PartSettings
from linewatch.edge.decide.tracker import Tracker
from linewatch.edge.decide.verdict_socket import VerdictSocket


def make_tracker(rules: DecisionSettings, on_trouble: Callable[[str], None]) -> Tracker | PartTracker:
    """What `rules.mode` asks for; `on_trouble` as in `VerdictSocket`.

    Raises:
        UnreadablePictureError: the picture of the empty view cannot be read.
    """
    if rules.mode == "stream":
        return Tracker(rules)
    return PartTracker(rules, _finder(rules.part), _teller(rules.part, on_trouble))


def _finder(rules: PartSettings) -> PartFinder:
    if rules.by == "trigger":
        return Triggered()
    return Gaps(rules, None if rules.empty is None else read_picture(rules.empty))


def _teller(rules: PartSettings, on_trouble: Callable[[str], None]) -> TellPart:
    if rules.verdict_socket is None:
        return lambda _: True
    return VerdictSocket(rules.verdict_socket, on_trouble).tell
