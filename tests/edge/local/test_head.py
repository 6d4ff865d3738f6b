"""What a power cut leaves of the journal is no tampering; what somebody puts together of older files is."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.local.taught import BASIS, SUBJECT, threshold
from linewatch.edge.errors import DiskFull, LocalChangeRefused
from linewatch.edge.local import journal as journal_room
from linewatch.edge.local.change import Change
from linewatch.edge.local.device_key import DeviceKey
from linewatch.edge.local.head import Head, seal_head, unseal_head
from linewatch.edge.local.journal import Journal, check_signed
from linewatch.edge.update.durable import write_whole

KEY = DeviceKey(Ed25519PrivateKey.generate())
FULL = Head(changes=("a" * 64, "b" * 64)).announcing(2, "c" * 64)


@dataclass
class Filmed:
    """A journal of which every state that the disk was in is kept: each write is on the disk before the next begins."""

    state: Path
    states: list[dict[str, bytes]] = field(default_factory=list)
    read: list[list[Change]] = field(default_factory=list)

    @property
    def journal(self) -> Journal:
        return Journal(self.state, site="s", device="d")

    def look(self) -> list[Change]:
        """What the journal says, refused if it is not as it was signed."""
        entries = self.journal.entries()
        check_signed(entries)
        return [entry.change for entry in entries if entry.change is not None]

    def keep(self) -> None:
        """Keep the state that the disk is in now."""
        folder = self.journal.folder
        files = {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}
        self.states.append(files)
        self.read.append(self.look())

    def become(self, files: dict[str, bytes]) -> None:
        """Put files in place of the journal's."""
        shutil.rmtree(self.journal.folder, ignore_errors=True)
        self.journal.folder.mkdir()
        for name, data in files.items():
            (self.journal.folder / name).write_bytes(data)


@contextmanager
def instead_of_writing(write: Callable[[Path, bytes], None]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal_room, "write_whole", write)
        yield


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Filmed:
    """Three changes, of which the first and the last are taken back, and a fourth."""
    made = Filmed(tmp_path_factory.mktemp("filmed"))

    def write(path: Path, data: bytes) -> None:
        write_whole(path, data)
        made.keep()

    made.keep()
    with instead_of_writing(write):
        for value in (1.1, 1.2, 1.3):
            made.journal.write(SUBJECT, threshold(value), BASIS)
        made.journal.undo(1)
        made.journal.undo(3)
        made.journal.write(SUBJECT, threshold(1.4), BASIS)
    assert len(made.states) == 1 + 6 * 3
    return made


