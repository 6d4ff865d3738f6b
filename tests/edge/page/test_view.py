from dataclasses import replace

import pytest

from edge.health.snapshots import CAMERA, snapshot
from linewatch.edge.page.facts import Device, bundle_facts, camera_facts, cloud_facts
from linewatch.edge.page.tap import Tap
from linewatch.edge.page.view import live_page


@pytest.mark.parametrize(
    ("alive", "gave_up", "said"),
    [
        (True, False, '<span class="pill good">delivers</span>'),
        (False, False, '<span class="pill bad">silent</span>'),
        (False, True, '<span class="pill bad">given up</span>'),
    ],
)
def test_a_page_without_its_script_says_of_cameras_what_it_would_say_with_it(
    alive: bool, gave_up: bool, said: str
) -> None:
    whole = snapshot()
    device = Device(site="s", name="d", snapshot=lambda: whole, bundle_since_s=lambda: 0.0)
    camera = replace(CAMERA, alive=alive, gave_up=gave_up, error="<the cable>")
    state = {
        "cameras": [camera_facts(camera, Tap(live_fps=1))],
        "bundle": bundle_facts(device, whole),
        "cloud": cloud_facts(whole),
        "warnings": ["the disk is <full>"],
        "events": [],
        "events_open": 0,
    }
    page = live_page(device, state, "token").decode()
    assert said in page
    assert '<p class="alert">the disk is &lt;full&gt;</p>' in page
    assert "<the cable>" not in page
    assert ("&lt;the cable&gt;" in page) is not alive
