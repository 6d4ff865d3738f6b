"""The processor, the memory, the service manager, and the pages."""

from pathlib import Path

import pytest

from linewatch.edge.config import EdgeSettings
from linewatch.edge.doctor.finding import Level
from linewatch.edge.doctor.page import look_at_page
from linewatch.edge.doctor.processor import judge_memory, judge_processor, look_at_processor
from linewatch.edge.doctor.service import judge_unit

GOOD_UNIT = {
    "LoadState": "loaded",
    "UnitFileState": "enabled",
    "WatchdogUSec": "1min",
    "Restart": "always",
    "NRestarts": "0",
    "ActiveState": "active",
}


def test_this_device_has_a_processor_and_memory() -> None:
    assert {"processor", "memory"} <= {finding.what for finding in look_at_processor()}


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"avx2", "avx512_vnni"}, "fast"),
        ({"asimd", "asimddp"}, "fast"),
        ({"avx2"}, "slowly"),
        ({"sse2"}, "too old"),
    ],
)
def test_processors_are_told_apart(flags: set[str], said: str) -> None:
    (found,) = judge_processor(frozenset(flags), "performance", 2)
    assert said in found.is_
    assert (found.level is Level.WELL) == (said == "fast")


def test_a_processor_that_saves_power_and_little_memory_are_doubted() -> None:
    assert [one.level for one in judge_processor(frozenset({"avx2", "avx_vnni"}), "powersave", 2)] == [
        Level.WELL,
        Level.DOUBT,
    ]
    assert [one.level for one in judge_memory({"MemAvailable": 100_000})] == [Level.DOUBT]
    assert [one.level for one in judge_memory({"MemAvailable": 4_000_000})] == [Level.WELL]
    assert list(judge_memory({})) == []


def test_a_unit_as_it_should_be() -> None:
    (found,) = judge_unit(GOOD_UNIT)
    assert found.level is Level.WELL


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"LoadState": "not-found"}, "not installed"),
        ({"UnitFileState": "disabled"}, "does not start with the device"),
        ({"WatchdogUSec": "0"}, "no watchdog"),
        ({"WatchdogUSec": "infinity"}, "no watchdog"),
        ({"Restart": "no"}, "not started again"),
        ({"NRestarts": "7"}, "started again 7 times"),
    ],
)
def test_what_a_unit_lacks_is_told_with_what_to_do(change: dict[str, str], said: str) -> None:
    (found,) = judge_unit({**GOOD_UNIT, **change})
    assert found.level is Level.DOUBT
    assert said in found.is_
    assert found.advice


def pages(**tables: object) -> list[tuple[str, Level]]:
    table = {"cameras": [{"name": "c", "source": "simulated:"}], **tables}
    settings = EdgeSettings.model_validate(table, strict=False)
    return [(finding.what.rpartition(" ")[0], finding.level) for finding in look_at_page(settings)]


def test_pages_that_strangers_can_read_are_doubted(tmp_path: Path) -> None:
    (tmp_path / "good").write_text("correct-horse\n")
    (tmp_path / "short").write_text("horse\n")
    assert pages() == []
    assert pages(health={"listen": "0.0.0.0:9641"}) == [("status page", Level.DOUBT)]
    for listen, name, level in (
        ("127.0.0.1:1", "good", Level.WELL),
        ("0.0.0.0:1", "good", Level.DOUBT),
        ("127.0.0.1:1", "short", Level.FAULT),
        ("127.0.0.1:1", "none", Level.FAULT),
    ):
        assert pages(page={"listen": listen, "password_file": tmp_path / name}) == [("local page", level)]
