"""Parts start in order and stop in reverse, whatever one of them does."""

import asyncio
from typing import Any

import pytest

from linewatch.cloud.errors import PortInUse
from linewatch.cloud.service.service import Service


class Noted:
    """A part that writes down what happens to it."""

    def __init__(self, name: str, notes: list[str], error: Exception | None = None) -> None:
        self.name, self.notes, self.error = name, notes, error

    async def start(self) -> None:
        self.notes.append(f"start {self.name}")
        if self.error is not None:
            raise self.error

    async def stop(self) -> None:
        self.notes.append(f"stop {self.name}")

    def health(self) -> dict[str, Any]:
        return {"ok": self.error is None}


def test_parts_stop_in_reverse() -> None:
    async def run() -> list[str]:
        notes: list[str] = []
        stop = asyncio.Event()
        service = Service([Noted("a", notes), Noted("b", notes)])
        stop.set()
        await service.run(lambda: notes.append("ready"), stop)
        return notes

    assert asyncio.run(run()) == ["start a", "start b", "ready", "stop b", "stop a"]


def test_a_part_that_cannot_start_stops_those_before_it() -> None:
    notes: list[str] = []
    parts = [Noted("a", notes), Noted("b", notes, PortInUse("taken")), Noted("c", notes)]

    async def run() -> None:
        await Service(parts).run(lambda: notes.append("ready"), asyncio.Event())

    with pytest.raises(PortInUse):
        asyncio.run(run())
    assert notes == ["start a", "start b", "stop b", "stop a"]


def test_one_part_in_trouble_is_a_degraded_service() -> None:
    assert Service([Noted("a", [])]).health()["status"] == "ok"
    answer = Service([Noted("a", []), Noted("b", [], PortInUse("taken"))]).health()
    assert (answer["status"], answer["parts"]["b"]["ok"]) == ("degraded", False)
