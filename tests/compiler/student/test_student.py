import numpy as np
import torch

from linewatch.compiler.student.discriminator import image_logits, strangeness
from linewatch.compiler.student.shape import DISCRIMINATOR, GAUSSIAN, StudentShape
from linewatch.compiler.student.student import Student, batches
from linewatch.compiler.student.trunk import DEEP

PICTURES = np.random.default_rng(0).integers(0, 256, (5, 64, 96, 3), dtype=np.uint8)


def student(*heads: str) -> Student:
    torch.manual_seed(0)
    made = Student(StudentShape(height=64, width=96, heads=heads, features=8, hidden=16)).eval()
    made.fit(PICTURES)
    return made


@torch.no_grad()
def test_of_two_heads_the_one_that_finds_more_counts() -> None:
    both = student(GAUSSIAN, DISCRIMINATOR)
    both.units[0], both.units[1] = 2.0, 0.5
    (pictures,) = batches(PICTURES)
    by_place, by_looks = both.opinions(pictures)
    scores, maps, _ = both(pictures)
    torch.testing.assert_close(scores, torch.maximum(by_place.scores / 2, by_looks.scores / 0.5))
    torch.testing.assert_close(maps, torch.maximum(by_place.maps / 2, by_looks.maps / 0.5))
    assert maps.shape == (5, 8, 12)


@torch.no_grad()
def test_a_discriminator_alone_is_a_student_too() -> None:
    alone = student(DISCRIMINATOR)
    (pictures,) = batches(PICTURES)
    scores, maps, embeddings = alone(pictures)
    assert scores.shape == (5,)
    assert maps.shape == (5, 8, 12)
    assert embeddings.shape == (5, DEEP)
    assert bool((maps > 0).all())


def test_strangeness_keeps_the_order_of_logits_and_softens_steps() -> None:
    logits = torch.linspace(-40, 40, 81)
    found = strangeness(logits)
    assert bool((found.diff() > 0).all())
    assert bool((found > 0).all())
    ratio = strangeness(torch.tensor(-10.0)) / strangeness(torch.tensor(-10.1))
    assert 1 < float(ratio) < 1.03


def test_the_logit_of_a_picture_is_the_mean_of_its_highest() -> None:
    logits = torch.tensor([[[0.0, 5.0], [1.0, -3.0]]])
    torch.testing.assert_close(image_logits(logits, 2), torch.tensor([3.0]))
