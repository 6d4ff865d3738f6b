import random
import threading
from dataclasses import replace

import numpy as np
import pytest

from edge.judged import judged
from linewatch.edge.capture.picture import Picture
from linewatch.edge.capture.pixel_form import PixelForm
from linewatch.edge.decide.desk import Desk
from linewatch.edge.decide.draft import Draft
from linewatch.edge.decide.event import Phase
from linewatch.edge.decide.settings import DecisionSettings, PartSettings
from linewatch.edge.errors import InferenceError
from linewatch.edge.infer.batch import Result
from linewatch.edge.infer.verdict import Judged, Unjudged
from linewatch.edge.ring.lane import Mark


@pytest.mark.parametrize("seed", range(3))
def test_workers_that_overtake_each_other_do_not_change_the_events(seed: int) -> None:
    scores = [0.0] * 10 + [2.0] * 10 + [0.0] * 10
    results: list[Result] = [judged(number, score) for number, score in enumerate(scores)]
    results[12] = Unjudged(0, InferenceError("broken frame"))
    results.append(Mark.STREAM_ENDED)
    drafts: list[Draft] = []
    failures: list[InferenceError] = []
    desk = Desk(
        DecisionSettings(update_seconds=1000), emit=drafts.append, on_failure=failures.append, clock=lambda: 1.0
    )
    tickets = list(range(len(results)))
    random.Random(seed).shuffle(tickets)

    def deliver(half: list[int]) -> None:
        for ticket in half:
            desk.deliver(ticket, results[ticket])

    threads = [threading.Thread(target=deliver, args=(half,)) for half in (tickets[::2], tickets[1::2])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(draft.phase, draft.first_frame, draft.last_frame) for draft in drafts] == [
        (Phase.OPENED, 10, 11),
        (Phase.CLOSED, 10, 19),
    ]
    assert (desk.tally.judged, desk.tally.anomalous, desk.tally.failed) == (29, 9, 1)
    assert desk.tally.by_bundle == {"a" * 64: 29}
    assert len(failures) == 1


def test_a_frame_that_cannot_be_decided_ends_neither_the_worker_nor_the_camera() -> None:
    failures: list[InferenceError] = []
    drafts: list[Draft] = []
    rules = DecisionSettings(mode="part", part=PartSettings(by="gap"))
    desk = Desk(rules, emit=drafts.append, on_failure=failures.append, clock=lambda: 1.0)
    strange, torn = judged(0, 2.0), Picture(PixelForm.RGB8, (np.zeros(3, np.uint8),))
    desk.deliver(1, judged(1, 0.0))
    desk.deliver(0, Judged(replace(strange.frame, picture=torn), strange.verdict))
    assert (len(failures), desk.tally.judged) == (1, 2)
    assert "not decided" in str(failures[0])
