"""The MQTT topics of Linewatch: `linewatch/v1/{site}/{device}/{events,acks,status}`.

Pure: builds, checks and parses names; sends nothing.
"""

from dataclasses import dataclass
from enum import StrEnum

ROOT = "linewatch/v1"
MAX_NAME_BYTES = 64

_FORBIDDEN = "/+#"
_LEVELS = 5


class TopicError(ValueError):
    """A name that cannot stand in a topic, or a topic that is not one of ours."""


class Channel(StrEnum):
    """What is said on a topic."""

    EVENTS = "events"
    ACKS = "acks"
    STATUS = "status"


@dataclass(frozen=True, kw_only=True, slots=True)
class Topic:
    """Where a message belongs. Its names are checked when it is made.

    Raises:
        TopicError: `site` or `device` cannot be part of a topic.
    """

    site: str
    device: str
    channel: Channel

    def __post_init__(self) -> None:
        check_name(self.site, "site")
        check_name(self.device, "device")

    def __str__(self) -> str:
        return f"{ROOT}/{self.site}/{self.device}/{self.channel}"


def topic(site: str, device: str, channel: Channel) -> str:
    """The topic on which `device` of `site` uses `channel`.

    Raises:
        TopicError: a name cannot be part of a topic.
    """
    return str(Topic(site=site, device=device, channel=channel))


def view_topic(site: str, device: str, view: str, *levels: str) -> str:
    """A topic of one of the views beside the durable stream: `linewatch/v1/{site}/{device}/{view}/...`.

    Raises:
        TopicError: a name cannot be part of a topic.
    """
    names = [check_name(site, "site"), check_name(device, "device"), check_name(view, "view")]
    return "/".join([ROOT, *names, *(check_name(level, "level of a topic") for level in levels)])


def topic_filter(channel: Channel) -> str:
    """The subscription that matches `channel` of every device of every site."""
    return f"{ROOT}/+/+/{channel}"


def parse_topic(text: str) -> Topic:
    """Take a topic apart; the inverse of `topic`.

    Raises:
        TopicError: the topic has another shape, version or channel, or a name that `topic` would refuse.
    """
    levels = text.split("/")
    if len(levels) != _LEVELS or "/".join(levels[:2]) != ROOT:
        raise TopicError(f"topic {text!r} is not {ROOT}/<site>/<device>/<{'|'.join(Channel)}>")
    _, _, site, device, channel = levels
    if channel not in list(Channel):
        raise TopicError(f"topic {text!r} ends in {channel!r}; known are {', '.join(Channel)}")
    return Topic(site=site, device=device, channel=Channel(channel))


def check_name(name: str, what: str) -> str:
    """`name` itself, if it can be a level of a topic; `what` says in an error what it names.

    Raises:
        TopicError: empty, longer than 64 bytes in UTF-8, with one of `/ + #`, or with an unprintable character.
    """
    if not name:
        raise TopicError(f"the name of the {what} is empty; give it one")
    bad = [character for character in name if character in _FORBIDDEN or not character.isprintable()]
    if bad:
        raise TopicError(f"the {what} {name!r} holds {bad[0]!r}; use letters, digits, '-', '_', '.' and spaces")
    size = len(name.encode())
    if size > MAX_NAME_BYTES:
        raise TopicError(f"the {what} {name[:16]!r}... is {size} bytes long; at most {MAX_NAME_BYTES} fit")
    return name
