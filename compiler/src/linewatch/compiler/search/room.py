"""Which students fit into the memory of their target: it depends on the shape alone, like time."""

from collections.abc import Mapping

from linewatch.compiler.errors import TooLarge
from linewatch.compiler.graph.shrink import COLOURS
from linewatch.compiler.progress import Progress
from linewatch.compiler.prove.footprint import peak_memory_bytes
from linewatch.compiler.search.candidate import Candidate
from linewatch.compiler.search.cost import untaught_graph
from linewatch.compiler.settings import CompileSettings
from linewatch.compiler.target import TARGETS
from linewatch.protos.bundle import FrameStack, RegionOfInterest


def check_room(settings: CompileSettings, size: tuple[int, int], region: RegionOfInterest | None) -> None:
    """Refuse, before it is taught, a student that needs more memory than its targets may take.

    Args:
        settings: the student and what is allowed; without a limit everything is.
        size: height and width, in pixels, of what the student sees of a frame.
        region: what part of the frame that is.

    Raises:
        TooLarge: says by how much.
    """
    if settings.max_memory_mb is None:
        return
    for name in settings.targets:
        if not TARGETS[name].native:
            continue
        graph = untaught_graph(Candidate.of(settings), TARGETS[name], size, region)
        taken = peak_memory_bytes(graph, _shape(size, region, settings.student.stack))
        if taken > settings.max_memory_mb * 1e6:
            raise TooLarge(
                f"a student for {name} with pictures of {settings.student.height} x {settings.student.width} pixels "
                f"needs {taken / 1e6:.1f} MB of memory for a frame of {size[0]} x {size[1]} pixels, more than the "
                f"{settings.max_memory_mb:g} MB that it may have: give a smaller picture (--size) or smaller frames"
            )


def those_with_room(
    graphs: Mapping[str, bytes],
    size: tuple[int, int],
    region: RegionOfInterest | None,
    settings: CompileSettings,
    progress: Progress,
) -> dict[str, bytes]:
    """The graphs, by name, that need no more than is allowed.

    Raises:
        TooLarge: none does; says what the smallest needs.
    """
    limit = settings.max_memory_mb
    if limit is None:
        return dict(graphs)
    taken: dict[str, int] = {}
    for done, (name, graph) in enumerate(graphs.items()):
        taken[name] = peak_memory_bytes(graph, _shape(size, region, settings.student.stack))
        progress("measure memory", (done + 1) / len(graphs))
    fitting = {name: graphs[name] for name in graphs if taken[name] <= limit * 1e6}
    if not fitting:
        smallest = min(taken, key=lambda name: taken[name])
        raise TooLarge(
            f"no student needs as little as {limit:g} MB of memory for a frame of {size[0]} x {size[1]} "
            f"pixels; the smallest ({smallest}) needs {taken[smallest] / 1e6:.1f} MB: allow more, or smaller frames"
        )
    return fitting


def _shape(size: tuple[int, int], region: RegionOfInterest | None, stack: FrameStack | None) -> tuple[int, ...]:
    frame = size if region is None else region.frame_around(*size)
    return (*([] if stack is None else [stack.frames]), *frame, COLOURS)
