"""A folder of pictures as a dataset: which pictures are for learning, which for judging, and what is known of them.

Two layouts are understood. MVTec-AD: `train/good`, `test/good`, `test/<defect>` and, where there are masks,
`ground_truth/<defect>/<stem>_mask.png` or `<stem>.png`; beyond that, `train/<defect>` holds labelled defects to learn
from. Plain: a folder of good pictures, with nothing to judge by. Videos of a fixed camera may stand in the place of
pictures, in both layouts, and one good video by itself is a dataset too.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from linewatch.cloud.errors import DatasetError
from linewatch.cloud.training.pictures import SUFFIXES, is_picture
from linewatch.protos.bundle import FrameStack

GOOD = "good"
FEWEST_GOOD = 8
"""Good pictures below which nothing about the spread of normal can be learned."""

VIDEO_SUFFIXES = frozenset({".mp4", ".avi", ".mkv", ".mov", ".webm", ".m4v"})

_MVTEC_FOLDERS = ("train", "test", "ground_truth")


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One picture of a dataset."""

    path: Path
    kind: str
    """`good`, or the name of the defect."""
    mask: Path | None = None
    """Where the defect is; only some defective pictures have one."""
    frame: int | None = None
    """Of a video, the number of the frame that is judged."""

    @property
    def anomalous(self) -> bool:
        """Whether the picture shows a defect."""
        return self.kind != GOOD


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """The pictures of one folder, in natural order of their names."""

    root: Path
    train: tuple[Sample, ...]
    test: tuple[Sample, ...]
    labelled: tuple[Sample, ...] = ()
    """Defective pictures to learn from."""
    stack: FrameStack | None = None
    """How frames of its videos are judged together; None where it has pictures, or was not sampled yet."""

    @property
    def samples(self) -> tuple[Sample, ...]:
        """Every picture: those to learn from, then those to judge."""
        return self.train + self.labelled + self.test

    @property
    def filmed(self) -> bool:
        """Whether it has videos."""
        return is_video(self.train[0].path)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of pictures to judge, in order."""
        return tuple(dict.fromkeys(sample.kind for sample in self.test))

    def name(self, path: Path) -> str:
        """`path` relative to the dataset, with forward slashes."""
        return path.relative_to(self.root).as_posix()


def open_dataset(folder: Path) -> Dataset:
    """Find the pictures or videos under `folder`; reads names only, see `inspect_dataset` for the contents.

    Raises:
        DatasetError: no such folder, no layout that is understood, or fewer than `FEWEST_GOOD` good pictures.
    """
    if not folder.exists():
        raise DatasetError(f"{folder} does not exist: give the folder that holds the pictures")
    if is_video(folder):
        return Dataset(root=folder.resolve().parent, train=(Sample(path=folder.resolve(), kind=GOOD),), test=())
    if not folder.is_dir():
        raise DatasetError(f"{folder} is a file: give the folder that holds the pictures, or a video")
    root = folder.resolve()
    dataset = _open_mvtec(root) if _looks_like_mvtec(root) else _open_plain(root)
    if dataset.filmed:
        return _only_videos(dataset)
    if len(dataset.train) < FEWEST_GOOD:
        raise DatasetError(
            f"{_train_folder(dataset)} holds {len(dataset.train)} good pictures: "
            f"at least {FEWEST_GOOD} are needed, 50 and more are better"
        )
    return dataset


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """A sorting key in which `part2` comes before `part10`."""
    parts = re.split(r"(\d+)", name)
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts] + [(0, 0, name)]


def _looks_like_mvtec(root: Path) -> bool:
    return any((root / name).is_dir() for name in _MVTEC_FOLDERS)


def _open_mvtec(root: Path) -> Dataset:
    good = root / "train" / GOOD
    if not good.is_dir():
        raise DatasetError(
            f"{root} looks like the MVTec-AD layout but has no folder train/{GOOD}: "
            f"put the good pictures to learn from there, or give a plain folder of good pictures"
        )
    train = tuple(Sample(path=path, kind=GOOD) for path in _pictures(good))
    _require_pictures(train, good)
    test = tuple(sample for kind in _kinds(root / "test") for sample in _samples(root, kind))
    labelled = tuple(sample for kind in _kinds(root / "train") if kind.name != GOOD for sample in _samples(root, kind))
    return Dataset(root=root, train=train, test=test, labelled=labelled)


def _only_videos(dataset: Dataset) -> Dataset:
    if dataset.labelled:
        raise DatasetError(
            f"{dataset.labelled[0].path.parent} holds labelled defects, but the good ones are videos: a video student "
            "learns from what is normal alone, move them to test"
        )
    for sample in dataset.samples:
        if not is_video(sample.path):
            raise DatasetError(f"{sample.path} is a picture, but the others are videos: give one of both")
    return dataset


def _kinds(folder: Path) -> list[Path]:
    """The folders of each kind of pictures, the good ones first."""
    return sorted(_folders(folder), key=lambda kind: (kind.name != GOOD, natural_key(kind.name)))


def _open_plain(root: Path) -> Dataset:
    train = tuple(Sample(path=path, kind=GOOD) for path in _pictures(root))
    _require_pictures(train, root)
    return Dataset(root=root, train=train, test=())


def is_video(path: Path) -> bool:
    """Whether `path` is named like a video."""
    return path.suffix.lower() in VIDEO_SUFFIXES and not path.name.startswith(".") and path.is_file()


def _samples(root: Path, kind: Path) -> Iterable[Sample]:
    for path in _pictures(kind):
        mask = None if kind.name == GOOD else _mask(root / "ground_truth" / kind.name, path.stem)
        yield Sample(path=path, kind=kind.name, mask=mask)


def _mask(folder: Path, stem: str) -> Path | None:
    names = (f"{stem}_mask.png", f"{stem}.png")
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _require_pictures(samples: tuple[Sample, ...], folder: Path) -> None:
    if samples:
        return
    inside = sorted(child.name for child in _folders(folder))
    hint = f"; its folders are {', '.join(inside[:5])}: give one of them" if inside else ""
    known = ", ".join(sorted(suffix[1:] for suffix in SUFFIXES | VIDEO_SUFFIXES))
    raise DatasetError(f"{folder} holds no picture or video ({known}){hint}")


def _train_folder(dataset: Dataset) -> Path:
    return dataset.train[0].path.parent


def _pictures(folder: Path) -> list[Path]:
    found = [path for path in _children(folder) if not path.is_dir()]
    pictures, videos = [path for path in found if is_picture(path)], [path for path in found if is_video(path)]
    if pictures and videos:
        raise DatasetError(f"{folder} holds pictures and videos: give one of both")
    files = pictures or videos
    return sorted(files, key=lambda path: natural_key(path.name))


def _folders(folder: Path) -> list[Path]:
    return [path for path in _children(folder) if path.is_dir() and not path.name.startswith(".")]


def _children(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        reason = error.strerror or str(error)
        raise DatasetError(f"{folder} cannot be read ({reason}): mend its permissions") from error
