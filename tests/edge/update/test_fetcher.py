"""The least rate, ranges, and what each fault of a server is called."""

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuf.api.exceptions import DownloadHTTPError

from linewatch.edge.errors import RegistryTooSlow, RegistryUnreachable, ResumeRefused
from linewatch.edge.update.fetcher import Pace, PacedFetcher

if TYPE_CHECKING:
    from edge.update.conftest import Fault, Registry


@given(st.lists(st.tuples(st.integers(0, 2000), st.floats(0.01, 0.4)), max_size=60))
def test_a_steady_stream_passes_and_a_thin_one_does_not(chunks: list[tuple[int, float]]) -> None:
    pace, now = Pace(1000, 1.0, 0.0), 0.0
    window, start = 0, 0.0
    for size, wait in chunks:
        now += wait
        window += size
        verdict = pace.received(size, now)
        if now - start < 1.0:
            assert verdict
        else:
            assert verdict == (window >= 1000)
            window, start = 0, now


def test_bytes_come_whole_and_from_the_middle(registry: "Registry") -> None:
    fetcher = PacedFetcher(1, 5.0)
    whole = registry.root.read_bytes()
    url = f"{registry.url}/metadata/root.json"
    assert b"".join(fetcher.stream(url)) == whole
    assert b"".join(fetcher.stream(url, 100)) == whole[100:]
    assert fetcher.last_url == url


def test_faults_have_names(registry: "Registry", fault: "type[Fault]") -> None:
    fetcher = PacedFetcher(1, 0.3)
    url = f"{registry.url}/metadata/root.json"
    with pytest.raises(DownloadHTTPError, match="404"):
        list(fetcher.stream(f"{registry.url}/metadata/9.root.json"))
    with pytest.raises(DownloadHTTPError, match="404"):
        list(fetcher.stream(f"{registry.url}/metadata/9.root.json", 5))
    registry.faults = [fault("root.json", status=416)]
    with pytest.raises(ResumeRefused, match="does not come from byte 5 on"):
        list(fetcher.stream(url, 5))
    with pytest.raises(DownloadHTTPError, match="416"):
        list(fetcher.stream(url))
    registry.faults = [fault("root.json", hang_up_after=10)]
    with pytest.raises(RegistryUnreachable, match="connection broke"):
        list(fetcher.stream(url))
    registry.faults = [fault("root.json", dribble_seconds=5.0)]
    with pytest.raises(RegistryTooSlow, match="slower than 1 bytes a second"):
        list(fetcher.stream(url))
    with pytest.raises(RegistryUnreachable, match="is the registry up"):
        list(fetcher.stream("http://127.0.0.1:9/x"))
    with pytest.raises(RegistryUnreachable):
        list(fetcher.stream("http://no-such-host.invalid/x"))
