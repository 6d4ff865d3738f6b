"""HTTP with a least rate: a registry that dribbles is given up, and a broken download goes on where it stopped."""

import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface
from urllib3.exceptions import ConnectTimeoutError, HTTPError, MaxRetryError, NewConnectionError
from urllib3.exceptions import TimeoutError as SilenceError

from linewatch.edge.errors import RegistryTooSlow, RegistryUnreachable, ResumeRefused

_CHUNK_BYTES = 1 << 16
_REDIRECTS = 3
_PARTIAL, _NO_SUCH_RANGE = 206, 416
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Pace:
    """The least rate: in every window of `window_seconds`, at least `bytes_per_second` on average."""

    def __init__(self, bytes_per_second: int, window_seconds: float, now: float) -> None:
        """Start the first window at `now` (seconds of any steady clock)."""
        self._least = bytes_per_second * window_seconds
        self._window = window_seconds
        self._start = now
        self._received = 0

    def received(self, size_bytes: int, now: float) -> bool:
        """Count `size_bytes` that came by `now`; false when a window closed below the least rate."""
        self._received += size_bytes
        if now - self._start < self._window:
            return True
        enough = self._received >= self._least
        self._start, self._received = now, 0
        return enough


class PacedFetcher(FetcherInterface):
    """Fetches over HTTP or HTTPS; honours the proxy variables of the environment, except for this machine itself."""

    def __init__(
        self,
        bytes_per_second: int,
        window_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Give up below `bytes_per_second` over `window_seconds`, and after a silence as long as that."""
        self._rate = bytes_per_second
        self._window = window_seconds
        self._clock = clock
        self._pools: dict[str, urllib3.PoolManager] = {}
        self.last_url = ""

    def _fetch(self, url: str) -> Iterator[bytes]:
        yield from self.stream(url)

    def stream(self, url: str, offset: int = 0) -> Iterator[bytes]:
        """Yield the bytes of `url` from `offset` on.

        Raises:
            RegistryTooSlow: silence, or less than the least rate.
            RegistryUnreachable: no connection, or a broken one.
            ResumeRefused: the server cannot go on from `offset`.
            DownloadHTTPError: the server answered with an error status.
        """
        self.last_url = url
        try:
            response = self._open(url, offset)
            try:
                yield from self._paced(url, response)
            finally:
                response.close()
        except (ConnectTimeoutError, NewConnectionError) as error:
            raise RegistryUnreachable(f"cannot reach {url}: {error}; is the registry up?") from error
        except SilenceError as error:
            raise self._slow(url) from error
        except MaxRetryError as error:
            slow = isinstance(error.reason, SilenceError) and not isinstance(error.reason, ConnectTimeoutError)
            if slow:
                raise self._slow(url) from error
            raise RegistryUnreachable(f"cannot reach {url}: {error.reason}; is the registry up?") from error
        except HTTPError as error:
            raise RegistryUnreachable(f"the connection broke while fetching {url}: {error}") from error

    def _open(self, url: str, offset: int) -> urllib3.BaseHTTPResponse:
        headers = {"Accept-Encoding": "identity", "User-Agent": "linewatch-edge"}
        if offset:
            headers["Range"] = f"bytes={offset}-"
        response = self._pool(url).request(
            "GET",
            url,
            headers=headers,
            preload_content=False,
            retries=urllib3.Retry(total=_REDIRECTS, connect=0, read=0, status=0, redirect=_REDIRECTS),
            timeout=urllib3.Timeout(connect=min(self._window, 10.0), read=self._window),
        )
        if response.status >= 300 and not (offset and response.status == _NO_SUCH_RANGE):
            response.close()
            raise DownloadHTTPError(f"{url}: HTTP status {response.status}", response.status)
        begins_there = response.headers.get("Content-Range", "").startswith(f"bytes {offset}-")
        if offset and not (response.status == _PARTIAL and begins_there):
            response.close()
            raise ResumeRefused(f"{url} does not come from byte {offset} on (HTTP status {response.status})")
        return response

    def _paced(self, url: str, response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
        pace = Pace(self._rate, self._window, self._clock())
        while chunk := response.read1(_CHUNK_BYTES):
            yield chunk
            if not pace.received(len(chunk), self._clock()):
                raise self._slow(url)

    def _pool(self, url: str) -> urllib3.PoolManager:
        parts = urlsplit(url)
        host = parts.hostname or ""
        direct = host in _LOOPBACK or proxy_bypass(host)
        proxy = "" if direct else getproxies().get(parts.scheme, "")
        if proxy not in self._pools:
            self._pools[proxy] = urllib3.ProxyManager(proxy) if proxy else urllib3.PoolManager()
        return self._pools[proxy]

    def _slow(self, url: str) -> RegistryTooSlow:
        return RegistryTooSlow(
            f"{url} came slower than {self._rate} bytes a second over {self._window:g} s; "
            "what was fetched is kept for the next try"
        )
