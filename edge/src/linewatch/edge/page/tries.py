"""How often passwords may be tried. Pure."""

from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

_FREE_TRIES = 5
_FIRST_PAUSE_S = 10.0
_LONGEST_PAUSE_S = 900.0
_FORGET_S = 3600.0
_MOST_ADDRESSES = 1024
_BURST = 20
_RATE_PER_S = 0.5


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last_s: float = 0.0
    until_s: float = 0.0


class Tries:
    """Counts what failed: five tries are free for each address, then pauses double, up to a quarter of an hour.

    All addresses together may try twenty times at once, and once in two seconds for long: trying costs the processor
    that judges frames.
    """

    def __init__(self) -> None:
        """Nobody has tried."""
        self._failures: OrderedDict[str, _Failures] = OrderedDict()
        self._left = float(_BURST)
        self._counted_s: float | None = None

    def pause_s(self, address: str, clock_s: float) -> float:
        """Seconds until `address` may try; 0 takes one try, which costs all addresses something."""
        found = self._failures.get(_neighbourhood(address))
        if found is not None and found.until_s > clock_s:
            return found.until_s - clock_s
        passed_s = 0.0 if self._counted_s is None else clock_s - self._counted_s
        self._left, self._counted_s = min(_BURST, self._left + passed_s * _RATE_PER_S), clock_s
        if self._left < 1:
            return (1 - self._left) / _RATE_PER_S
        self._left -= 1
        return 0.0

    def failed(self, address: str, clock_s: float) -> None:
        """The password was wrong."""
        place = _neighbourhood(address)
        found = self._failures.pop(place, _Failures())
        if clock_s - found.last_s > _FORGET_S:
            found = _Failures()
        found.count, found.last_s = found.count + 1, clock_s
        over = found.count - _FREE_TRIES
        if over >= 0:
            found.until_s = clock_s + min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** min(over, 16))
        self._failures[place] = found
        while len(self._failures) > _MOST_ADDRESSES:
            self._failures.popitem(last=False)

    def succeeded(self, address: str) -> None:
        """The password was right."""
        self._failures.pop(_neighbourhood(address), None)


def _neighbourhood(address: str) -> str:
    """One person has one IPv4 address, and a whole /64 of IPv6 ones."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else str(IPv6Address(int(parsed) >> 64 << 64))
    return str(parsed)
