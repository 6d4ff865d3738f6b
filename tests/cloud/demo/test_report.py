from dataclasses import replace
from pathlib import Path

import numpy as np

from linewatch.cloud.charts.exhibit import Exhibit
from linewatch.cloud.charts.heat import jpeg, overlay
from linewatch.cloud.charts.histogram import score_histogram
from linewatch.cloud.demo.report import Report, write_report
from linewatch.cloud.demo.result import DemoResult

RESULT = DemoResult(
    fps=251.0, frames=2000, teacher_auroc=0.99, student_auroc=0.98, teacher_ms=50.0, student_fp32_ms=5.0,
    student_int8_ms=4.0, student_fp32_bytes=400, student_int8_bytes=100, size_ratio=4.0, miss_rate=0.0,
    false_alarm_rate=0.01, parts=100, parts_defective=12, parts_found=12, missed=[], events_opened=12,
    messages_spooled=24, events_received=24, events_stored=24, events_waiting=0, events_lost=0, events_duplicated=0,
    bytes_sent=1000, bytes_h264=1_000_000, seconds=100.0, report="report.html",
)  # fmt: skip


def test_the_report_is_one_file_and_escapes_what_others_wrote(tmp_path: Path) -> None:
    picture = np.full((64, 64, 3), 90, np.uint8)
    heat = np.linspace(0, 2, 64, dtype=np.float32).reshape(8, 8)
    exhibit = Exhibit(
        title="<script>alert(1)</script>",
        text="score 1.50",
        picture_jpeg=jpeg(picture),
        heat_jpeg=jpeg(overlay(picture, heat, low=0.0, high=2.0)),
    )
    report = Report(
        name="washers", data="60 pictures", result=RESULT, table=[("AUROC", "1", "2", "3")],
        histogram=score_histogram([0.4, 0.5], [1.5, 2.0], 1.0), pictures=[exhibit], events=[exhibit], missed=[],
    )  # fmt: skip
    write_report(tmp_path / "report.html", report)
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<script>" not in html
    assert html.count("data:image/jpeg;base64,") == 4
    assert "<svg" in html
    assert "http" not in html.replace("http://www.w3.org", "")


def test_the_report_shows_what_was_missed(tmp_path: Path) -> None:
    picture = jpeg(np.full((64, 64, 3), 90, np.uint8))
    exhibit = Exhibit(title="pit, frames 350 to 399", text="score 0.97", picture_jpeg=picture, heat_jpeg=picture)
    report = Report(
        name="washers", data="60 pictures", result=replace(RESULT, parts_found=11, missed=["pit, frames 350 to 399"]),
        table=[], histogram="", pictures=[], events=[], missed=[exhibit],
    )  # fmt: skip
    write_report(tmp_path / "report.html", report)
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "What was missed" in html
    assert "pit, frames 350 to 399" in html
    assert html.count("data:image/jpeg;base64,") == 2


def test_heat_is_hot_where_the_map_is_high() -> None:
    picture = np.zeros((40, 40, 3), np.uint8)
    heat = np.zeros((4, 4), np.float32)
    heat[:, 3] = 1.0
    laid = overlay(picture, heat, low=0.0, high=1.0)
    assert laid[20, 38, 0] > laid[20, 2, 0]


def test_the_threshold_is_labelled_inside_the_histogram() -> None:
    left, right = score_histogram([3.0], [4.0], 0.5), score_histogram([0.2], [0.3], 1.0)
    assert 'text-anchor="start">threshold 0.50' in left
    assert 'text-anchor="end">threshold 1.00' in right


def test_a_histogram_of_nothing_is_nothing() -> None:
    assert score_histogram([], [], 1.0) == ""
