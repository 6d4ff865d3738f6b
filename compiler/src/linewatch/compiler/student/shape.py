"""What decides how large a student is and how it judges."""

from dataclasses import dataclass

from linewatch.compiler.errors import WrongUse
from linewatch.compiler.normal.moments import REGION
from linewatch.protos.bundle import FrameStack

GRID_PIXELS = 8
"""Pixels of the input picture per cell of the anomaly map."""

GAUSSIAN, DISCRIMINATOR, MOTION = "gaussian", "discriminator", "motion"
HEADS = (GAUSSIAN, DISCRIMINATOR, MOTION)

SIDE_STEP = GRID_PIXELS * REGION
LEAST_SIDE = 64
MOST_SIDE = 4096


@dataclass(frozen=True, kw_only=True)
class StudentShape:
    """What decides the size of a student, besides pruning.

    `height` and `width` are the picture's, in pixels, multiples of 32. `heads` say how it judges: `gaussian` by what is
    normal at each place, over `features` channels, the image score being the mean of the `score_cells` strangest cells;
    `discriminator` by what defects look like, with `hidden` channels and `found_cells`; `motion` by how things move, in
    stacks of `frames` frames that the camera took `step` frames apart.
    """

    height: int = 256
    width: int = 256
    heads: tuple[str, ...] = (GAUSSIAN,)
    score_cells: int = 10
    features: int = 48
    found_cells: int = 3
    hidden: int = 32
    frames: int = 1
    step: int = 1

    def __post_init__(self) -> None:
        check_size(self.size)
        cells = self.grid[0] * self.grid[1]
        for count in (self.score_cells, self.found_cells):
            if not 1 <= count <= cells:
                raise WrongUse(f"the score is the mean of 1 to {cells} cells, not {count}")
        if not self.heads or len(set(self.heads)) != len(self.heads) or set(self.heads) - set(HEADS):
            raise WrongUse(f"a student judges by one or more of {', '.join(HEADS)}, not by {self.heads}")
        if (MOTION in self.heads) != (self.frames > 1) or self.frames < 1 or self.step < 1:
            raise WrongUse(
                f"a student that judges by {', '.join(self.heads)} does not take {self.frames} frames, {self.step} "
                f"apart: '{MOTION}' needs 2 or more, the other heads 1"
            )
        if set(self.heads) <= {MOTION}:
            raise WrongUse("motion alone does not make a student: what things look like is judged as well")

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the picture, in pixels."""
        return self.height, self.width

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of the anomaly map."""
        return self.height // GRID_PIXELS, self.width // GRID_PIXELS

    @property
    def map_score_cells(self) -> int:
        """Of how many of the highest cells of the anomaly map the image score is the mean; 0 where several heads say
        theirs of maps of their own, of which only the highest cells are seen.
        """
        if self.heads == (GAUSSIAN,):
            return self.score_cells
        return self.found_cells if self.heads == (DISCRIMINATOR,) else 0

    @property
    def stack(self) -> FrameStack | None:
        """The stacks that it judges; None for single frames."""
        return FrameStack(frames=self.frames, step=self.step) if self.frames > 1 else None

    @property
    def has_normality(self) -> bool:
        """Whether it judges by what is normal at each place."""
        return GAUSSIAN in self.heads


def check_size(size: tuple[int, int]) -> tuple[int, int]:
    """Give (height, width) back if a student's picture can have it.

    Raises:
        WrongUse: a side is too small, too large, or no multiple of the step.
    """
    if any(side % SIDE_STEP or not LEAST_SIDE <= side <= MOST_SIDE for side in size):
        raise WrongUse(
            f"height and width of the picture must be multiples of {SIDE_STEP} from {LEAST_SIDE} to {MOST_SIDE}, "
            f"not {size[0]} x {size[1]}"
        )
    return size


def suited_heads(*, by_place: bool, labelled: bool, moving: bool = False) -> tuple[str, ...]:
    """How a student should judge: by what is normal at each place where that can be told (`by_place`), by what
    defects look like where some are labelled or nothing else is left, and by motion where there are stacks of frames.
    """
    looks = (GAUSSIAN, *([DISCRIMINATOR] if labelled else [])) if by_place else (DISCRIMINATOR,)
    return (*looks, MOTION) if moving else looks
