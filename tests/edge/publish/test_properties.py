"""The packed properties are, byte for byte, what the client library would have written."""

from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from linewatch.edge.publish.properties import PackedProperties

_texts = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")), max_size=80)


@given(attributes=st.lists(st.tuples(_texts, _texts), max_size=6), content_type=_texts)
def test_they_are_read_back_as_they_were_given(attributes: list[tuple[str, str]], content_type: str) -> None:
    packed = PackedProperties(attributes, content_type).pack()
    read = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    read.unpack(packed)  # type: ignore[no-untyped-call]
    assert list(getattr(read, "UserProperty", [])) == attributes
    assert getattr(read, "ContentType", "") == content_type
