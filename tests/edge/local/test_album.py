from pathlib import Path

import numpy as np
import pytest

from edge.local.taught import red
from linewatch.edge.errors import SourceError, TeachingRefused
from linewatch.edge.local import album
from linewatch.edge.local.album import Album, as_png


def test_pictures_come_back_as_they_were_and_go_when_nobody_needs_them(tmp_path: Path) -> None:
    kept = Album(tmp_path / "pictures")
    kept.keep({})
    assert not (tmp_path / "pictures").exists()
    (one, data), (other, more) = as_png(red(1)), as_png(red(2))
    kept.keep({one: data, other: more})
    assert np.array_equal(kept.read(one), red(1))
    kept.keep_only([other])
    assert np.array_equal(kept.read(other), red(2))
    with pytest.raises(SourceError, match="cannot read"):
        kept.read(one)
    (tmp_path / "pictures" / f"{other}.png").write_bytes(data)
    with pytest.raises(SourceError, match="was changed"):
        kept.read(other)


def test_there_is_an_end_to_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (one, data), (other, more) = as_png(red(1)), as_png(red(2))
    monkeypatch.setattr(album, "MOST_BYTES", len(data) + 1)
    kept = Album(tmp_path)
    kept.keep({one: data})
    with pytest.raises(TeachingRefused, match="local undo"):
        kept.keep({other: more})
