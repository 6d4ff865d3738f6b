"""Sizes of pictures as people type them."""

import re

from linewatch.cloud.errors import WrongUse


def parse_size(text: str) -> tuple[int, int] | None:
    """(height, width) of `256x640`; None of an empty text.

    Raises:
        WrongUse: it is neither.
    """
    if not text:
        return None
    match = re.fullmatch(r"(\d{1,5})[xX](\d{1,5})", text.strip())
    if match is None:
        raise WrongUse(f"'{text}' is no size: write height and width in pixels, as in 256x640")
    return int(match[1]), int(match[2])
