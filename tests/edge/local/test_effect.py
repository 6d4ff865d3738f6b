from pathlib import Path

from edge.local.taught import BASIS, DEFECT, GOOD, SUBJECT, threshold
from edge.tiny_bundle import TARGET, colour_bank
from linewatch.edge.infer.adjustments import NOTHING_TAUGHT
from linewatch.edge.infer.model import Model
from linewatch.edge.local.change import NewDefect
from linewatch.edge.local.effect import adjustments, taught_to, with_defects
from linewatch.edge.local.journal import Journal


def test_the_last_threshold_serves_with_its_promise() -> None:
    made = adjustments([threshold(1.2), GOOD, threshold(1.5)], TARGET, None)
    assert (made.threshold, made.false_positive_rate, len(made.goods)) == (1.5, 0.01, 1)
    assert adjustments([], TARGET, None) is NOTHING_TAUGHT
    assert adjustments([GOOD], TARGET, None).threshold is None


def test_classes_are_added_to_those_of_the_bundle_and_refine_them() -> None:
    bank = colour_bank({"crack": (1.0, 0.0, 0.0), "pit": (0.0, 0.0, 1.0)})
    made = with_defects(bank, TARGET, [DEFECT, NewDefect(name="stain", examples=1, prototype=(0.0, 0.5, 0.5))])
    assert made.names == ("crack", "pit", "stain")
    crack = made.of(TARGET)[0]
    assert (crack.examples, crack.prototype) == (3, (1 / 3, 2 / 3, 0.0))
    assert made.name(TARGET, (0.0, 0.0, 2.0)) == "pit"
    assert with_defects(None, TARGET, [DEFECT]).name(TARGET, (0.0, 1.0, 0.0)) == "crack"


def test_examples_that_cancel_out_a_class_leave_it_as_it_was() -> None:
    bank = colour_bank({"crack": (0.0, -1.0, 0.0)})
    opposite = NewDefect(name="crack", examples=1, prototype=(0.0, 1.0, 0.0))
    assert with_defects(bank, TARGET, [opposite]).of(TARGET)[0].prototype == (0.0, -1.0, 0.0)


def test_a_journal_that_is_refused_leaves_the_bundle_as_it_is(model: Model, tmp_path: Path) -> None:
    journal = Journal(tmp_path, site="s", device="d")
    journal.write(SUBJECT.model_copy(update={"bundle": model.digest}), threshold(1.5), BASIS)
    assert taught_to(model, journal.entries()).threshold == 1.5
    (journal.folder / "000001.json").write_bytes(b"{}")
    assert taught_to(model, journal.entries()) is NOTHING_TAUGHT
