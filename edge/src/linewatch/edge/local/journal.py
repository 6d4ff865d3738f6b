"""Everything that was ever taught to this device: one signed file a change, and a signed head that knows them all."""

import fcntl
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from linewatch.edge.errors import DeviceKeyUnusable, LocalChangeRefused, WrongUse
from linewatch.edge.local.album import Album
from linewatch.edge.local.change import Basis, Change, Subject, Taught, Undone
from linewatch.edge.local.device_key import DeviceKey, find_key, make_key
from linewatch.edge.local.entry import Entry, read_entry
from linewatch.edge.local.head import Head, head_of, seal_head, unseal_head
from linewatch.edge.local.sealed import seal
from linewatch.edge.state_owner import check_owner
from linewatch.edge.update.durable import guarding_disk, sync_folder, write_whole

_FILE = re.compile(r"(\d{6})\.json")


class Journal:
    """`{state}/local`: `000001.json`, `000002.json`, ... and `head.json`. A change that is taken back stays, marked so.

    No file is ever removed or renumbered: what is missing, changed, not signed or not the newest state is noticed. Not
    noticed is that the whole folder was exchanged for what it was once.
    """

    def __init__(self, state: Path, *, site: str, device: str) -> None:
        """The journal below the device's state folder; nothing is written before the first change."""
        self.folder = state / "local"
        self.album = Album(self.folder / "pictures")
        self._head = self.folder / "head.json"
        self._state = state
        self._site = site
        self._device = device

    def stamp(self) -> tuple[int, ...]:
        """Differs as soon as a file of the journal, or the key, was changed."""
        stamps: list[int] = []
        try:
            paths = self._files()
        except OSError:
            return (-1,)
        for path in (self._state / "device.key", self._head, *paths):
            try:
                found = path.stat()
                stamps += [found.st_mtime_ns, found.st_ino, found.st_mode, found.st_size]
            except OSError:
                stamps.append(0)
        return tuple(stamps)

    def entries(self) -> list[Entry]:
        """Every file, checked, in the order of their numbers. May be called while another process writes."""
        try:
            head = self._read_head()
            while True:
                found, before = self._entries(head), head
                head = self._read_head()
                if head == before:  # else somebody wrote meanwhile, and the files may be newer than their head
                    return found
        except OSError as error:
            return [Entry(number=0, trouble=f"cannot read {self.folder}: {error.strerror}")]

    def write(
        self,
        subject: Subject,
        taught: Taught,
        basis: Basis,
        words: str = "",
        *,
        origin: int = 0,
        pictures: Mapping[str, bytes] | None = None,
    ) -> Change:
        """Sign and keep a new change; when this returns it survives a power cut.

        Args:
            subject, taught, basis, words: as in `Change`.
            origin: number of the first change of which this is the same again; none for a new one.
            pictures: PNG files of `basis`, by their SHA-256.

        Raises:
            TeachingRefused: there are too many pictures already.
            LocalChangeRefused: the journal is not as the device signed it: nothing would come into force.
            DeviceKeyUnusable: the device's key cannot be used.
            DiskFull, StateUnwritable: it could not be kept.
        """
        with self._alone():
            entries = self.entries()
            check_signed(entries)
            self.album.keep(pictures or {})
            number = len(entries) + 1
            change = Change(
                number=number,
                origin=origin or number,
                site=self._site,
                device=self._device,
                subject=subject,
                taught=taught,
                basis=basis,
                words=words,
                time_unix_ns=time.time_ns(),
            )
            self._keep(change, entries)
            return change

    def undo(self, number: int, words: str = "") -> Change:
        """Take a change back, and let go of pictures that taught nothing else; it survives a power cut then.

        Raises:
            WrongUse: there is no such change, or it was taken back already.
            LocalChangeRefused, DeviceKeyUnusable, DiskFull, StateUnwritable: as `write`.
        """
        with self._alone():
            entries = self.entries()
            check_signed(entries)
            change = next((one.change for one in entries if one.number == number), None)
            if change is None:
                raise WrongUse(f"there is no local change {number}; `linewatch-edge local list` shows all")
            if change.undone is not None:
                raise WrongUse(f"local change {number} was taken back already")
            undone = change.model_copy(update={"undone": Undone(time_unix_ns=time.time_ns(), words=words)})
            self._keep(undone, entries)
            self._tidy()
            return undone

    def set_aside(self) -> Path:
        """Begin anew: everything is moved to a folder beside, which is given, for whoever wants to look at it.

        Raises:
            WrongUse: there is nothing.
            StateUnwritable: the disk refused.
        """
        if not self.folder.is_dir():
            raise WrongUse("nothing was ever taught to this device")
        aside = self._state / f"local.{time.time_ns()}"
        with self._alone(), guarding_disk(f"move {self.folder}"):
            self.folder.rename(aside)
            sync_folder(self._state)
        return aside

    def _files(self) -> list[Path]:
        try:
            return sorted(path for path in self.folder.iterdir() if _FILE.fullmatch(path.name))
        except FileNotFoundError:
            return []

    def _read_head(self) -> bytes:
        try:
            return self._head.read_bytes()
        except FileNotFoundError:
            return b""

    def _entries(self, head: bytes) -> list[Entry]:
        paths = self._files()
        if not head and not paths:
            return []
        try:
            key = find_key(self._state)
            public = "" if key is None else key.public_hex
            found = [read_entry(path, public) for path in paths]
            return unseal_head(head, public).check(found)
        except (DeviceKeyUnusable, LocalChangeRefused) as error:
            return [Entry(number=0, trouble=str(error))]

    def _keep(self, change: Change, entries: Sequence[Entry]) -> None:
        """Announce, write, enter as written: in this order, each on the disk before the next."""
        key = make_key(self._state)
        path, data = self.folder / f"{change.number:06d}.json", seal(change, key)
        kept = Entry(number=change.number, data=data, change=change)
        before = head_of(entries)
        with guarding_disk(f"write {path}"):
            self._write_head(before.announcing(kept.number, kept.sha256), key)
            write_whole(path, data)
        with guarding_disk(f"write {self._head} once more, though change {change.number} is made"):
            self._write_head(head_of([*entries[: kept.number - 1], kept, *entries[kept.number :]]), key)

    def _write_head(self, head: Head, key: DeviceKey) -> None:
        write_whole(self._head, seal_head(head, key))

    def _tidy(self) -> None:
        standing = [entry.change for entry in self.entries() if entry.change is not None and not entry.change.undone]
        self.album.keep_only(picture.sha256 for one in standing for picture in one.basis.pictures)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One writer at a time, over all processes; as the user whose agent has to read it."""
        check_owner(self._state)
        with guarding_disk(f"make {self.folder}"):
            self.folder.mkdir(parents=True, exist_ok=True)
            sync_folder(self._state)
            descriptor = os.open(self._state / "local.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def in_force(entries: Sequence[Entry], bundle: str, target: str) -> list[Change]:
    """The changes that apply to a target of a bundle, in the order in which they were made.

    Raises:
        LocalChangeRefused: a file is not as the device signed it. Then none is in force: nobody can know what it said.
    """
    check_signed(entries)
    changes = [entry.change for entry in entries if entry.change is not None and entry.change.undone is None]
    return [one for one in changes if (one.subject.bundle, one.subject.target) == (bundle, target)]


def check_signed(entries: Sequence[Entry]) -> None:
    """Look whether every file is as the device signed it.

    Raises:
        LocalChangeRefused: one is not; names it.
    """
    refused = next((entry for entry in entries if entry.change is None), None)
    if refused is not None:
        which = f"local change {refused.number}" if refused.number else "the journal"
        raise LocalChangeRefused(
            f"nothing that was taught here is in force: {which}: {refused.trouble}; "
            "teach again after `linewatch-edge local forget`"
        )
