"""The bundle manifest as frozen dataclasses; protobuf messages stop here."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from linewatch.protos import bundle_pb2 as pb
from linewatch.protos.bundle.region import RegionOfInterest
from linewatch.protos.bundle.sampling import FrameSampling
from linewatch.protos.bundle.stack import FrameStack

SCHEMA_VERSION = 1
PLAIN_BITS = 8
"""Significant bits of pictures of 8 bits a channel."""


@dataclass(frozen=True, kw_only=True)
class FileEntry:
    """One file: its path below the bundle's folder, its size in bytes and its SHA-256 (hexadecimal)."""

    path: str
    size_bytes: int
    sha256: str

    @classmethod
    def from_proto(cls, message: pb.FileEntry) -> "FileEntry":
        """Read the message."""
        return cls(path=message.path, size_bytes=message.size_bytes, sha256=message.sha256)

    def to_proto(self) -> pb.FileEntry:
        """Write the message."""
        return pb.FileEntry(path=self.path, size_bytes=self.size_bytes, sha256=self.sha256)


@dataclass(frozen=True, kw_only=True)
class TensorSpec:
    """A tensor at the border of the graph; a dimension of -1 is free."""

    name: str
    dtype: str
    shape: tuple[int, ...]

    @classmethod
    def from_proto(cls, message: pb.TensorSpec) -> "TensorSpec":
        """Read the message."""
        return cls(name=message.name, dtype=message.dtype, shape=tuple(message.shape))

    def to_proto(self) -> pb.TensorSpec:
        """Write the message."""
        return pb.TensorSpec(name=self.name, dtype=self.dtype, shape=self.shape)


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """What a target promises.

    `score`: an image score at or above it is anomalous. `false_alarms_per_hour` at `frames_per_second` is the promise;
    `false_positive_rate_bound` its upper bound for one frame at `confidence`, from `normal_pictures` pictures.
    """

    score: float
    false_alarms_per_hour: float
    frames_per_second: float
    false_positive_rate_bound: float
    confidence: float
    normal_pictures: int

    @property
    def false_positive_rate(self) -> float | None:
        """The promise for one frame: the share of normal frames that are anomalous; None where there is none."""
        if not (self.false_alarms_per_hour and self.frames_per_second):
            return None
        return min(1.0, self.false_alarms_per_hour / (3600 * self.frames_per_second))

    @classmethod
    def from_proto(cls, message: pb.Threshold) -> "Threshold":
        """Read the message."""
        return cls(
            score=message.score,
            false_alarms_per_hour=message.false_alarms_per_hour,
            frames_per_second=message.frames_per_second,
            false_positive_rate_bound=message.false_positive_rate_bound,
            confidence=message.confidence,
            normal_pictures=message.normal_pictures,
        )

    def to_proto(self) -> pb.Threshold:
        """Write the message."""
        return pb.Threshold(
            score=self.score,
            false_alarms_per_hour=self.false_alarms_per_hour,
            frames_per_second=self.frames_per_second,
            false_positive_rate_bound=self.false_positive_rate_bound,
            confidence=self.confidence,
            normal_pictures=self.normal_pictures,
        )


@dataclass(frozen=True, kw_only=True)
class ScoreBand:
    """Image scores of normal pictures seen in validation."""

    low: float
    median: float
    high: float

    @classmethod
    def from_proto(cls, message: pb.ScoreBand) -> "ScoreBand":
        """Read the message."""
        return cls(low=message.low, median=message.median, high=message.high)

    def to_proto(self) -> pb.ScoreBand:
        """Write the message."""
        return pb.ScoreBand(low=self.low, median=self.median, high=self.high)


@dataclass(frozen=True, kw_only=True)
class Target:
    """One flavour of the graph, for one kind of device.

    `score_cells`: the image score is the mean of so many of the highest cells of the anomaly map; 0 where the map does
    not tell it.
    """

    name: str
    graph_path: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    threshold: Threshold
    normal_scores: ScoreBand
    score_cells: int = 0

    @classmethod
    def from_proto(cls, message: pb.Target) -> "Target":
        """Read the message."""
        return cls(
            name=message.name,
            graph_path=message.graph_path,
            inputs=tuple(map(TensorSpec.from_proto, message.inputs)),
            outputs=tuple(map(TensorSpec.from_proto, message.outputs)),
            threshold=Threshold.from_proto(message.threshold),
            normal_scores=ScoreBand.from_proto(message.normal_scores),
            score_cells=message.score_cells,
        )

    def to_proto(self) -> pb.Target:
        """Write the message."""
        return pb.Target(
            name=self.name,
            graph_path=self.graph_path,
            inputs=[tensor.to_proto() for tensor in self.inputs],
            outputs=[tensor.to_proto() for tensor in self.outputs],
            threshold=self.threshold.to_proto(),
            normal_scores=self.normal_scores.to_proto(),
            score_cells=self.score_cells,
        )


@dataclass(frozen=True, kw_only=True)
class GoldenPicture:
    """A picture whose image score every runtime must repeat: expected scores by target name."""

    path: str
    scores: Mapping[str, float]

    @classmethod
    def from_proto(cls, message: pb.GoldenPicture) -> "GoldenPicture":
        """Read the message."""
        return cls(path=message.path, scores=dict(message.scores))

    def to_proto(self) -> pb.GoldenPicture:
        """Write the message."""
        return pb.GoldenPicture(path=self.path, scores=dict(self.scores))


