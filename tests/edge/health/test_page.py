from html.parser import HTMLParser

from edge.health.snapshots import snapshot
from linewatch.edge.health.page import status_page


class Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data + " "


def shown(refusal: str = "") -> Text:
    text = Text()
    text.feed(status_page(snapshot(), site="plant <1>", device="box", refusal=refusal).decode())
    return text


def test_it_says_how_the_device_is() -> None:
    text = shown().text
    for expected in (
        "box",
        "plant <1>",
        "washers, release 7",
        "5 messages",
        "online",
        "gate & yard",
        "silent",
        "promised 2, expected 0.25",
        "2.5 kB of 98 MB (1 : 39,000)",
    ):
        assert expected in text
    assert "<no frame for 5 s>" in text
    assert "refused" not in text


def test_a_refused_update_stands_out_and_nothing_runs_in_it() -> None:
    page = shown("the release is <b>older</b>")
    assert "the release is <b>older</b>" in page.text
    assert not {"script", "b", "img"} & set(page.tags)
