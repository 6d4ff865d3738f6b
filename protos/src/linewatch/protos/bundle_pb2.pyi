from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FileEntry(_message.Message):
    __slots__ = ("path", "size_bytes", "sha256")
    PATH_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    path: str
    size_bytes: int
    sha256: str
    def __init__(self, path: _Optional[str] = ..., size_bytes: _Optional[int] = ..., sha256: _Optional[str] = ...) -> None: ...

class TensorSpec(_message.Message):
    __slots__ = ("name", "dtype", "shape")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DTYPE_FIELD_NUMBER: _ClassVar[int]
    SHAPE_FIELD_NUMBER: _ClassVar[int]
    name: str
    dtype: str
    shape: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, name: _Optional[str] = ..., dtype: _Optional[str] = ..., shape: _Optional[_Iterable[int]] = ...) -> None: ...

class Threshold(_message.Message):
    __slots__ = ("score", "false_alarms_per_hour", "frames_per_second", "false_positive_rate_bound", "confidence", "normal_pictures")
    SCORE_FIELD_NUMBER: _ClassVar[int]
    FALSE_ALARMS_PER_HOUR_FIELD_NUMBER: _ClassVar[int]
    FRAMES_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    FALSE_POSITIVE_RATE_BOUND_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    NORMAL_PICTURES_FIELD_NUMBER: _ClassVar[int]
    score: float
    false_alarms_per_hour: float
    frames_per_second: float
    false_positive_rate_bound: float
    confidence: float
    normal_pictures: int
    def __init__(self, score: _Optional[float] = ..., false_alarms_per_hour: _Optional[float] = ..., frames_per_second: _Optional[float] = ..., false_positive_rate_bound: _Optional[float] = ..., confidence: _Optional[float] = ..., normal_pictures: _Optional[int] = ...) -> None: ...

class ScoreBand(_message.Message):
    __slots__ = ("low", "median", "high")
    LOW_FIELD_NUMBER: _ClassVar[int]
    MEDIAN_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    low: float
    median: float
    high: float
    def __init__(self, low: _Optional[float] = ..., median: _Optional[float] = ..., high: _Optional[float] = ...) -> None: ...

class Target(_message.Message):
    __slots__ = ("name", "graph_path", "inputs", "outputs", "threshold", "normal_scores", "score_cells")
    NAME_FIELD_NUMBER: _ClassVar[int]
    GRAPH_PATH_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    NORMAL_SCORES_FIELD_NUMBER: _ClassVar[int]
    SCORE_CELLS_FIELD_NUMBER: _ClassVar[int]
    name: str
    graph_path: str
    inputs: _containers.RepeatedCompositeFieldContainer[TensorSpec]
    outputs: _containers.RepeatedCompositeFieldContainer[TensorSpec]
    threshold: Threshold
    normal_scores: ScoreBand
    score_cells: int
    def __init__(self, name: _Optional[str] = ..., graph_path: _Optional[str] = ..., inputs: _Optional[_Iterable[_Union[TensorSpec, _Mapping]]] = ..., outputs: _Optional[_Iterable[_Union[TensorSpec, _Mapping]]] = ..., threshold: _Optional[_Union[Threshold, _Mapping]] = ..., normal_scores: _Optional[_Union[ScoreBand, _Mapping]] = ..., score_cells: _Optional[int] = ...) -> None: ...

class GoldenPicture(_message.Message):
    __slots__ = ("path", "scores")
    class ScoresEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    PATH_FIELD_NUMBER: _ClassVar[int]
    SCORES_FIELD_NUMBER: _ClassVar[int]
    path: str
    scores: _containers.ScalarMap[str, float]
    def __init__(self, path: _Optional[str] = ..., scores: _Optional[_Mapping[str, float]] = ...) -> None: ...

class GoldenCheck(_message.Message):
    __slots__ = ("score_tolerance", "pictures")
    SCORE_TOLERANCE_FIELD_NUMBER: _ClassVar[int]
    PICTURES_FIELD_NUMBER: _ClassVar[int]
    score_tolerance: float
    pictures: _containers.RepeatedCompositeFieldContainer[GoldenPicture]
    def __init__(self, score_tolerance: _Optional[float] = ..., pictures: _Optional[_Iterable[_Union[GoldenPicture, _Mapping]]] = ...) -> None: ...

