"""Shows which layers of a target stay in floating point, and which lose most by quantization."""

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from linewatch.compiler.precision.mixed import Precision


def show_precision(console: Console, target: str, precision: "Precision") -> None:
    """Print the table of sensitivities if they were measured, and what was left in floating point."""
    if precision.layers:
        console.print(_table(target, precision), soft_wrap=False)
    if precision.floating or not precision.kept:
        layers = ", ".join(precision.floating) or "none"
        outcome = "" if precision.kept else "; that is still more than was allowed"
        console.print(
            f"{target}: layers in floating point: {layers}; quantization moves scores by "
            f"{precision.left.score_error:.2f} of their deviation, {precision.lost.score_error:.2f} with none{outcome}",
        )


def _table(target: str, precision: "Precision") -> Table:
    table = Table(title=f"what each layer loses in {target}", caption="ms a frame if left in floating point: estimated")
    for heading in ("layer", "share of the error", "scores move by", "image AUROC lost", "ms"):
        table.add_column(heading, justify="left" if heading == "layer" else "right")
    for one in precision.layers:
        cost = "" if one.cost_ms is None else f"{one.cost_ms:.3f}"
        name = f"{one.layer} *" if one.layer in precision.floating else one.layer
        table.add_row(name, f"{one.share:.1%}", f"{one.error:.3f}", f"{one.auroc_loss:.4f}", cost)
    return table
