"""The tail of a log counts each line once, also those that were read before they were whole."""

import pytest
from bench.chaos.tail import LogTail
from hypothesis import given
from hypothesis import strategies as st


@given(pieces=st.lists(st.text("ab\n", max_size=6), max_size=20))
def test_it_counts_whole_lines_however_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[str]
) -> None:
    log = tmp_path_factory.mktemp("log") / "agent.log"
    log.touch()
    tail, written = LogTail(log, "ab"), ""
    for piece in pieces:
        written += piece
        log.write_text(written)
        whole = written[: written.rfind("\n") + 1]
        assert tail.count() == whole.count("ab")
