"""Room of the spool on its disk, taken before it is needed: what is recorded then writes to bytes that are there."""

import os
import sqlite3
from pathlib import Path

RESERVE_BYTES = 512 * 1024
"""Free in the database at all times, for what comes while the disk is full."""

_CHUNK_BYTES = 512 * 1024
_LEFT_BYTES = 256 * 1024
"""Left to others on the disk: the rest of the agent's state has to be written too."""
_FRAME_HEADER_BYTES = 24
_LINK_BYTES = 4


class Room:
    """Has the database grow in steps of its own, and never by the way.

    What a transaction of SQLite adds to the database lies in the log (WAL) first. Were the disk full when it is to be
    moved, the log could not be begun anew, and nothing more be written. So new pages are written, moved and freed
    before anything needs them; the log has its room from the same step, and keeps it. Of the writer's thread.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        """Take the room that is always kept, if there is any.

        Raises:
            sqlite3.Error: the database cannot be read.
            OSError: nor its disk.
        """
        self._connection = connection
        self._path = path
        self._log_path = path.with_name(path.name + "-wal")
        self._page_bytes = self._ask("page_size")
        self._forbid_growth()
        self._clear_filler()
        self.scarce = not any(map(self._take, (RESERVE_BYTES + _CHUNK_BYTES, RESERVE_BYTES)))
        """Whether the disk had no room when more was wanted last."""

    @property
    def reserve_pages(self) -> int:
        """Pages that a transaction must leave free, while the disk is full; a small database keeps fewer."""
        return min(RESERVE_BYTES // self._page_bytes, self._ask("page_count") // 4)

    def prepare(self, wanted_bytes: int) -> bool:
        """Have room for `wanted_bytes` beside the reserve; False where the disk has none.

        Raises:
            sqlite3.Error: the database cannot be read, or somebody else holds it.
            OSError: its disk cannot be asked.
        """
        free = self._free_pages() * self._page_bytes
        needed = wanted_bytes + RESERVE_BYTES
        if free >= needed + (RESERVE_BYTES if self.scarce else 0):
            self.scarce = False
            return True
        ahead = max(needed, _CHUNK_BYTES)  # the more is wanted at once, the fewer steps
        self.scarce = not any(self._take(needed + more) for more in (ahead, _CHUNK_BYTES, 0))
        return free >= needed or not self.scarce

    def restart_log(self) -> None:
        """Move what the log holds into the database, so that the log begins anew in the room that it has.

        Raises:
            sqlite3.Error: it cannot be moved.
        """
        self._connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()  # waits for whoever reads

    def _move_log(self) -> None:
        """As `restart_log`, but for what somebody reads at this moment."""
        self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def _take(self, free_bytes: int) -> bool:
        """Have so much free in the database, all of it written once; False where the disk has no room."""
        pages = -(-free_bytes // self._page_bytes)
        grows = max(0, pages - self._free_pages()) * self._page_bytes
        log = max(0, pages * (self._page_bytes + _FRAME_HEADER_BYTES) - _size(self._log_path))
        if free_on_disk(self._path.parent) < grows + log + _LEFT_BYTES:
            return False
        self._connection.execute("PRAGMA max_page_count = 4294967294")
        try:
            self._fill(pages * (self._page_bytes - _LINK_BYTES))
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_FULL:
                raise
            return False  # somebody else was faster
        finally:
            self._forbid_growth()
        return True

    def _fill(self, size: int) -> None:
        try:
            self._move_log()
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute("CREATE TABLE IF NOT EXISTS spare (filler BLOB)")
            self._connection.execute("DELETE FROM spare")
            self._connection.execute("INSERT INTO spare VALUES (zeroblob(?))", (size,))
            self._connection.execute("COMMIT")
            self._move_log()
            self._connection.execute("DELETE FROM spare")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _clear_filler(self) -> None:
        """What a power cut left of the last growth lies where the reserve has to be."""
        if self._connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'spare'").fetchone():
            self._connection.execute("DELETE FROM spare")

    def _forbid_growth(self) -> None:
        self._connection.execute("PRAGMA max_page_count = 1")  # it becomes no less than there are

    def _free_pages(self) -> int:
        return self._ask("freelist_count")

    def _ask(self, pragma: str) -> int:
        return int(self._connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def free_on_disk(folder: Path) -> int:
    """Bytes that anybody but root may still take."""
    usage = os.statvfs(folder)
    return usage.f_bavail * usage.f_frsize


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
