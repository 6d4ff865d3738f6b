import pytest
import torch
from torch import Tensor
from torch.nn import functional

from linewatch.compiler.student.discriminator import strangeness
from linewatch.compiler.teach.losses import defects_loss, map_loss

COVERS = torch.zeros(2, 8, 8)
COVERS[1, 2:4, 5] = 1


def logits_for(covers: Tensor, sure: float) -> Tensor:
    return sure * (2 * (covers > 0).float() - 1)


def test_right_answers_cost_little_and_wrong_ones_much() -> None:
    right, wrong = (float(defects_loss(logits_for(COVERS, sure), COVERS, 2)) for sure in (8.0, -8.0))
    assert right < 0.01 < 1 < wrong


def test_cells_that_a_defect_just_touches_may_be_called_either_way() -> None:
    covers = COVERS.clone()
    covers[1, 4, 5] = 0.02
    yes, no = logits_for(COVERS, 8.0), logits_for(COVERS, 8.0)
    yes[1, 4, 5], no[1, 4, 5] = 5.0, -5.0
    assert float(defects_loss(yes, covers, 1)) == pytest.approx(float(defects_loss(no, covers, 1)), abs=1e-6)


def test_a_picture_known_to_be_defective_wants_an_alarm_anywhere() -> None:
    unknown = torch.full((1, 8, 8), torch.nan)
    quiet, somewhere = torch.full((1, 8, 8), -6.0, requires_grad=True), torch.full((1, 8, 8), -6.0)
    with torch.no_grad():
        somewhere[0, 3, 3] = 6
    loss = defects_loss(quiet, unknown, 1)
    assert float(defects_loss(somewhere, unknown, 1)) < 0.01 < float(loss.detach())
    loss.backward()  # type: ignore[no-untyped-call]
    assert quiet.grad is not None
    assert bool(quiet.grad.isfinite().all())
    assert float(quiet.grad.min()) < 0


def test_the_map_of_the_teacher_itself_costs_nothing() -> None:
    logits = torch.randn(2, 8, 8, generator=torch.Generator().manual_seed(0))
    smooth = functional.avg_pool2d(strangeness(logits)[:, None], 3, 1, 1, count_include_pad=False)[:, 0]
    assert float(map_loss(logits, smooth)) == pytest.approx(0, abs=1e-7)
    assert float(map_loss(logits, smooth + 1)) > 0.4
