import importlib.util
import json
import re
import sys
from itertools import combinations
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from edge.health.snapshots import served_names

FOLDER = Path(__file__).parents[2] / "deploy/dashboards"


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_dashboard", FOLDER / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "linewatch-edge.json").read_text())
    return found


def test_the_file_is_what_the_script_writes(build: ModuleType) -> None:
    assert (FOLDER / "linewatch-edge.json").read_text() == build.text(), "run: python deploy/dashboards/build.py"


def test_every_metric_that_it_asks_for_is_told_by_devices(dashboard: dict[str, Any]) -> None:
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    queries += [variable["query"] for variable in dashboard["templating"]["list"]]
    asked = {name for query in queries for name in re.findall(r"\b(?:linewatch|process)_\w+", query)}
    assert len(asked) > 20
    assert asked - served_names() == set()


def test_what_an_operator_is_woken_for_is_asked_for(dashboard: dict[str, Any]) -> None:
    text = json.dumps(dashboard)
    cameras, spool = (
        ("camera_up", "promise_broken"),
        ("events_lost", "spool_evicted", "spool_disk_full", "spool_failing"),
    )
    for name in (*cameras, *spool, "broker_up", "update_refused"):
        assert f"linewatch_{name}" in text


def test_panels_lie_beside_each_other_and_say_what_they_show(dashboard: dict[str, Any]) -> None:
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        if panel["type"] != "row":
            assert panel["title"]
            assert panel["description"].endswith(".")
            assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"]) > 0
    for one, other in combinations((panel["gridPos"] for panel in panels), 2):
        apart = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert apart or below


def test_queries_are_balanced(dashboard: dict[str, Any]) -> None:
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            for opening, closing in ("()", "[]", "{}"):
                assert target["expr"].count(opening) == target["expr"].count(closing), target["expr"]
            assert target["expr"].count('"') % 2 == 0
