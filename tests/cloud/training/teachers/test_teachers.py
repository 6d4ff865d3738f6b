"""What every teacher keeps to: the port, its threshold, its tensors, its seed."""

from functools import cache

import cv2
import numpy as np
import pytest

from linewatch.cloud.errors import WrongUse
from linewatch.cloud.training.backbones.port import Backbone
from linewatch.cloud.training.progress import silent
from linewatch.cloud.training.teachers import discriminator
from linewatch.cloud.training.teachers.choices import TEACHERS
from linewatch.cloud.training.teachers.discriminator import DiscriminatorTeacher
from linewatch.cloud.training.teachers.good_pictures import GoodPictures
from linewatch.cloud.training.teachers.patch_teacher import PatchTeacher
from linewatch.cloud.training.teachers.patches import PatchReader
from linewatch.compiler.errors import PictureError
from linewatch.compiler.prove.metrics import auroc
from linewatch.compiler.student import efficientnet_lite
from linewatch.compiler.teach.distil import DistilSettings
from linewatch.compiler.teacher import UInt8Array

SIZE = (64, 96)
KINDS = sorted(TEACHERS)


def good(seed: int) -> UInt8Array:
    random = np.random.default_rng(seed)
    picture = np.full((80, 120, 3), 90.0) + random.normal(0, 5, (80, 120, 3))
    cv2.circle(picture, (60, 40), 25, (170, 160, 150), -1)
    return (picture + random.normal(0, 5, picture.shape)).clip(0, 255).astype(np.uint8)


def bad(seed: int) -> UInt8Array:
    picture = good(seed)
    cv2.circle(picture, (50 + seed % 20, 40), 6, (20, 10, 10), -1)
    return picture


GOOD = GoodPictures(count=24, read=good)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discriminator, "_SETTINGS", DistilSettings(steps=40, batch=8, learning_rate=2e-3))
    monkeypatch.setattr(discriminator, "_MATERIAL", 60)


@cache
def backbone() -> Backbone:
    return efficientnet_lite.load()


def learn(kind: str, pictures: GoodPictures = GOOD) -> PatchTeacher:
    reader = PatchReader(backbone(), SIZE)
    return TEACHERS[kind].learn(reader, pictures, false_alarm_rate=0.2, seed=3, progress=silent)


@pytest.mark.parametrize("kind", KINDS)
def test_it_judges_keeps_its_shapes_and_comes_back_from_its_tensors(kind: str) -> None:
    teacher = learn(kind)
    frames = [good(seed) for seed in range(100, 106)] + [bad(seed) for seed in range(6)]
    maps, scores = teacher.judge(frames)
    assert auroc(scores[:6], scores[6:]) > 0.9
    assert maps.shape == (12, 8, 12) == (12, *teacher.grid)
    assert teacher.features(frames[:2]).shape == (2, 8, 12, teacher.channels)
    assert teacher.name == f"{kind}/efficientnet-lite0"
    assert (scores[:6] < teacher.threshold).mean() > 0.5
    again = type(teacher).from_tensors(teacher.patches, teacher.tensors())
    np.testing.assert_array_equal(again.scores(frames), scores)
    assert again.threshold == teacher.threshold


@pytest.mark.parametrize("kind", KINDS)
def test_equal_seeds_make_equal_teachers(kind: str) -> None:
    first, second = learn(kind).tensors(), learn(kind).tensors()
    assert first.keys() == second.keys()
    assert all(bool((first[name] == second[name]).all()) for name in first)


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_that_are_all_the_same_teach_nothing(kind: str) -> None:
    with pytest.raises(PictureError, match="all the same"):
        learn(kind, GoodPictures(count=12, read=lambda _: good(0)))


def test_only_one_backbone_is_fine_tuned() -> None:
    class Other:
        name = "other"
        weights_digest = ""
        stages = staticmethod(efficientnet_lite.load().stages)

    with pytest.raises(WrongUse, match="fine-tunes efficientnet-lite0"):
        DiscriminatorTeacher.learn(PatchReader(Other(), SIZE), GOOD, false_alarm_rate=0.1, seed=0, progress=silent)
