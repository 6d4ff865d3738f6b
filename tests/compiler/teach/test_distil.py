import numpy as np
import pytest
import torch

from linewatch.compiler.errors import CompilerError, WrongUse
from linewatch.compiler.student.shape import StudentShape
from linewatch.compiler.student.student import Student
from linewatch.compiler.teach.distil import DistilSettings, distil
from linewatch.compiler.teach.lessons import Components, Lessons

PICTURES = np.random.default_rng(0).integers(0, 256, (24, 64, 64, 3), dtype=np.uint8)


def lessons() -> Lessons:
    values = torch.randn(24, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    components = Components(values=values.half(), deviations=torch.ones(4))
    return Lessons(pictures=PICTURES, covers=torch.zeros(24, 8, 8).half(), good=16, components=components)


def test_it_comes_closer_to_the_lessons_and_leaves_the_statistics_alone() -> None:
    student = Student(StudentShape(height=64, width=64, features=4))
    told: list[float] = []
    before = {name: value.clone() for name, value in student.state_dict().items()}
    settings = DistilSettings(steps=1, batch=8, learning_rate=1e-9)
    untrained = distil(student, lessons(), settings, seed=0, progress=lambda _, share: told.append(share))
    settings = DistilSettings(steps=30, batch=8, learning_rate=1e-3)
    trained = distil(student, lessons(), settings, seed=0, progress=lambda _, share: told.append(share))
    assert trained < 0.9 * untrained
    assert told[-1] == 1.0
    after = student.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before if "running" in name)


def test_a_loss_that_is_no_number_ends_it() -> None:
    broken = lessons()
    assert broken.components is not None
    broken.components.deviations[0] = torch.nan
    with pytest.raises(CompilerError, match="diverged"):
        distil(
            Student(StudentShape(height=64, width=64, features=4)), broken, DistilSettings(steps=3, batch=4), seed=0,
            progress=lambda *_: None,
        )  # fmt: skip


def test_settings_that_cannot_work_are_refused() -> None:
    with pytest.raises(WrongUse, match="at least 1 step of 2 pictures"):
        DistilSettings(steps=0)
    with pytest.raises(WrongUse, match="learning rate"):
        DistilSettings(learning_rate=0.0)