def test_a_power_cut_between_any_two_writes_is_no_tampering(filmed: Filmed) -> None:
    """What was under way happened or did not, and the device can be taught on; then all is as strict as ever."""
    for at, (files, read) in enumerate(zip(filmed.states, filmed.read, strict=True)):
        filmed.become(files)
        assert filmed.look() == read
        assert read in (filmed.read[at // 3 * 3], filmed.read[-(-at // 3) * 3])  # as before the write, or after it
        number = filmed.journal.write(SUBJECT, threshold(2.0), BASIS).number
        assert number == len(read) + 1
        assert filmed.look()[:-1] == read
        (filmed.journal.folder / f"{number:06d}.json").unlink()
        with pytest.raises(LocalChangeRefused):
            filmed.look()


@given(st.data())
@settings(max_examples=300)
def test_whatever_is_put_together_of_older_files_is_refused_or_is_a_state_that_was(
    filmed: Filmed, data: st.DataObject
) -> None:
    """The whole folder as it once was cannot be told from then; nothing else is believed."""
    names = sorted(filmed.states[-1])
    times = st.integers(0, len(filmed.states) - 1)
    mixed = {name: filmed.states[data.draw(times, name)].get(name) for name in names}
    filmed.become({name: held for name, held in mixed.items() if held is not None})
    try:
        read = filmed.look()
    except LocalChangeRefused:
        return
    assert read in filmed.read


@given(st.data())
@settings(max_examples=100)
def test_beside_the_newest_head_nothing_older_is_believed(filmed: Filmed, data: st.DataObject) -> None:
    newest = filmed.states[-1]
    times = st.integers(0, len(filmed.states) - 1)
    mixed = {name: filmed.states[data.draw(times, name)].get(name) for name in sorted(newest) if name != "head.json"}
    mixed["head.json"] = newest["head.json"]
    filmed.become({name: held for name, held in mixed.items() if held is not None})
    if mixed == newest:
        assert filmed.look() == filmed.read[-1]
    else:
        with pytest.raises(LocalChangeRefused):
            filmed.look()


@pytest.mark.parametrize("fails_at", [0, 1, 2])
def test_a_full_disk_at_any_write_is_told_and_leaves_a_journal_that_goes_on(tmp_path: Path, fails_at: int) -> None:
    device = Filmed(tmp_path)
    device.journal.write(SUBJECT, threshold(1.1), BASIS)
    left = fails_at

    def write(path: Path, data: bytes) -> None:
        nonlocal left
        if left == 0:
            raise OSError(28, "No space left on device")
        left -= 1
        write_whole(path, data)

    said = "though change 2 is made" if fails_at == 2 else "no room"
    with instead_of_writing(write), pytest.raises(DiskFull, match=said):
        device.journal.write(SUBJECT, threshold(1.2), BASIS)
    assert len(device.look()) == (2 if fails_at == 2 else 1)
    device.journal.undo(1)
    assert device.look()[0].undone is not None


_TEACH = """
import sys
from pathlib import Path
from edge.local.taught import BASIS, SUBJECT, threshold
from linewatch.edge.local.journal import Journal
journal = Journal(Path(sys.argv[1]), site="s", device="d")
while True:
    number = journal.write(SUBJECT, threshold(1.5), BASIS).number
    print("made", number, flush=True)
    journal.undo(number)
    print("undone", number, flush=True)
"""


def test_a_process_that_is_killed_while_it_writes_leaves_what_it_promised(tmp_path: Path) -> None:
    device = Filmed(tmp_path)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    for lines in (1, 2, 3, 4, 5, 8):
        with subprocess.Popen(
            [sys.executable, "-c", _TEACH, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=environment
        ) as process:
            assert process.stdout is not None
            said = [process.stdout.readline() for _ in range(lines)]
            process.send_signal(signal.SIGKILL)
            said += process.stdout.readlines()
        read = {change.number: change for change in device.look()}
        for kind, number in (line.split() for line in said if line.endswith("\n")):
            assert kind == "made" or read[int(number)].undone is not None
            assert int(number) in read


def test_a_head_is_read_as_it_was_sealed() -> None:
    assert unseal_head(seal_head(FULL, KEY), KEY.public_hex) == FULL
    assert unseal_head(seal_head(Head(), KEY), KEY.public_hex) == Head()


@given(place=st.integers(0, len(seal_head(FULL, KEY)) - 1), bits=st.integers(1, 255))
def test_a_head_that_was_changed_is_refused(place: int, bits: int) -> None:
    sealed = bytearray(seal_head(FULL, KEY))
    sealed[place] ^= bits
    with pytest.raises(LocalChangeRefused):
        unseal_head(bytes(sealed), KEY.public_hex)


def test_a_head_has_one_form() -> None:
    """The same signature in capitals, and the same JSON with a space, say the same; still nobody here wrote them."""
    sealed = seal_head(FULL, KEY)
    at = sealed.index(b'"signature":"') + len(b'"signature":"')
    for other in (sealed[:at] + sealed[at:].upper(), sealed + b" "):
        assert other != sealed
        with pytest.raises(LocalChangeRefused, match=r"changed after|canonical"):
            unseal_head(other, KEY.public_hex)
