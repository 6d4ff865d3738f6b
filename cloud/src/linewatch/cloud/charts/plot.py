"""A rectangle with axes, as SVG that follows the page's own colours."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 440, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 14, 14, 44

COLOURS = ("#457b9d", "#2a9d8f", "#e76f51", "#8a5fbf", "#c0941f")
"""Of curves, in order; told apart by people who see few colours, on light and dark pages."""


@dataclass(frozen=True, kw_only=True)
class Axis:
    """From `low` to `high`, with `ticks` that are written."""

    name: str
    low: float
    high: float
    ticks: Sequence[float]

    def share(self, value: float) -> float:
        """Where `value` lies, 0..1 of the axis."""
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True, kw_only=True)
class Plot:
    """Two axes; gives places in pixels and the finished SVG."""

    title: str
    x: Axis
    y: Axis

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Pixels from the left and from the top."""
        across = _LEFT + (WIDTH - _LEFT - _RIGHT) * self.x.share(x)
        down = _TOP + (HEIGHT - _TOP - _BOTTOM) * (1 - self.y.share(y))
        return round(across, 1), round(down, 1)

    def svg(self, marks: Sequence[str]) -> str:
        """The axes with `marks` on them."""
        bottom, left = HEIGHT - _BOTTOM, _LEFT
        parts = [f'<path d="M{left} {_TOP}V{bottom}H{WIDTH - _RIGHT}" fill="none" stroke="currentColor"/>']
        for tick in self.x.ticks:
            across, _ = self.place(tick, self.y.low)
            parts.append(_text(across, bottom + 16, f"{tick:g}", "middle"))
        for tick in self.y.ticks:
            _, down = self.place(self.x.low, tick)
            parts.append(f'<path d="M{left} {down}H{WIDTH - _RIGHT}" stroke="currentColor" opacity=".12"/>')
            parts.append(_text(left - 6, down + 4, f"{tick:g}", "end"))
        middle = (_LEFT + WIDTH - _RIGHT) / 2
        parts.append(_text(middle, HEIGHT - 8, self.x.name, "middle"))
        height = (HEIGHT - _BOTTOM + _TOP) / 2
        parts.append(
            f'<text transform="rotate(-90 14 {height})" x="14" y="{height}" font-size="12" text-anchor="middle" '
            f'fill="currentColor">{escape(self.y.name)}</text>'
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'aria-label="{escape(self.title)}" font-family="system-ui, sans-serif">'
            f"<title>{escape(self.title)}</title>{''.join(parts)}{''.join(marks)}</svg>"
        )


def label(place: tuple[float, float], text: str) -> str:
    """A word above a place."""
    return _text(place[0], place[1] - 9, text, "middle")


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" font-size="12" text-anchor="{anchor}" fill="currentColor">{escape(text)}</text>'
