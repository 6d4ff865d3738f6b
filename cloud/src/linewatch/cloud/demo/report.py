"""The demo's HTML report: one file, pictures inside."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from linewatch.cloud.charts.exhibit import Exhibit
from linewatch.cloud.charts.page import page_environment
from linewatch.cloud.demo.result import DemoResult


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything that the report shows.

    `table` has the rows (what, teacher, student in FP32, student in INT8); `pictures` are test pictures, `events` what
    came home, `missed` the defective parts without an event; `histogram` is SVG.
    """

    name: str
    data: str
    result: DemoResult
    table: Sequence[tuple[str, str, str, str]]
    histogram: str
    pictures: Sequence[Exhibit]
    events: Sequence[Exhibit]
    missed: Sequence[Exhibit]


def write_report(path: Path, report: Report) -> None:
    """Render `report` to `path`."""
    template = page_environment("linewatch.cloud.demo").get_template("report.html.j2")
    path.write_text(template.render(report=report, result=report.result), encoding="utf-8")
