import subprocess
import sys
from importlib import metadata

from command_help import odd_names
from linewatch.cloud.cli.app import app


def test_the_version_is_that_of_the_installed_package() -> None:
    script = "import sys; from linewatch.cloud.cli import app; sys.argv[1:] = ['--version']; app.main()"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, f"linewatch {metadata.version('linewatch')}\n")


def test_help_names_arguments_and_files_alike() -> None:
    assert odd_names(app) == []
