"""Reads the samples of a dataset as a teacher sees them: in 8 bits, and only the region of interest."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from linewatch.cloud.training.dataset import Dataset, Sample
from linewatch.cloud.training.footage import Reels
from linewatch.cloud.training.pictures import read_mask, read_picture
from linewatch.cloud.training.region import check_region
from linewatch.compiler.sample import still
from linewatch.compiler.teacher import BoolArray, UInt8Array
from linewatch.protos.bundle import RegionOfInterest


@dataclass(frozen=True, kw_only=True)
class SampleReader:
    """`bits` are the significant bits of 16-bit pictures; without a `region` all of a picture is read; `reels` hold the
    stacks where there are videos.
    """

    bits: int
    region: RegionOfInterest | None = None
    reels: Reels | None = None

    def picture(self, sample: Sample) -> UInt8Array:
        """RGB uint8[H, W, 3] of the region; of a video, the frame that is judged.

        Raises:
            DatasetError: see `read_picture`.
            WrongUse: the region is too small in this picture.
        """
        return still(self.sample(sample))

    def sample(self, sample: Sample) -> UInt8Array:
        """The same, or of a video all frames that are judged together, uint8[T, H, W, 3].

        Raises:
            DatasetError, WrongUse: see `picture`.
        """
        pixels = read_picture(sample.path, self.bits) if self.reels is None else self.reels.stack(sample)
        if self.region is None:
            return pixels
        return np.ascontiguousarray(pixels[(..., *check_region(self.region, *pixels.shape[-3:-1]), slice(None))])

    def mask(self, sample: Sample) -> BoolArray | None:
        """bool[H, W] of the region: where the defect is; None if nobody drew it.

        Raises:
            DatasetError: see `read_mask`.
        """
        if sample.mask is None:
            return None
        mask = read_mask(sample.mask)
        return mask if self.region is None else mask[self.region.pixels(mask.shape[0], mask.shape[1])]

    def within(self, dataset: Dataset) -> Dataset:
        """The dataset without the defects that are known to lie outside the region, which nobody could find."""
        if self.region is None:
            return dataset
        return replace(dataset, test=self._seen(dataset.test), labelled=self._seen(dataset.labelled))

    def _seen(self, samples: Iterable[Sample]) -> tuple[Sample, ...]:
        return tuple(sample for sample in samples if (mask := self.mask(sample)) is None or mask.any())
