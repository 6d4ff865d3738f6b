from dataclasses import replace

from linewatch.edge.decide.event import AnomalyEvent, Evidence, HealthEvent, HeatMap, Phase, Region
from linewatch.edge.page.recent import RecentEvents


def event(event_id: str, phase: Phase = Phase.OPENED, *, at: int = 1, jpeg: int = 100) -> AnomalyEvent:
    region = Region(x=0, y=0, width=8, height=8)
    evidence = Evidence(
        region=region, crop=region, crop_jpeg=b"x" * jpeg, heat_map=HeatMap(width=1, height=1, cells=b"\0")
    )
    return AnomalyEvent(
        camera="c",
        event_id=event_id,
        phase=phase,
        time_unix_ns=at,
        first_frame=0,
        last_frame=1,
        peak_frame=1,
        peak_score=2.0,
        threshold=1.0,
        frames_anomalous=2,
        frame_width=8,
        frame_height=8,
        bundle_digest="a" * 64,
        evidence=evidence,
    )


def test_messages_of_one_event_are_one() -> None:
    recent = RecentEvents(10)
    recent.add(event("a", at=1))
    recent.add(event("b", at=2))
    recent.add(event("a", Phase.CLOSED, at=9))
    assert [seen.event.event_id for seen in recent.newest()] == ["b", "a"]
    found = recent.find("a")
    assert found is not None
    assert (found.began_unix_ns, found.event.time_unix_ns, found.open) == (1, 9, False)
    assert recent.find("c") is None


def test_number_and_size_are_bounded() -> None:
    recent = RecentEvents(10)
    for number in range(100):
        recent.add(event(str(number)))
    assert [seen.event.event_id for seen in recent.newest()] == [str(number) for number in range(99, 89, -1)]
    small = RecentEvents(10, most_bytes=10_000)
    for number in range(100):
        small.add(event(str(number), jpeg=3000))
        small.add(event(str(number), Phase.CLOSED, jpeg=3000))
    assert [seen.event.event_id for seen in small.newest()] == ["99", "98"]
    small.add(event("large", jpeg=50_000))
    assert [seen.event.event_id for seen in small.newest()] == ["large"]


def test_events_about_cameras_and_without_evidence_are_kept_too() -> None:
    recent = RecentEvents(10)
    recent.add(HealthEvent(camera="c", event_id="h", phase=Phase.OPENED, time_unix_ns=1, reason="gone"))
    recent.add(replace(event("a"), evidence=None))
    assert len(recent.newest()) == 2


def test_the_film_of_an_earlier_message_stays() -> None:
    recent = RecentEvents(10)
    first, later = event("a"), event("a", Phase.CLOSED, at=9)
    assert first.evidence is not None
    filmed = replace(first, evidence=replace(first.evidence, clip=b"film", clip_type="video/mp4"))
    recent.add(filmed)
    recent.add(later)
    seen = recent.find("a")
    assert seen is not None
    assert isinstance(seen.event, AnomalyEvent)
    assert seen.event.evidence is not None
    assert (seen.event.evidence.clip, seen.open) == (b"film", False)
    recent.add(replace(later, evidence=None))
    seen = recent.find("a")
    assert seen is not None
    assert isinstance(seen.event, AnomalyEvent)
    assert seen.event.evidence is not None


def test_an_event_that_goes_on_is_kept_before_those_that_are_over() -> None:
    recent = RecentEvents(3)
    recent.add(event("long", at=1))
    for number in range(10):
        recent.add(event(f"short {number}", Phase.CLOSED, at=2 + number))
        recent.add(event("long", Phase.UPDATED, at=2 + number))
    found = recent.find("long")
    assert found is not None
    assert found.began_unix_ns == 1
