import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge.local.taught import BASIS, GOOD, SUBJECT, threshold
from linewatch.cloud.cli.app import app
from linewatch.cloud.errors import WrongUse
from linewatch.cloud.events.message import read_message
from linewatch.cloud.events.settings import StoreSettings
from linewatch.cloud.events.store import EventStore
from linewatch.cloud.events.suggestions import read_key, read_suggestions, save_suggestions
from linewatch.edge.decide.event import EventIdentity, SuggestionEvent
from linewatch.edge.decide.proto import to_proto
from linewatch.edge.local.device_key import make_key
from linewatch.edge.local.journal import Journal


def told(journal: Journal, number: int, sequence: int, device: str = "box") -> bytes:
    """The event about one change as it stands."""
    entry = journal.entries()[number - 1]
    assert entry.change is not None
    event = SuggestionEvent(event_id=f"{sequence}", time_unix_ns=1, reason=entry.change.what, overlay=entry.data)
    identity = EventIdentity(device=device, boot="ab" * 16, sequence=sequence)
    return to_proto(event, identity, "plant").SerializeToString()


@pytest.fixture
def payloads(tmp_path: Path) -> list[bytes]:
    """Two changes, the first of which is taken back; its beginning is told once more in the end."""
    (tmp_path / "state").mkdir()
    journal = Journal(tmp_path / "state", site="plant", device="box")
    journal.write(SUBJECT, GOOD, BASIS)
    journal.write(SUBJECT, threshold(1.2), BASIS)
    first, second = told(journal, 1, 1), told(journal, 2, 2)
    journal.undo(1)
    again = told(journal, 1, 3)
    (tmp_path / "box.pem").write_text(make_key(tmp_path / "state").public_pem)
    return [first, second, again, first]


def test_the_last_word_on_each_change_is_saved(tmp_path: Path, payloads: list[bytes]) -> None:
    found = read_suggestions(payloads, read_key(tmp_path / "box.pem"))
    assert [(one.number, one.trouble) for one in found] == [(1, ""), (2, "")]
    assert b'"undone":{' in found[0].data
    assert save_suggestions(found, tmp_path / "out") == 2
    (saved,) = (tmp_path / "out").glob("plant-box-000001-*.json")
    assert saved.read_bytes() == found[0].data


def test_what_is_taught_after_everything_was_forgotten_is_told_too(tmp_path: Path, payloads: list[bytes]) -> None:
    journal = Journal(tmp_path / "state", site="plant", device="box")
    journal.set_aside()
    journal.write(SUBJECT, threshold(1.7), BASIS)
    anew = told(journal, 1, 4)
    found = read_suggestions([*payloads, anew], read_key(tmp_path / "box.pem"))
    assert [(one.number, b'"threshold":1.7' in one.data) for one in found] == [(1, False), (2, False), (1, True)]
    assert save_suggestions(found, tmp_path / "out") == len(list((tmp_path / "out").iterdir())) == 3


def test_what_was_changed_or_comes_from_elsewhere_is_not_believed(tmp_path: Path, payloads: list[bytes]) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other.pem").write_text(make_key(tmp_path / "other").public_pem)
    changed = payloads[1].replace(b'"threshold":1.2', b'"threshold":9.2')
    assert changed != payloads[1]
    stolen = payloads[1].replace(b"\n\x03box", b"\n\x03bax")
    key = read_key(tmp_path / "box.pem")
    reasons = [one.trouble for payload in (changed, stolen) for one in read_suggestions([payload], key)]
    assert reasons == ["it was changed after the device signed it", "'box' signed what 'bax' sent"]
    (foreign,) = read_suggestions(payloads[:1], read_key(tmp_path / "other.pem"))
    assert foreign.trouble == "another key signed it"
    assert save_suggestions([foreign], tmp_path / "out") == 0
    (tmp_path / "none.pem").write_text("no key")
    with pytest.raises(WrongUse, match="local key"):
        read_key(tmp_path / "none.pem")


def test_the_command_saves_them_and_says_what_it_refused(tmp_path: Path, payloads: list[bytes]) -> None:
    store = EventStore(StoreSettings(url=f"sqlite:///{tmp_path}/events.db"))
    store.add([read_message("linewatch/v1/plant/box/events", payload, 1 << 20) for payload in payloads[:3]])
    store.close()
    config = tmp_path / "cloud.toml"
    config.write_text(f'[events.store]\nurl = "sqlite:///{tmp_path}/events.db"\n')

    def run(*more: str) -> tuple[int, str]:
        done = CliRunner().invoke(
            app, ["events", "--config", str(config), "--suggestions", str(tmp_path / "out"), *more]
        )
        return done.exit_code, done.output

    assert run("--device-key", str(tmp_path / "box.pem"), "--json", str(tmp_path / "told.json"))[0] == 0
    result = json.loads((tmp_path / "told.json").read_text())
    assert (result["saved"], result["checked"]) == (2, True)
    assert all((tmp_path / "out" / one["file"]).is_file() for one in result["suggestions"])
    code, said = run()
    assert code == 0
    assert "signatures were not checked" in said
    assert "threshold 1 -> 1.2  plant-box-000002-" in said
    (tmp_path / "other").mkdir()
    (tmp_path / "other.pem").write_text(make_key(tmp_path / "other").public_pem)
    code, said = run("--device-key", str(tmp_path / "other.pem"))
    assert code == 3
    assert "refused: another key signed it" in said
