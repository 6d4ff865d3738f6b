import numpy as np
import torch

from linewatch.compiler.bundle.build import set_units
from linewatch.compiler.bundle.threshold import Budget, decide
from linewatch.compiler.student.shape import DISCRIMINATOR, GAUSSIAN, StudentShape
from linewatch.compiler.student.student import Student, batches

HELD = np.random.default_rng(0).integers(0, 256, (12, 64, 64, 3), dtype=np.uint8)


def student(*heads: str) -> Student:
    torch.manual_seed(0)
    made = Student(StudentShape(height=64, width=64, heads=heads, features=8, hidden=16)).eval()
    if made.has_normality:
        made.fit_normality(HELD[:6])
    return made


def test_each_head_is_measured_by_the_threshold_it_would_have_alone() -> None:
    both, budget = student(GAUSSIAN, DISCRIMINATOR), Budget()
    set_units(both, HELD, budget)
    with torch.no_grad():
        opinions = [both.opinions(batch) for batch in batches(HELD)]
    for head in range(2):
        scores = torch.cat([opinion[head].scores for opinion in opinions]).tolist()
        assert float(both.units[head]) == np.float32(decide(scores, budget).value)


def test_a_single_head_keeps_its_own_unit() -> None:
    alone = student(DISCRIMINATOR)
    set_units(alone, HELD, Budget())
    assert alone.units.tolist() == [1.0]
