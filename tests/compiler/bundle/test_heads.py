import numpy as np
import pytest
import torch

from linewatch.compiler.bundle.heads import ENOUGH_LABELLED, heads_for, settle_heads
from linewatch.compiler.bundle.threshold import Budget, decide
from linewatch.compiler.graph.shrink import Shrink
from linewatch.compiler.pictures import LabelledPicture
from linewatch.compiler.student.shape import DISCRIMINATOR, GAUSSIAN, StudentShape
from linewatch.compiler.student.student import Student, batches
from linewatch.compiler.student.trunk import DEEP
from linewatch.compiler.teacher import UInt8Array

SHRINK = Shrink((64, 64))
NORMAL = list(np.random.default_rng(0).integers(0, 256, (24, 64, 64, 3), dtype=np.uint8))
FIT, HELD, ALIKE = NORMAL[:8], NORMAL[8:18], NORMAL[18:]
ODD = [np.full((64, 64, 3), 20 + 10 * index, np.uint8) for index in range(ENOUGH_LABELLED)]


def labelled(frames: list[UInt8Array]) -> list[LabelledPicture]:
    return [LabelledPicture(frame=frame, kind="dent") for frame in frames]


def student(*heads: str) -> Student:
    torch.manual_seed(0)
    made = Student(StudentShape(height=64, width=64, heads=heads, features=8, hidden=16)).eval()
    made.fit(SHRINK(FIT))
    return made


@pytest.mark.parametrize("defects", [[], ALIKE[: ENOUGH_LABELLED - 1]])
def test_each_head_is_measured_by_the_threshold_it_would_have_alone(defects: list[UInt8Array]) -> None:
    both, budget = student(GAUSSIAN, DISCRIMINATOR), Budget()
    settle_heads(both, HELD, labelled(defects), SHRINK, budget, seed=0)
    assert both.shape.heads == (GAUSSIAN, DISCRIMINATOR)
    with torch.no_grad():
        opinions = [both.opinions(batch) for batch in batches(SHRINK(HELD))]
    for head in range(2):
        scores = torch.cat([opinion[head].scores for opinion in opinions]).tolist()
        assert float(both.units[head]) == np.float32(decide(scores, budget).value)


def test_a_gaussian_that_does_not_find_drawn_defects_has_no_say() -> None:
    both = student(GAUSSIAN, DISCRIMINATOR)
    settle_heads(both, HELD, labelled(ALIKE), SHRINK, Budget(), seed=0)
    assert both.shape.heads == (DISCRIMINATOR,)
    pictures = torch.from_numpy(SHRINK(ODD)).permute(0, 3, 1, 2)
    scores, _, embeddings = both(pictures)
    torch.testing.assert_close(scores, both.opinions(pictures)[0].scores)
    assert embeddings.shape == (len(ODD), DEEP)


@pytest.mark.parametrize(
    ("drawn", "found", "heads"),
    [
        (0.85, 0.99, (DISCRIMINATOR,)),
        (0.85, 1.0, (DISCRIMINATOR,)),
        (0.94, 0.7, (GAUSSIAN, DISCRIMINATOR)),
        (0.94, 0.99, (GAUSSIAN, DISCRIMINATOR)),
        (0.94, 1.0, (GAUSSIAN,)),
    ],
)
def test_drawn_and_labelled_defects_say_who_judges(drawn: float, found: float, heads: tuple[str, ...]) -> None:
    assert heads_for(drawn, found) == heads


def test_a_single_head_keeps_its_own_unit() -> None:
    alone = student(DISCRIMINATOR)
    settle_heads(alone, HELD, labelled(ODD), SHRINK, Budget(), seed=0)
    assert alone.units.tolist() == [1.0]
