import subprocess
import sys

import pytest

from linewatch.edge.capture.isolation.last_words import LastWords


def said_by(program: str) -> LastWords:
    words = LastWords()
    with words.pen() as pen:
        process = subprocess.Popen([sys.executable, "-c", program], stderr=pen)
    assert process.wait(30) == 0
    words.end(30)
    return words


@pytest.mark.parametrize("lines", [0, 1, 10, 100_000])
def test_the_last_line_is_kept_however_many_come_before(lines: int) -> None:
    program = f"import sys; sys.stderr.write('a warning\\n' * {lines} + 'the reason\\n\\n')"
    assert said_by(program).last_line == "the reason"


def test_a_line_without_end_is_cut_at_its_beginning() -> None:
    last = said_by("import sys; sys.stderr.write('x' * 10_000_000 + 'end')").last_line
    assert last.endswith("xend")
    assert len(last) == 1 << 14


def test_silence_is_an_empty_line() -> None:
    assert LastWords().last_line == ""
    assert said_by("pass").last_line == ""
