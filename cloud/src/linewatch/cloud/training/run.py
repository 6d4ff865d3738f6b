"""The run folder: a trained teacher, and everything that is needed to know and to repeat it."""

import importlib.metadata
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from linewatch.cloud.errors import CloudError, DatasetError, WrongUse
from linewatch.cloud.training.backbones.choices import load_backbone
from linewatch.cloud.training.backbones.port import Backbone
from linewatch.cloud.training.copies import copy_notes, without_copies
from linewatch.cloud.training.dataset import Dataset, open_dataset
from linewatch.cloud.training.evaluate import Evaluation, judge, measure
from linewatch.cloud.training.footage import Reels, sampled, usual_stack
from linewatch.cloud.training.inspection import DatasetFacts, inspect_dataset
from linewatch.cloud.training.progress import Progress, silent
from linewatch.cloud.training.reader import SampleReader
from linewatch.cloud.training.region import AskedRegion
from linewatch.cloud.training.report import draw_report
from linewatch.cloud.training.teachers.choices import AUTO, TEACHERS, Choice, check_kind, choose
from linewatch.cloud.training.teachers.good_pictures import GoodPictures
from linewatch.cloud.training.teachers.patch_teacher import PatchTeacher
from linewatch.cloud.training.teachers.patches import PatchReader
from linewatch.compiler.errors import PictureError
from linewatch.compiler.settings import check_seed
from linewatch.compiler.student.shape import check_size
from linewatch.protos.bundle import RegionOfInterest
from linewatch.protos.bundle.check import MAX_STACK_STEP
from linewatch.protos.staging import is_here, staged

RUN_FILE = "run.json"
TEACHER_FILE = "teacher.safetensors"
REPORT_FILE = "report.png"
_VERSION = 5
_PACKAGES = ("linewatch", "torch", "numpy", "opencv-python", "onnxruntime")


@dataclass(frozen=True, kw_only=True)
class TrainSettings:
    """What a user can choose.

    `teacher` is the kind of detector, `backbone` the pretrained network below it. `size` is (height, width) of the
    pictures that it looks at; `auto` and None leave the choice to what the pictures show. `false_alarm_rate` is the
    share of good pictures that may raise an alarm. `region` is the part of the frames to look at; None is all.
    `step` is how many frames apart those of a video are judged together; None leaves it to the video.
    """

    teacher: str = AUTO
    backbone: str = "efficientnet-lite0"
    size: tuple[int, int] | None = None
    false_alarm_rate: float = 0.02
    region: AskedRegion | None = None
    step: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        check_kind(self.teacher)
        if self.size is not None:
            check_size(self.size)
        if self.step is not None and not 1 <= self.step <= MAX_STACK_STEP:
            raise WrongUse(f"frames that are judged together are 1 to {MAX_STACK_STEP} apart, not {self.step}")
        check_seed(self.seed)
        if not 0 < self.false_alarm_rate < 1:
            raise WrongUse(f"the false-alarm rate must lie between 0 and 1, not {self.false_alarm_rate}")


@dataclass(frozen=True, kw_only=True)
class Run:
    """An opened run folder.

    `reader` reads its pictures as the teacher saw them, `choice` is what training settled on.
    """

    folder: Path
    teacher: PatchTeacher
    choice: Choice
    dataset: Dataset
    dataset_digest: str
    reader: SampleReader
    facts: dict[str, Any]

    @property
    def bits(self) -> int:
        """The significant bits of its 16-bit pictures."""
        return self.reader.bits


def train(
    data: Path, folder: Path, settings: TrainSettings, progress: Progress = silent, *, replace: bool = False
) -> dict[str, Any]:
    """Train a teacher on the good pictures of `data`, judge it, and write the run to `folder`, all of it or nothing.

    Returns what `run.json` holds.

    Raises:
        WrongUse: `folder` holds a run and `replace` is not given, or something else; the backbone is not known; or
            the region does not suit the pictures.
        DatasetError: the pictures cannot be used; names the file.
    """
    _check_place(folder, replace)
    dataset = open_dataset(data)
    backbone = load_backbone(settings.backbone)
    with _staged(folder) as staging:
        found = inspect_dataset(dataset, progress)
        notes = [*copy_notes(dataset, found.hashes), *_notes(found)]
        dataset = _sampled(without_copies(dataset, found.hashes), found, settings.step)
        reader = _reader(dataset, found, _settled(settings, found))
        dataset = reader.within(dataset)
        good = GoodPictures(count=len(dataset.train), read=lambda index: reader.picture(dataset.train[index]))
        choice, teacher = _learn(settings, backbone, good, progress)
        judged = judge(teacher, dataset, reader, progress)
        metrics = measure(judged, teacher.threshold)
        facts = _facts(settings, choice, dataset, found, notes, reader.region, teacher, metrics)
        save_file(teacher.tensors(), staging / TEACHER_FILE)
        (staging / RUN_FILE).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
        if judged.samples:
            (staging / REPORT_FILE).write_bytes(draw_report(judged, teacher.threshold))
    return facts


