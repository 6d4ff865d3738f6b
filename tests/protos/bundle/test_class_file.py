"""A bank that is absurd, or not that of its bundle, is refused."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linewatch.protos.bundle import (
    ClassBank,
    DefectClass,
    GoldenCheck,
    GoldenPicture,
    Lineage,
    Manifest,
    ScoreBand,
    Target,
    TargetClasses,
    TensorSpec,
    Threshold,
    bank_bytes,
    check_class_name,
    errors,
    parse_bank,
)

TARGET = "onnx-cpu-int8"
SCRATCH = DefectClass(name="scratch", examples=3, prototype=(0.5, 0.25, -0.5))


def bank(*classes: DefectClass, target: str = TARGET, **limits: float) -> ClassBank:
    given = {"least_similarity": 0.5, "least_margin": 0.125, **limits}
    return ClassBank(targets=(TargetClasses(target=target, classes=classes),), **given)


def manifest(*names: str) -> Manifest:
    return Manifest(
        name="parts",
        targets=(
            Target(
                name=TARGET,
                graph_path="model.onnx",
                inputs=(),
                outputs=(TensorSpec(name="embedding", dtype="float32", shape=(-1, 3)),),
                threshold=Threshold(
                    score=1.0,
                    false_alarms_per_hour=1.0,
                    frames_per_second=1.0,
                    false_positive_rate_bound=0.1,
                    confidence=0.95,
                    normal_pictures=30,
                ),
                normal_scores=ScoreBand(low=0.0, median=0.5, high=1.0),
            ),
        ),
        golden=GoldenCheck(score_tolerance=0.01, pictures=(GoldenPicture(path="0.png", scores={TARGET: 0.5}),)),
        lineage=Lineage(dataset_digest="0" * 64, training_run="run"),
        frame_width=64,
        frame_height=64,
        defect_classes=names,
    )


def test_what_was_written_is_read_again_and_has_one_form() -> None:
    known = bank(SCRATCH, dataclasses.replace(SCRATCH, name="Riß, längs"))
    data = bank_bytes(known)
    assert parse_bank(data, manifest("scratch", "Riß, längs")) == known
    with pytest.raises(errors.ManifestError, match="canonical"):
        parse_bank(data.replace(b":", b": ", 1), manifest("scratch", "Riß, längs"))
    with pytest.raises(errors.ManifestError, match="names a key twice"):
        parse_bank(b'{"least_margin":1,"least_margin":1}', manifest("scratch"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"examples": 0}, "0 examples"),
        ({"prototype": (0.5, 0.5)}, "a prototype of 2 numbers, not 3"),
        ({"prototype": (0.0, 0.0, 0.0)}, "length 0"),
        ({"prototype": (1.0, 1.0, 0.0)}, "length 1.41"),
        ({"name": " scratch"}, "cannot be called"),
        ({"name": "x" * 65}, "cannot be called"),
        ({"name": "a\nb"}, "cannot be called"),
    ],
)
def test_an_absurd_class_is_named(changes: dict[str, Any], said: str) -> None:
    wrong = dataclasses.replace(SCRATCH, **changes)
    with pytest.raises(errors.ClassesError, match=said):
        parse_bank(bank_bytes(bank(wrong)), manifest(wrong.name))


def test_the_bank_is_that_of_the_manifest() -> None:
    with pytest.raises(errors.ClassesError, match=r"is for .*fpga"):
        parse_bank(bank_bytes(bank(SCRATCH, target="fpga")), manifest("scratch"))
    with pytest.raises(errors.ClassesError, match="has the classes"):
        parse_bank(bank_bytes(bank(SCRATCH)), manifest("dent"))
    with pytest.raises(errors.ClassesError, match="2 classes"):
        parse_bank(bank_bytes(bank(SCRATCH, SCRATCH)), manifest("scratch", "scratch"))
    for limit in (float("nan"), 3.0):
        with pytest.raises(errors.ClassesError, match="least similarity and margin"):
            parse_bank(bank_bytes(bank(SCRATCH, least_similarity=limit)), manifest("scratch"))


@given(st.text(st.characters(categories=("L", "N")), min_size=1, max_size=64))
def test_words_of_any_language_are_names(name: str) -> None:
    assert check_class_name(name) == name
