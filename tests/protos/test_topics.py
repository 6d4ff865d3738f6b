"""Topics: built and parsed without loss, and every bad name refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.protos.topics import MAX_NAME_BYTES, ROOT, Channel, TopicError, parse_topic, topic, topic_filter

_printable = st.characters(exclude_characters="/+#").filter(str.isprintable)
_names = st.text(_printable, min_size=1, max_size=20).filter(lambda name: len(name.encode()) <= MAX_NAME_BYTES)


@given(site=_names, device=_names, channel=st.sampled_from(Channel))
def test_parse_undoes_build(site: str, device: str, channel: Channel) -> None:
    parsed = parse_topic(topic(site, device, channel))
    assert (parsed.site, parsed.device, parsed.channel) == (site, device, channel)


@given(site=_names, device=_names, channel=st.sampled_from(Channel))
def test_filter_has_the_levels_of_every_topic_of_its_channel(site: str, device: str, channel: Channel) -> None:
    pairs = zip(topic_filter(channel).split("/"), topic(site, device, channel).split("/"), strict=True)
    assert all(pattern in ("+", level) for pattern, level in pairs)


@pytest.mark.parametrize("name", ["", "a/b", "a+b", "#", "nul\0", "line\nbreak", "\ud800", "x" * 65, "é" * 33])
@pytest.mark.parametrize("what", ["site", "device"])
def test_bad_names_are_refused_by_what_they_name(name: str, what: str) -> None:
    names = {"site": "s", "device": "d", what: name}
    with pytest.raises(TopicError, match=what):
        topic(names["site"], names["device"], Channel.EVENTS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "linewatch",
        f"{ROOT}/s/d",
        f"{ROOT}/s/d/orders",
        "linewatch/v2/s/d/events",
        f"{ROOT}/s/d/events/x",
        f"{ROOT}//d/acks",
    ],
)
def test_other_topics_are_refused(text: str) -> None:
    with pytest.raises(TopicError):
        parse_topic(text)


@given(st.text())
def test_any_text_parses_back_to_itself_or_is_refused(text: str) -> None:
    try:
        parsed = parse_topic(text)
    except TopicError:
        return
    assert str(parsed) == text