@dataclass(frozen=True, kw_only=True)
class GoldenCheck:
    """The golden pictures and the largest allowed |score - expected|."""

    score_tolerance: float
    pictures: tuple[GoldenPicture, ...]

    @classmethod
    def from_proto(cls, message: pb.GoldenCheck) -> "GoldenCheck":
        """Read the message."""
        return cls(
            score_tolerance=message.score_tolerance,
            pictures=tuple(map(GoldenPicture.from_proto, message.pictures)),
        )

    def to_proto(self) -> pb.GoldenCheck:
        """Write the message."""
        return pb.GoldenCheck(
            score_tolerance=self.score_tolerance,
            pictures=[picture.to_proto() for picture in self.pictures],
        )


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """Where the bundle came from; `compiler_settings` is canonical JSON."""

    dataset_digest: str
    training_run: str
    parent_bundle: str = ""
    compiler_settings: str = "{}"
    tool_versions: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_proto(cls, message: pb.Lineage) -> "Lineage":
        """Read the message."""
        return cls(
            dataset_digest=message.dataset_digest,
            training_run=message.training_run,
            parent_bundle=message.parent_bundle,
            compiler_settings=message.compiler_settings,
            tool_versions=dict(message.tool_versions),
        )

    def to_proto(self) -> pb.Lineage:
        """Write the message."""
        return pb.Lineage(
            dataset_digest=self.dataset_digest,
            training_run=self.training_run,
            parent_bundle=self.parent_bundle,
            compiler_settings=self.compiler_settings,
            tool_versions=dict(self.tool_versions),
        )


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One line of the measured table, for example `teacher`, `image_auroc`, 0.97, ``."""

    subject: str
    metric: str
    value: float
    unit: str = ""

    @classmethod
    def from_proto(cls, message: pb.Measurement) -> "Measurement":
        """Read the message."""
        return cls(subject=message.subject, metric=message.metric, value=message.value, unit=message.unit)

    def to_proto(self) -> pb.Measurement:
        """Write the message."""
        return pb.Measurement(subject=self.subject, metric=self.metric, value=self.value, unit=self.unit)


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a bundle contains, what it promises and where it came from.

    `site` is empty and `release` 0 until the bundle is published. `files` is sorted by path. `frame_width` and
    `frame_height` are the pixels of the frames that the bundle was made for; `region` is the part of them that the
    anomaly map covers, and None when it is the whole; `stack` is what the graphs judge at once, and None when that is
    one frame; `picture_bits` are the significant bits of the pictures that it was taught from, of which the graphs see
    the upper 8; `sampling` says which pixels of a frame they look at, and is None where that is not known.
    """

    name: str
    targets: tuple[Target, ...]
    golden: GoldenCheck
    lineage: Lineage
    frame_width: int
    frame_height: int
    measurements: tuple[Measurement, ...] = ()
    files: tuple[FileEntry, ...] = ()
    defect_classes: tuple[str, ...] = ()
    region: RegionOfInterest | None = None
    stack: FrameStack | None = None
    picture_bits: int = PLAIN_BITS
    sampling: FrameSampling | None = None
    site: str = ""
    release: int = 0
    schema_version: int = SCHEMA_VERSION

    @classmethod
    def from_proto(cls, message: pb.Manifest) -> "Manifest":
        """Read the message."""
        return cls(
            schema_version=message.schema_version,
            name=message.name,
            site=message.site,
            release=message.release,
            files=tuple(map(FileEntry.from_proto, message.files)),
            targets=tuple(map(Target.from_proto, message.targets)),
            golden=GoldenCheck.from_proto(message.golden),
            lineage=Lineage.from_proto(message.lineage),
            measurements=tuple(map(Measurement.from_proto, message.measurements)),
            frame_width=message.frame_width,
            frame_height=message.frame_height,
            defect_classes=tuple(message.defect_classes),
            region=RegionOfInterest.from_proto(message.region) if message.HasField("region") else None,
            stack=FrameStack.from_proto(message.stack) if message.HasField("stack") else None,
            picture_bits=message.picture_bits or PLAIN_BITS,
            sampling=FrameSampling.from_proto(message.sampling) if message.HasField("sampling") else None,
        )

    def to_proto(self) -> pb.Manifest:
        """Write the message."""
        return pb.Manifest(
            schema_version=self.schema_version,
            name=self.name,
            site=self.site,
            release=self.release,
            files=[entry.to_proto() for entry in self.files],
            targets=[target.to_proto() for target in self.targets],
            golden=self.golden.to_proto(),
            lineage=self.lineage.to_proto(),
            measurements=[measurement.to_proto() for measurement in self.measurements],
            frame_width=self.frame_width,
            frame_height=self.frame_height,
            defect_classes=self.defect_classes,
            region=None if self.region is None else self.region.to_proto(),
            stack=None if self.stack is None else self.stack.to_proto(),
            picture_bits=0 if self.picture_bits == PLAIN_BITS else self.picture_bits,
            sampling=None if self.sampling is None else self.sampling.to_proto(),
        )
