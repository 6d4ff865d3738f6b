import numpy as np
import pytest
from bench.compiler.models import _keeps, _means, miss_rate
from bench.record import Record, seen

from linewatch.compiler.bundle.threshold import Budget


def test_the_miss_rate_is_that_at_two_false_alarms_in_a_hundred() -> None:
    normal = np.arange(100, dtype=np.float32)
    assert miss_rate(normal, np.array([97.0, 98.0, 99.0, 200.0])) == 0.25
    assert miss_rate(normal, np.array([97.5])) == 0.0
    assert miss_rate(np.arange(10, dtype=np.float32), np.array([9.0])) == 1.0


def test_scores_of_one_kind_keep_their_bound_and_strange_ones_do_not() -> None:
    random = np.random.default_rng(0)
    alike = random.lognormal(size=400).astype(np.float32)
    assert _keeps(alike, Budget())
    assert not _keeps(np.concatenate([alike[:200], 100 * alike[200:]]), Budget())


def test_the_mean_is_over_the_sets_and_only_of_several() -> None:
    def records(name: str, teacher: float, student: float, few: float) -> list[Record]:
        values = {"teacher_auroc": teacher, "student_auroc": student, "student_auroc_10shot": few}
        return [seen(f"{start}_{name}", value, unit="AUROC", command="c") for start, value in values.items()]

    one = records("toy_alien", 1.0, 0.99, 1.0)
    assert _means(one) == []
    found = {mean.name: mean for mean in _means([*one, *records("deep_pcb", 0.9, 0.92, 0.94)])}
    assert found["student_auroc_mean"].value == pytest.approx(0.955)
    assert found["auroc_loss_mean"].value == pytest.approx(-0.5)
    assert found["student_auroc_10shot_mean"].value == pytest.approx(0.97)
