"""One thing that an operator taught this device, as it is written down."""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from linewatch.edge.counted import counted

Digest: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
Words: TypeAlias = Annotated[str, Field(max_length=500)]
Direction: TypeAlias = Annotated[tuple[float, ...], Field(min_length=1, max_length=4096)]
Count: TypeAlias = Annotated[int, Field(ge=0)]


class Part(BaseModel):
    """A part of what is written down: strict, frozen, and without numbers that are none."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class NewThreshold(Part):
    """A threshold from normal frames that the device saw.

    Attributes:
        before, threshold: in the unit of the graph's scores.
        method: `order`, which proves the rate by the number of frames, or `tail`, which takes the scores for lognormal.
        false_alarms_per_hour, frames_per_second, confidence: the budget that it was set for.
        rate_bound: upper confidence bound of the false-positive rate that the number of frames proves by itself.
    """

    kind: Literal["threshold"] = "threshold"
    before: float
    threshold: Annotated[float, Field(gt=0)]
    method: Literal["order", "tail"]
    false_alarms_per_hour: float
    frames_per_second: float
    confidence: float
    rate_bound: float


class Place(Part):
    """Cells of the anomaly map: `bits` are those of rows after rows, the first highest, in hexadecimal."""

    rows: Annotated[int, Field(ge=1, le=4096)]
    columns: Annotated[int, Field(ge=1, le=4096)]
    bits: Annotated[str, Field(pattern=r"^([0-9a-f]{2})+$")]


class NewGood(Part):
    """Something that is no defect. `directions` are embeddings of length 1; the limits are those of `TaughtGood`."""

    kind: Literal["good"] = "good"
    directions: Annotated[tuple[Direction, ...], Field(min_length=1, max_length=64)]
    least_similarity: float
    most_score: float
    strange: float
    most_cells: Count
    place: Place | None = None


class NewDefect(Part):
    """A class of defects: the mean direction of the embeddings of `examples` pictures."""

    kind: Literal["defect"] = "defect"
    name: Name
    examples: Annotated[int, Field(ge=1)]
    prototype: Direction


Taught: TypeAlias = Annotated[NewThreshold | NewGood | NewDefect, Field(discriminator="kind")]


class Picture(Part):
    """A picture that taught: SHA-256 of its PNG file, which the device keeps, and its score then."""

    sha256: Digest
    score: float


class Basis(Part):
    """What a change rests on.

    Attributes:
        frames: how many pictures or frames.
        worth: as how many independent ones they count; frames of one scene resemble each other.
        cameras: names of the cameras that showed them; empty for files.
        from_unix_ns, until_unix_ns: wall clock, when they were taken in.
        sha256: of the SHA-256 digests of the frames' pixels, one after the other; of the scores (little-endian float64)
            where the agent that ran had judged them.
        pictures: those that the device keeps.
    """

    frames: Annotated[int, Field(ge=1)]
    worth: Annotated[float, Field(gt=0)]
    cameras: tuple[Name, ...] = ()
    from_unix_ns: int
    until_unix_ns: int
    sha256: Digest
    pictures: tuple[Picture, ...] = ()


class Undone(Part):
    """That the operator took the change back, when and why."""

    time_unix_ns: int
    words: Words = ""


class Subject(Part):
    """What was taught: one target of one bundle. `graph` is the SHA-256 of its graph, which gave scores and embeddings.

    Two bundles with the same graph differ in names and in what was published with them, not in how they judge.
    """

    bundle: Digest
    bundle_name: Name
    release: Count
    target: Name
    graph: Digest


class Change(Part):
    """One change, complete.

    Attributes:
        number: 1, 2, 3, ... over all that was ever taught to this device; never given out twice.
        origin: the number of the first change of which this is the same again for another bundle; its own at first.
        site, device: where it was taught.
        words: the operator's own, for people.
    """

    number: Annotated[int, Field(ge=1)]
    origin: Annotated[int, Field(ge=1)]
    site: Name
    device: Name
    subject: Subject
    taught: Taught
    basis: Basis
    words: Words = ""
    time_unix_ns: int
    undone: Undone | None = None

    @property
    def what(self) -> str:
        """What it changes, in a few words."""
        taught = self.taught
        if isinstance(taught, NewThreshold):
            return f"threshold {taught.before:.4g} -> {taught.threshold:.4g}"
        if isinstance(taught, NewDefect):
            return f"defect '{taught.name}' from {counted(taught.examples, 'picture')}"
        return f"good, from {counted(len(taught.directions), 'picture')}"
