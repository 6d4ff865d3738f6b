"""The demo's HTML report: one file, pictures inside."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from linewatch.cloud.demo.result import DemoResult


@dataclass(frozen=True, kw_only=True)
class Exhibit:
    """A picture (JPEG) with the same picture under its heat map, and what to say of them."""

    title: str
    text: str
    picture_jpeg: bytes
    heat_jpeg: bytes


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything that the report shows.

    `table` has the rows (what, teacher, student in FP32, student in INT8); `pictures` are test pictures, `events` what
    came home; `histogram` is SVG.
    """

    name: str
    data: str
    result: DemoResult
    table: Sequence[tuple[str, str, str, str]]
    histogram: str
    pictures: Sequence[Exhibit]
    events: Sequence[Exhibit]


def write_report(path: Path, report: Report) -> None:
    """Render `report` to `path`."""
    environment = Environment(
        loader=PackageLoader("linewatch.cloud.demo", "templates"), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["data_url"] = _data_url
    html = environment.get_template("report.html.j2").render(report=report, result=report.result)
    path.write_text(html, encoding="utf-8")


def _data_url(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")
