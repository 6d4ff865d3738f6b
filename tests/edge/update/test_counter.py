"""The release counter only goes up, whatever is offered."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.edge.errors import OlderRelease, StateUnwritable
from linewatch.edge.update.counter import Mark, ReleaseCounter

marks = st.builds(Mark, release=st.integers(1, 6), digest=st.sampled_from(["a" * 64, "b" * 64]))


@given(st.lists(marks, max_size=12))
def test_the_counter_never_goes_back(offers: list[Mark]) -> None:
    with TemporaryDirectory() as folder:
        highest: Mark | None = None
        for offer in offers:
            counter = ReleaseCounter(Path(folder))
            newer = highest is None or offer.release > highest.release or offer == highest
            if newer:
                counter.raise_to("washers", offer)
                highest = offer
            else:
                with pytest.raises(OlderRelease, match="publish it again as a new release"):
                    counter.raise_to("washers", offer)
            assert ReleaseCounter(Path(folder)).mark("washers") == highest
            assert counter.mark("nuts") is None


@pytest.mark.parametrize("text", ["", "[]", "{", '{"washers": 1}', '{"washers": {"release": "x", "digest": ""}}'])
def test_a_damaged_counter_stops_updates(tmp_path: Path, text: str) -> None:
    (tmp_path / "release.json").write_text(text)
    with pytest.raises(StateUnwritable, match="is damaged"):
        ReleaseCounter(tmp_path).check("washers", Mark(release=9, digest="a" * 64))
