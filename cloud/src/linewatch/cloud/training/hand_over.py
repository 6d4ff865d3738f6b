"""What a run hands to the compiler: its pictures, and the shape of a student that suits them."""

from dataclasses import astuple

from linewatch.cloud.errors import WrongUse
from linewatch.cloud.training.dataset import Sample
from linewatch.cloud.training.run import Run
from linewatch.compiler.memory import available_bytes
from linewatch.compiler.pictures import LabelledPicture, Pictures, TestPicture
from linewatch.compiler.student.shape import StudentShape, suited_heads
from linewatch.protos.bundle import FrameStack

_MOST_MEMORY = 0.7
"""Share of the free memory that pictures may take; teaching takes more."""


def pictures_of(run: Run) -> Pictures:
    """Every picture of the run's dataset, as the compiler wants them: in memory.

    Raises:
        WrongUse: they do not fit there.
    """
    _check_memory(run)
    return Pictures(
        good=[run.reader.sample(sample) for sample in run.dataset.train],
        labelled=[labelled_picture(run, sample) for sample in run.dataset.labelled],
        test=[judged_picture(run, sample) for sample in run.dataset.test],
        digest=run.dataset_digest,
        bits=run.bits,
        region=run.reader.region,
    )


def labelled_picture(run: Run, sample: Sample) -> LabelledPicture:
    """A defective picture to learn from."""
    return LabelledPicture(frame=run.reader.picture(sample), kind=sample.kind, mask=run.reader.mask(sample))


def judged_picture(run: Run, sample: Sample) -> TestPicture:
    """A picture to judge."""
    return TestPicture(
        frame=run.reader.sample(sample),
        defective=sample.anomalous,
        mask=run.reader.mask(sample),
        kind=sample.kind if sample.anomalous else "",
        name=run.dataset.name(sample.path) + ("" if sample.frame is None else f", frame {sample.frame}"),
    )


def suited_shape(run: Run) -> StudentShape:
    """The size of its teacher's pictures, and heads for what its pictures and labels are like."""
    height, width = run.choice.size
    stack = run.dataset.stack
    heads = suited_heads(by_place=run.choice.by_place, labelled=bool(run.dataset.labelled), moving=stack is not None)
    single = FrameStack(frames=1, step=1)
    frames, step = astuple(stack or single)
    return StudentShape(height=height, width=width, heads=heads, frames=frames, step=step)


def _check_memory(run: Run) -> None:
    """By the size of the first picture: most sets have pictures of one size."""
    count, available = len(run.dataset.samples), available_bytes()
    wanted = count * run.reader.sample(run.dataset.train[0]).nbytes
    if available is not None and wanted > _MOST_MEMORY * available:
        raise WrongUse(
            f"the {count} pictures take {wanted / 1e9:.1f} GB in memory, and {available / 1e9:.1f} GB are free: give "
            "fewer or smaller pictures, or train with a --region of them"
        )
