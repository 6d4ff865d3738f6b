import re
from dataclasses import replace
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from edge.health.snapshots import served_names, snapshot
from linewatch.edge.health.metrics import Snapshot, exposition


def samples(shown: Snapshot) -> dict[tuple[str, ...], float]:
    """Values by name and labels, as a scraper reads them."""
    return {
        (sample.name, *(f"{key}={value}" for key, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(exposition(shown).decode())
        for sample in family.samples
    }


def test_a_scraper_reads_what_the_agent_did() -> None:
    found = samples(snapshot())
    assert found["linewatch_frames_judged_total", "camera=line-1"] == 90
    assert found["linewatch_frames_skipped_total", "camera=line-1", "reason=too early"] == 2
    assert found["linewatch_camera_up", "camera=gate & yard"] == 0
    assert found["linewatch_frame_latency_seconds_bucket", "camera=line-1", "le=0.01"] == 89
    assert found["linewatch_frame_latency_seconds_bucket", "camera=line-1", "le=+Inf"] == 90
    assert found["linewatch_frame_latency_seconds_sum", "camera=line-1"] == 0.25
    assert found["linewatch_update_info", "state=refused"] == 1
    assert found["linewatch_update_refused",] == 1
    assert found["linewatch_state_free_bytes",] == 123_456_789
    assert found["process_resident_memory_bytes",] > 1_000_000
    assert found["linewatch_events_total", "camera=line-1", "phase=updated"] == 5
    assert found["linewatch_alarms_per_hour", "bound=", "camera=line-1"] == 40
    assert found["linewatch_alarms_promised_per_hour", "camera=line-1"] == 2
    assert found["linewatch_alarms_predicted_per_hour", "camera=line-1"] == 0.25
    assert found["linewatch_promise_broken", "camera=line-1"] == 1
    assert found["linewatch_promise_broken", "camera=gate & yard"] == 0
    assert found["linewatch_bundle_info", f"digest={'ab' * 32}", "name=washers", "release=7"] == 1
    assert found["linewatch_spool_messages",] == 5
    assert found["linewatch_spool_disk_full",] == found["linewatch_spool_failing",] == 0
    assert found["linewatch_broker_up",] == 1
    assert found["linewatch_sent_bytes_total",] == 5000
    assert found["linewatch_camera_captured_bytes_total", "camera=line-1"] == 98_304_000
    assert found["linewatch_view_up", "view=json"] == 1
    assert found["linewatch_view_up", "view=sparkplug-b"] == 0
    assert found["linewatch_view_dropped_total", "view=json"] == 3
    assert found["linewatch_camera_sent_bytes_total", "camera=line-1"] == 2500


def test_what_is_not_there_is_not_told() -> None:
    found = samples(snapshot(publish=False, bundle=False))
    names = {name for name, *_ in found}
    assert not {"linewatch_broker_up", "linewatch_bundle_info"} & names
    assert "linewatch_spool_bytes" in names


def test_the_manual_names_what_is_served() -> None:
    manual = (Path(__file__).parents[3] / "docs/edge.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(linewatch_\w+)`", manual))
    assert len(named) >= 4
    assert named - served_names() == set()


def test_names_and_units_are_as_prometheus_wants_them() -> None:
    """The rules of `promtool check metrics`, as far as they are about what an exporter chooses."""
    foreign = {"milliseconds", "minutes", "hours", "days", "kilobytes", "megabytes", "bits", "percent", "ms", "mb"}
    for family in text_string_to_metric_families(exposition(snapshot()).decode()):
        name, kind, words = family.name, family.type, family.name.split("_")
        assert re.fullmatch(r"(linewatch|process)_[a-z0-9_]+", name)
        assert family.documentation, name
        assert not foreign & set(words), name
        assert not {"counter", "gauge", "histogram", "summary", "total", "bucket", "count", "sum"} & set(words), name
        if name.startswith("linewatch_"):
            assert family.documentation.endswith("."), name
        for sample in family.samples:
            assert sample.name.endswith("_total") == (kind == "counter"), sample.name
            assert ("le" in sample.labels) == sample.name.endswith("_bucket"), sample.name
            assert all(re.fullmatch(r"[a-z_]+", label) for label in sample.labels), sample.labels


def test_a_scraper_reads_that_the_disk_is_full() -> None:
    whole = snapshot()
    full = replace(whole.spool, trouble="the disk is full", disk_full=True)
    found = samples(replace(whole, spool=full, agent=replace(whole.agent, events_held=3)))
    assert found["linewatch_spool_disk_full",] == 1
    assert found["linewatch_events_held",] == 3
    assert found["linewatch_events_lost_total",] == 1