class Lineage(_message.Message):
    __slots__ = ("dataset_digest", "training_run", "parent_bundle", "compiler_settings", "tool_versions")
    class ToolVersionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    DATASET_DIGEST_FIELD_NUMBER: _ClassVar[int]
    TRAINING_RUN_FIELD_NUMBER: _ClassVar[int]
    PARENT_BUNDLE_FIELD_NUMBER: _ClassVar[int]
    COMPILER_SETTINGS_FIELD_NUMBER: _ClassVar[int]
    TOOL_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    dataset_digest: str
    training_run: str
    parent_bundle: str
    compiler_settings: str
    tool_versions: _containers.ScalarMap[str, str]
    def __init__(self, dataset_digest: _Optional[str] = ..., training_run: _Optional[str] = ..., parent_bundle: _Optional[str] = ..., compiler_settings: _Optional[str] = ..., tool_versions: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Measurement(_message.Message):
    __slots__ = ("subject", "metric", "value", "unit")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    METRIC_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    subject: str
    metric: str
    value: float
    unit: str
    def __init__(self, subject: _Optional[str] = ..., metric: _Optional[str] = ..., value: _Optional[float] = ..., unit: _Optional[str] = ...) -> None: ...

class RegionOfInterest(_message.Message):
    __slots__ = ("left", "top", "width", "height")
    LEFT_FIELD_NUMBER: _ClassVar[int]
    TOP_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    left: float
    top: float
    width: float
    height: float
    def __init__(self, left: _Optional[float] = ..., top: _Optional[float] = ..., width: _Optional[float] = ..., height: _Optional[float] = ...) -> None: ...

class DefectClass(_message.Message):
    __slots__ = ("name", "examples", "prototype")
    NAME_FIELD_NUMBER: _ClassVar[int]
    EXAMPLES_FIELD_NUMBER: _ClassVar[int]
    PROTOTYPE_FIELD_NUMBER: _ClassVar[int]
    name: str
    examples: int
    prototype: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, name: _Optional[str] = ..., examples: _Optional[int] = ..., prototype: _Optional[_Iterable[float]] = ...) -> None: ...

class TargetClasses(_message.Message):
    __slots__ = ("target", "classes")
    TARGET_FIELD_NUMBER: _ClassVar[int]
    CLASSES_FIELD_NUMBER: _ClassVar[int]
    target: str
    classes: _containers.RepeatedCompositeFieldContainer[DefectClass]
    def __init__(self, target: _Optional[str] = ..., classes: _Optional[_Iterable[_Union[DefectClass, _Mapping]]] = ...) -> None: ...

class ClassBank(_message.Message):
    __slots__ = ("targets", "least_similarity", "least_margin")
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    LEAST_SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    LEAST_MARGIN_FIELD_NUMBER: _ClassVar[int]
    targets: _containers.RepeatedCompositeFieldContainer[TargetClasses]
    least_similarity: float
    least_margin: float
    def __init__(self, targets: _Optional[_Iterable[_Union[TargetClasses, _Mapping]]] = ..., least_similarity: _Optional[float] = ..., least_margin: _Optional[float] = ...) -> None: ...

class FrameStack(_message.Message):
    __slots__ = ("frames", "step")
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    frames: int
    step: int
    def __init__(self, frames: _Optional[int] = ..., step: _Optional[int] = ...) -> None: ...

class FrameSampling(_message.Message):
    __slots__ = ("height", "width")
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    height: int
    width: int
    def __init__(self, height: _Optional[int] = ..., width: _Optional[int] = ...) -> None: ...

class Manifest(_message.Message):
    __slots__ = ("schema_version", "name", "site", "release", "files", "targets", "golden", "lineage", "measurements", "frame_width", "frame_height", "defect_classes", "region", "stack", "picture_bits", "sampling")
    SCHEMA_VERSION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    FILES_FIELD_NUMBER: _ClassVar[int]
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    GOLDEN_FIELD_NUMBER: _ClassVar[int]
    LINEAGE_FIELD_NUMBER: _ClassVar[int]
    MEASUREMENTS_FIELD_NUMBER: _ClassVar[int]
    FRAME_WIDTH_FIELD_NUMBER: _ClassVar[int]
    FRAME_HEIGHT_FIELD_NUMBER: _ClassVar[int]
    DEFECT_CLASSES_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    STACK_FIELD_NUMBER: _ClassVar[int]
    PICTURE_BITS_FIELD_NUMBER: _ClassVar[int]
    SAMPLING_FIELD_NUMBER: _ClassVar[int]
    schema_version: int
    name: str
    site: str
    release: int
    files: _containers.RepeatedCompositeFieldContainer[FileEntry]
    targets: _containers.RepeatedCompositeFieldContainer[Target]
    golden: GoldenCheck
    lineage: Lineage
    measurements: _containers.RepeatedCompositeFieldContainer[Measurement]
    frame_width: int
    frame_height: int
    defect_classes: _containers.RepeatedScalarFieldContainer[str]
    region: RegionOfInterest
    stack: FrameStack
    picture_bits: int
    sampling: FrameSampling
    def __init__(self, schema_version: _Optional[int] = ..., name: _Optional[str] = ..., site: _Optional[str] = ..., release: _Optional[int] = ..., files: _Optional[_Iterable[_Union[FileEntry, _Mapping]]] = ..., targets: _Optional[_Iterable[_Union[Target, _Mapping]]] = ..., golden: _Optional[_Union[GoldenCheck, _Mapping]] = ..., lineage: _Optional[_Union[Lineage, _Mapping]] = ..., measurements: _Optional[_Iterable[_Union[Measurement, _Mapping]]] = ..., frame_width: _Optional[int] = ..., frame_height: _Optional[int] = ..., defect_classes: _Optional[_Iterable[str]] = ..., region: _Optional[_Union[RegionOfInterest, _Mapping]] = ..., stack: _Optional[_Union[FrameStack, _Mapping]] = ..., picture_bits: _Optional[int] = ..., sampling: _Optional[_Union[FrameSampling, _Mapping]] = ...) -> None: ...
