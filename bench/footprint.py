"""What processes take of a machine: memory and descriptors."""

from pathlib import Path


def proportional_mb(process: int) -> float:
    """MB of memory of one process; pages that several share count in parts, so that sums are true."""
    return _megabytes(process, "Pss")


def working_mb(process: int) -> float:
    """MB that one process holds beside the files it maps: what grows when it leaks.

    Its part of a library's pages changes with who else on the machine maps that library.
    """
    return _megabytes(process, "Pss_Anon") + _megabytes(process, "Pss_Shmem")


def _megabytes(process: int, row: str) -> float:
    rollup = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="utf-8")
    kib = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith(f"{row}:"))
    return kib * 1024 / 1e6


def descriptors(process: int) -> int:
    """How many files and sockets it holds open."""
    return sum(1 for _ in Path(f"/proc/{process}/fd").iterdir())


def children(process: int) -> dict[int, str]:
    """The processes that it started and that still run, with their command lines."""
    found = {}
    for task in Path(f"/proc/{process}/task").iterdir():
        try:
            for child in (task / "children").read_text(encoding="utf-8").split():
                command = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                found[int(child)] = command.strip()
        except OSError:  # it ended meanwhile
            continue
    return found
