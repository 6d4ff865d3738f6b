"""What the store gives out is what the device said, evidence included."""

import json
from pathlib import Path

from linewatch.cloud.events.message import read_message
from linewatch.cloud.events.settings import StoreSettings
from linewatch.cloud.events.store import EventStore
from linewatch.edge.decide.event import EventIdentity
from linewatch.edge.decide.proto import to_proto
from linewatch.edge.spool.simulated import simulated_event


def test_an_event_comes_out_as_it_went_in(tmp_path: Path) -> None:
    said = simulated_event(4)
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
    assert bare.evidence is None
    assert json.loads(json.dumps(stored.to_json()))["evidence"]["crop_jpeg"] == "600 bytes"
