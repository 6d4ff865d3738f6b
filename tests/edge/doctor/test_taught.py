from pathlib import Path

from edge.local.taught import BASIS, GOOD, SUBJECT
from linewatch.edge.config import EdgeSettings
from linewatch.edge.doctor.finding import Level
from linewatch.edge.doctor.taught import look_at_taught
from linewatch.edge.local.journal import Journal


def test_what_was_taught_is_looked_at_where_there_is_anything(tmp_path: Path) -> None:
    table = {
        "device": {"site": "s", "name": "d", "state": str(tmp_path)},
        "cameras": [{"name": "c", "source": "simulated:?fps=1"}],
    }
    settings = EdgeSettings.model_validate(table, strict=False)
    assert list(look_at_taught(settings)) == []
    journal = Journal(tmp_path, site="s", device="d")
    for _ in range(2):
        journal.write(SUBJECT, GOOD, BASIS)
    journal.undo(1)
    (found,) = look_at_taught(settings)
    assert (found.level, found.is_) == (Level.WELL, "1 change, as this device signed them")
    (journal.folder / "000002.json").write_bytes(b"{}")
    (found,) = look_at_taught(settings)
    assert found.level is Level.FAULT
    assert "local forget" in found.advice
