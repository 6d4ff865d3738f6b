"""What a run hands to the compiler: its pictures, and the shape of a student that suits them."""

from linewatch.cloud.training.pictures import read_mask, read_picture
from linewatch.cloud.training.run import Run
from linewatch.compiler.pictures import LabelledPicture, Pictures, TestPicture
from linewatch.compiler.student.shape import StudentShape, suited_heads


def pictures_of(run: Run) -> Pictures:
    """Every picture of the run's dataset, as the compiler wants them."""
    return Pictures(
        good=[read_picture(sample.path, run.bits) for sample in run.dataset.train],
        labelled=[
            LabelledPicture(
                frame=read_picture(sample.path, run.bits),
                kind=sample.kind,
                mask=read_mask(sample.mask) if sample.mask else None,
            )
            for sample in run.dataset.labelled
        ],
        test=[
            TestPicture(
                frame=read_picture(sample.path, run.bits),
                defective=sample.anomalous,
                name=run.dataset.name(sample.path),
                mask=read_mask(sample.mask) if sample.mask else None,
            )
            for sample in run.dataset.test
        ],
        digest=run.dataset_digest,
    )


def suited_shape(run: Run) -> StudentShape:
    """The size of its teacher's pictures, and heads for what its pictures and labels are like."""
    height, width = run.choice.size
    heads = suited_heads(by_place=run.choice.by_place, labelled=bool(run.dataset.labelled))
    return StudentShape(height=height, width=width, heads=heads)
