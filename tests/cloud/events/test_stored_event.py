"""What the store gives out is what the device said, evidence included."""

import json
from dataclasses import replace
from pathlib import Path

from linewatch.cloud.events.message import read_message
from linewatch.cloud.events.settings import StoreSettings
from linewatch.cloud.events.store import EventStore
from linewatch.edge.decide.event import EventIdentity, Region, Severity
from linewatch.edge.decide.proto import to_proto
from linewatch.edge.spool.simulated import simulated_event


def test_an_event_comes_out_as_it_went_in(tmp_path: Path) -> None:
    simulated = simulated_event(4)
    assert simulated.evidence is not None
    places = (simulated.evidence.region, Region(x=1, y=2, width=3, height=4))
    shown = replace(simulated.evidence, regions=places, clip=b"film", clip_type="video/mp4")
    said = replace(simulated, evidence=shown, severity=Severity.HIGH, part=4711)
    identity = EventIdentity(device="box", boot="ab" * 16, sequence=1)
    payload = to_proto(said, identity, "plant").SerializeToString()
    store = EventStore(StoreSettings(url=f"sqlite:///{tmp_path}/events.db"))
    store.add([read_message("linewatch/v1/plant/box/events", payload, 1 << 20)])
    (stored,) = store.events(evidence=True)
    (bare,) = store.events()
    store.close()
    assert (stored.device, stored.boot, stored.sequence, stored.site) == ("box", "ab" * 16, 1, "plant")
    names = set(type(said).__dataclass_fields__) - {"evidence", "phase"}
    assert {name: getattr(stored, name) for name in names} == {name: getattr(said, name) for name in names}
    assert stored.phase == said.phase
    assert said.evidence is not None
    assert stored.evidence is not None
    assert stored.evidence.crop_jpeg == said.evidence.crop_jpeg
    assert stored.evidence.heat_map.cells == said.evidence.heat_map.cells
    assert (stored.evidence.region.x, stored.evidence.region.y) == (said.evidence.region.x, said.evidence.region.y)
    found = [(region.x, region.y, region.width, region.height) for region in stored.evidence.regions]
    assert found == [(region.x, region.y, region.width, region.height) for region in places]
    assert (stored.evidence.clip, stored.evidence.clip_type) == (b"film", "video/mp4")
    assert bare.evidence is None
    plain = json.loads(json.dumps(stored.to_json()))["evidence"]
    assert (plain["crop_jpeg"], plain["clip"]) == ("600 bytes", "4 bytes")
    assert plain["regions"][1] == {"x": 1, "y": 2, "width": 3, "height": 4}