def load_run(folder: Path, progress: Progress = silent) -> Run:
    """Open the run that `linewatch train` wrote to `folder`.

    Raises:
        WrongUse: there is no run, or its pictures have moved or changed since.
        CloudError: a file of it is damaged.
    """
    facts = _read_facts(folder)
    dataset = open_dataset(Path(facts["dataset"]["path"]))
    found = inspect_dataset(dataset, progress)
    if found.digest != facts["dataset"]["digest"]:
        raise WrongUse(
            f"the pictures in {dataset.root} changed since {folder} was trained: run `linewatch train` again"
        )
    backbone = load_backbone(facts["settings"]["backbone"])
    if backbone.weights_digest != facts["teacher"]["weights"]:
        raise WrongUse(f"{folder} was trained with other backbone weights: run `linewatch train` again")
    known = facts["teacher"]
    choice = Choice(kind=known["kind"], size=tuple(known["size"]), evidence=known["evidence"])
    try:
        tensors = load_file(folder / TEACHER_FILE)
        teacher = TEACHERS[choice.kind].from_tensors(PatchReader(backbone, choice.size), tensors)
    except (OSError, SafetensorError, KeyError, RuntimeError) as error:
        raise CloudError(f"{folder / TEACHER_FILE} cannot be read ({error}): run `linewatch train` again") from error
    dataset = _sampled(without_copies(dataset, found.hashes), found, facts["stack"] and facts["stack"]["step"])
    reader = _reader(dataset, found, RegionOfInterest(**region) if (region := facts["region"]) else None)
    return Run(
        folder=folder,
        teacher=teacher,
        choice=choice,
        dataset=reader.within(dataset),
        dataset_digest=found.digest,
        reader=reader,
        facts=facts,
    )


def _notes(found: DatasetFacts) -> list[str]:
    """What people should know about the sizes of their pictures."""
    if len(found.sizes) < 2:
        return []
    (low, narrow), (high, wide) = (tuple(map(pick, zip(*found.sizes, strict=True))) for pick in (min, max))
    return [
        f"the good pictures have {len(found.sizes)} sizes, {narrow} to {wide} pixels wide and {low} to {high} high: "
        "all are brought to one"
    ]


def _sampled(dataset: Dataset, found: DatasetFacts, step: int | None) -> Dataset:
    """The dataset of videos as one of stacks; that of pictures as it is."""
    if dataset.filmed:
        return sampled(dataset, found.films, usual_stack(found.films, step))
    if step is not None:
        raise WrongUse("--step is for videos, but these are pictures: leave it out")
    return dataset


def _reader(dataset: Dataset, found: DatasetFacts, region: RegionOfInterest | None) -> SampleReader:
    reels = None if dataset.stack is None else Reels(dataset.samples, dataset.stack)
    return SampleReader(bits=found.bits, region=region, reels=reels)


def _settled(settings: TrainSettings, found: DatasetFacts) -> RegionOfInterest | None:
    return None if settings.region is None else settings.region.settled(found.sizes)


def _learn(
    settings: TrainSettings, backbone: Backbone, good: GoodPictures, progress: Progress
) -> tuple[Choice, PatchTeacher]:
    try:
        choice = choose(settings.teacher, settings.size, backbone, good, seed=settings.seed, progress=progress)
        teacher = TEACHERS[choice.kind].learn(
            PatchReader(backbone, choice.size),
            good,
            false_alarm_rate=settings.false_alarm_rate,
            seed=settings.seed,
            progress=progress,
        )
    except PictureError as error:
        raise DatasetError(str(error)) from error
    return choice, teacher


def _facts(
    settings: TrainSettings,
    choice: Choice,
    dataset: Dataset,
    found: DatasetFacts,
    notes: list[str],
    region: RegionOfInterest | None,
    teacher: PatchTeacher,
    measured: Evaluation,
) -> dict[str, Any]:
    return {
        "version": _VERSION,
        "settings": {
            "teacher": settings.teacher,
            "backbone": settings.backbone,
            "size": settings.size and list(settings.size),
            "false_alarm_rate": settings.false_alarm_rate,
            "region": settings.region and str(settings.region),
            "step": settings.step,
            "seed": settings.seed,
        },
        "dataset": {
            "path": str(dataset.root),
            "digest": found.digest,
            "bits": found.bits,
            "train": len(dataset.train),
            "labelled": len(dataset.labelled),
            "test": len(dataset.test),
            "kinds": list(dataset.kinds),
            "notes": notes,
        },
        "region": region and asdict(region),
        "stack": dataset.stack and asdict(dataset.stack),
        "teacher": {
            "name": teacher.name,
            "kind": choice.kind,
            "size": list(choice.size),
            "evidence": choice.evidence,
            "weights": teacher.patches.backbone.weights_digest,
            "threshold": teacher.threshold,
        },
        "metrics": measured.to_json(),
        "versions": {package: importlib.metadata.version(package) for package in _PACKAGES},
    }


def _check_place(folder: Path, replace: bool) -> None:
    if is_here(folder):
        raise WrongUse(f"{folder} is the folder you work in: choose another one with -o")
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if (folder / RUN_FILE).is_file():
        if not replace:
            raise WrongUse(f"{folder} holds a training run: choose another folder with -o, or give --replace")
    elif os.path.lexists(folder):
        raise WrongUse(f"{folder} exists and is no training run: choose another folder with -o")


@contextmanager
def _staged(folder: Path) -> Iterator[Path]:
    try:
        with staged(folder) as staging:
            yield staging
    except OSError as error:
        raise CloudError(f"cannot write the run {folder}: {error.strerror or error}") from error


def _read_facts(folder: Path) -> dict[str, Any]:
    path = folder / RUN_FILE
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WrongUse(f"{folder} is no training run: give the folder that `linewatch train -o` wrote") from error
    except ValueError as error:
        raise CloudError(f"{path} is damaged ({error}): run `linewatch train` again") from error
    if not isinstance(facts, dict) or facts.get("version") != _VERSION:
        raise WrongUse(f"{folder} was written by another version of Linewatch: run `linewatch train` again")
    return facts
