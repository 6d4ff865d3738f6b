import subprocess
import sys

from linewatch.edge.page.password import parse_password

_COMMAND = (sys.executable, "-c", "from linewatch.edge.cli import main; main()", "page", "password")


def hashed(line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(_COMMAND, input=line, capture_output=True, text=True, timeout=60)


def test_what_is_printed_opens_the_page() -> None:
    done = hashed("correct-horse\n")
    assert done.returncode == 0
    assert "horse" not in done.stdout
    assert parse_password(done.stdout.strip()).matches("correct-horse")


def test_a_short_password_is_refused() -> None:
    done = hashed("horse\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert "8 characters" in done.stderr
