from dataclasses import replace
from html.parser import HTMLParser

from edge.health.snapshots import CAMERA, snapshot
from linewatch.edge.health.page import status_page
from linewatch.edge.local.status import LocalStatus


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
        "onnx-cpu-int8 in openvino",
        "5 messages",
        "online",
        "gate & yard",
        "silent",
        "promised 2, expected 0.25",
        "2.5 kB of 98 MB (1 : 39,000)",
        "messages given up",
        "cannot reach <it>",
    ):
        assert expected in text
    assert "<no frame for 5 s>" in text
    assert "refused" not in text


def test_a_refused_update_stands_out_and_nothing_runs_in_it() -> None:
    page = shown("the release is <b>older</b>")
    assert "the release is <b>older</b>" in page.text
    assert not {"script", "b", "img"} & set(page.tags)


def test_what_was_taught_here_is_shown_and_a_refusal_stands_out() -> None:
    taught = LocalStatus(in_force=("1: good, from 2 pictures (<paint>)",), elsewhere=3)
    camera = replace(CAMERA, frames_taught_good=1234)
    told = snapshot()
    told = replace(told, local=taught, agent=replace(told.agent, cameras=(camera,)))
    page = status_page(told, site="s", device="d", refusal="").decode()
    assert "1: good, from 2 pictures (&lt;paint&gt;)" in page
    assert "3 changes to other bundles, not in force here" in page
    assert "1,234 taught good" in page
    refused = replace(told, local=LocalStatus(trouble="<changed>"))
    assert "<span class=bad>&lt;changed&gt;" in status_page(refused, site="s", device="d", refusal="").decode()


def test_a_camera_that_is_not_tried_any_more_is_told_from_a_silent_one() -> None:
    told = snapshot()
    for gave_up, said in ((False, "silent"), (True, "given up")):
        camera = replace(CAMERA, alive=False, gave_up=gave_up)
        page = status_page(
            replace(told, agent=replace(told.agent, cameras=(camera,))), site="s", device="d", refusal=""
        ).decode()
        assert f"<span class=bad>{said}</span>" in page


def test_what_is_wrong_and_goes_on_stands_first() -> None:
    whole = replace(snapshot(), warnings=("the disk is <full>", "gate: far more alarms"))
    text = Text()
    text.feed(status_page(whole, site="s", device="d", refusal="").decode())
    assert text.text.index("the disk is <full>") < text.text.index("gate: far more alarms") < text.text.index("bundle")
    assert "messages lost" in text.text
