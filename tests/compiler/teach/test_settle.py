import numpy as np
import torch

from linewatch.compiler.student.shape import StudentShape
from linewatch.compiler.student.student import Student
from linewatch.compiler.student.trunk import pooled
from linewatch.compiler.teach.lessons import Components, Lessons
from linewatch.compiler.teach.settle import settle

PICTURES = np.random.default_rng(0).integers(0, 256, (40, 64, 64, 3), dtype=np.uint8)


def lessons(components: torch.Tensor) -> Lessons:
    found = Components(values=components.half(), deviations=torch.ones(4))
    return Lessons(pictures=PICTURES, covers=torch.zeros(40, 8, 8).half(), good=20, components=found)


def features(student: Student) -> torch.Tensor:
    with torch.no_grad():
        return student.eval().features(torch.from_numpy(PICTURES).permute(0, 3, 1, 2))


def test_a_linear_map_of_the_stages_is_found_again() -> None:
    student = Student(StudentShape(height=64, width=64, features=4))
    settle(student, lessons(torch.zeros(40, 4, 8, 8)))
    torch.testing.assert_close(features(student), torch.zeros(40, 4, 8, 8), rtol=0, atol=1e-3)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for layer in (student.projection.from_middle, student.projection.from_deep):
            layer.weight.copy_(0.1 * torch.randn(layer.weight.shape, generator=generator))
    wanted = features(student)
    settle(student, lessons(wanted))
    assert float((features(student) - wanted).square().mean()) < 0.01 * float(wanted.var())


def test_the_folded_convolutions_are_the_standardised_ones() -> None:
    student = Student(StudentShape(height=64, width=64, features=4)).eval()
    pictures = torch.from_numpy(PICTURES[:8]).permute(0, 3, 1, 2).float()
    with torch.no_grad():
        middle, deep = stages = pooled(student.trunk(pictures))
        student.trunk.standardise(stages)
        standardised = [stage.mean((0, 2, 3)) for stage in student.trunk.standardised(stages)]
        to_middle, to_deep, bias = student.projection.folded(student.trunk)
        fine = torch.einsum("dc,nchw->ndhw", to_middle, middle)
        coarse = torch.nn.functional.interpolate(
            torch.einsum("dc,nchw->ndhw", to_deep, deep), scale_factor=2.0, mode="bilinear"
        )
        folded = fine + coarse + bias[:, None, None]
        torch.testing.assert_close(folded, student.features(pictures), rtol=1e-3, atol=1e-3)
    for mean in standardised:
        torch.testing.assert_close(mean, torch.zeros_like(mean), rtol=0, atol=1e-3)
