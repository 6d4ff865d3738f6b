import threading
import time

import numpy as np

from linewatch.edge.capture.frame import Frame
from linewatch.edge.capture.mask import Mask
from linewatch.edge.infer.verdict import Judged, Verdict
from linewatch.edge.page.curve import Curve
from linewatch.edge.page.picture import Pictures, paint
from linewatch.edge.page.tap import Shown, Tap


def frame(number: int, *, side: int = 96, score: float = 0.5) -> Judged:
    pixels = np.full((side, side, 3), number % 256, np.uint8)
    anomaly_map = np.full((4, 4), score, np.float32)
    return Judged(Frame("c", number, pixels, number, float(number)), Verdict(score, 1.0, anomaly_map, None, "a" * 64))


def look_while_frames_come(tap: Tap, after: int, count: int) -> Shown | None:
    found: list[Shown | None] = []
    viewer = threading.Thread(target=lambda: found.append(tap.look(after, 5.0)))
    viewer.start()
    for number in range(count):
        tap.offer(frame(number))
        time.sleep(0.005)
    viewer.join()
    return found[0]


def test_nothing_is_kept_while_nobody_looks() -> None:
    tap = Tap(live_fps=10)
    for number in range(100):
        tap.offer(frame(number))
    assert tap.look(-1, 0.0) is None


def test_a_viewer_gets_the_next_frame_and_a_copy_of_it() -> None:
    tap = Tap(live_fps=1000)
    shown = look_while_frames_come(tap, -1, 20)
    assert shown is not None
    assert shown.pixels[0, 0, 0] == shown.number
    assert shown.pixels.flags.owndata
    newer = look_while_frames_come(tap, shown.number, 40)
    assert newer is not None
    assert newer.number != shown.number


def test_what_is_not_to_be_looked_at_is_not_shown() -> None:
    tap = Tap(live_fps=1000)
    mask = Mask(np.array([[False, True]]))
    found: list[Shown | None] = []
    viewer = threading.Thread(target=lambda: found.append(tap.look(-1, 5.0)))
    viewer.start()
    for number in range(20):
        seen = frame(200 + number)
        masked = Frame("c", number, seen.frame.picture.rgb(), number, float(number), mask=mask)
        tap.offer(Judged(masked, seen.verdict))
        time.sleep(0.005)
    viewer.join()
    (shown,) = found
    assert shown is not None
    assert shown.pixels[:, :48].min() >= 200
    assert shown.pixels[:, 48:].max() == 0


def test_viewers_share_what_is_kept_and_never_ask_for_more_than_the_rate() -> None:
    tap = Tap(live_fps=5)
    seen: set[int] = set()
    stop = threading.Event()

    def watch() -> None:
        after = -1
        while not stop.is_set():
            shown = tap.look(after, 0.2)
            if shown is not None:
                after = shown.number
                seen.add(after)

    viewers = [threading.Thread(target=watch) for _ in range(4)]
    for viewer in viewers:
        viewer.start()
    begun = time.monotonic()
    number = 0
    while time.monotonic() - begun < 1.0:
        tap.offer(frame(number := number + 1))
        time.sleep(0.002)
    passed_s = time.monotonic() - begun
    stop.set()
    for viewer in viewers:
        viewer.join()
    assert 1 <= len(seen) <= 5 * passed_s + 2


def test_an_old_frame_stands_in_for_a_silent_camera_until_it_is_forgotten() -> None:
    tap = Tap(live_fps=1000)
    shown = look_while_frames_come(tap, -1, 20)
    assert shown is not None
    assert tap.look(-1, 0.05) is shown
    assert tap.look(shown.number, 0.05) is None
    tap.forget()
    assert tap.look(-1, 0.05) is None


def test_everybody_who_waits_gets_an_anomalous_frame_and_nobody_else_a_normal_one() -> None:
    tap = Tap(live_fps=1000)
    found: list[Judged | None] = []
    viewers = [threading.Thread(target=lambda: found.append(tap.anomalous(10.0))) for _ in range(3)]
    for viewer in viewers:
        viewer.start()
    number = 0
    while any(viewer.is_alive() for viewer in viewers):
        tap.offer(frame(number := number + 1, score=1.5 if number % 5 == 0 else 0.5))
        time.sleep(0.005)
    assert [one is not None and one.verdict.anomalous for one in found] == [True] * 3
    assert tap.anomalous(0.01) is None


def test_nobody_waits_longer_behind_another_who_waits() -> None:
    tap = Tap(live_fps=1000)
    first = threading.Thread(target=lambda: tap.anomalous(1.0))
    first.start()
    time.sleep(0.1)
    begun = time.monotonic()
    assert tap.anomalous(0.2) is None
    assert time.monotonic() - begun < 0.6
    first.join()


def test_large_frames_are_thinned_out() -> None:
    tap = Tap(live_fps=1000)
    found: list[Shown | None] = []
    viewer = threading.Thread(target=lambda: found.append(tap.look(-1, 5.0)))
    viewer.start()
    large = frame(7, side=4000)
    while viewer.is_alive():
        tap.offer(large)
        time.sleep(0.01)
    assert found[0] is not None
    assert found[0].pixels.shape == (1000, 1000, 3)


def test_a_picture_is_made_once_for_all_viewers_and_shows_the_heat() -> None:
    judged = frame(1, score=1.5)
    shown = Shown(number=1, time_unix_ns=0, kept_s=0.0, pixels=judged.frame.picture.rgb(), verdict=judged.verdict)
    pictures = Pictures()
    heat = pictures.encode("c", shown, heat=True)
    assert pictures.encode("c", shown, heat=True) is heat
    assert pictures.encode("c", shown, heat=False) != heat
    assert not np.array_equal(paint(shown), shown.pixels)
    pictures.forget()
    assert pictures.encode("c", shown, heat=True) is not heat


def test_the_curve_holds_the_highest_of_each_second_of_two_minutes() -> None:
    curve = Curve()
    for at in range(300):
        curve.add(at + 0.1, 0.2)
        curve.add(at + 0.5, 0.1 * (at % 7))
        curve.add(at - 3.0, 9.0)
    points = curve.points(299.9)
    assert len(points) == 120
    assert points[-1] == (0, max(0.2, 0.1 * (299 % 7)))
    assert [ago for ago, _ in points] == list(range(119, -1, -1))
    assert curve.points(400.0)[0][0] == 119
