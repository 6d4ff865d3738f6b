"""Times of the week at which a camera is judged."""

import re
import time
from collections.abc import Callable, Iterator, Sequence

from linewatch.edge.errors import ConfigurationError

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAILY = "daily"
_HOUR, _DAY = 60, 24 * 60
_WEEK = 7 * _DAY
_LINE = re.compile(r"\s*([a-z, -]+?)\s+(\d\d?):(\d\d)\s*-\s*(\d\d?):(\d\d)\s*")
_EXAMPLE = 'write "mon-fri 06:00-22:00", "sat,sun 22:00-06:00" or "daily 08:00-24:00"'


class Schedule:
    """Times of the week, by the clock on the wall.

    Each moment is looked at for itself: when clocks are changed, whether by an hour twice a year or by hand, what the
    clock shows then holds. An hour that comes twice is judged twice.
    """

    def __init__(self, lines: Sequence[str], clock: Callable[[], float] = time.time) -> None:
        """Understand lines such as `mon-fri 06:00-22:00`; a time over midnight belongs to the day it begins at.

        Args:
            lines: the times; none means never.
            clock: gives seconds since 1970.

        Raises:
            ConfigurationError: a line is none; says how to write one.
        """
        self._spans = [span for line in lines for span in _spans(line)]
        self._clock = clock

    def is_on(self) -> bool:
        """Whether it is such a time now, in the zone of the device."""
        now = time.localtime(self._clock())
        return self.holds(now.tm_wday, now.tm_hour, now.tm_min)

    def holds(self, day: int, hour: int, minute: int) -> bool:
        """Whether it is such a time on `day` (0 is Monday) at this hour and minute."""
        moment = day * _DAY + hour * _HOUR + minute
        return any((moment - start) % _WEEK < minutes for start, minutes in self._spans)


def _spans(line: str) -> Iterator[tuple[int, int]]:
    """Minute of the week at which each time begins, and how many minutes it lasts."""
    match = _LINE.fullmatch(line.lower())
    if match is None:
        raise ConfigurationError(f"{line!r} is no time of the week; {_EXAMPLE}")
    days, *numbers = match.groups()
    begin_hour, begin_minute, end_hour, end_minute = map(int, numbers)
    begin, end = begin_hour * _HOUR + begin_minute, end_hour * _HOUR + end_minute
    if max(begin_minute, end_minute) >= _HOUR or begin >= _DAY or end > _DAY:
        raise ConfigurationError(f"{line!r} has an hour that no clock shows; {_EXAMPLE}")
    if begin == end:
        raise ConfigurationError(f"{line!r} begins when it ends; write 00:00-24:00 for a whole day")
    for day in _days(days, line):
        yield day * _DAY + begin, (end - begin) % _DAY or _DAY


def _days(text: str, line: str) -> Iterator[int]:
    if text == _DAILY:
        yield from range(len(_DAYS))
        return
    for part in text.split(","):
        names = [name.strip() for name in part.split("-")]
        if len(names) > 2 or any(name not in _DAYS for name in names):
            raise ConfigurationError(f"{line!r} names days as nobody knows them; {_EXAMPLE}")
        first, last = _DAYS.index(names[0]), _DAYS.index(names[-1])
        yield from ((first + step) % len(_DAYS) for step in range((last - first) % len(_DAYS) + 1))
