import numpy as np

from edge.local.taught import red
from linewatch.edge.local.scores import Scores, fingerprint


def test_copies_count_once_and_the_basis_says_what_was_seen() -> None:
    scores = Scores(moving=True, cameras=("line-1",))
    for number in (0, 0, 1, 2, 1):
        scores.add(red(number), number + 0.5)
    assert scores.values == [0.5, 1.5, 2.5]
    basis = scores.basis()
    assert (basis.frames, basis.cameras) == (3, ("line-1",))
    assert basis.from_unix_ns <= basis.until_unix_ns
    other = Scores(moving=True)
    other.add(red(0), 0.5)
    assert other.basis().sha256 != basis.sha256


def test_pictures_are_independent_and_frames_are_as_far_as_they_differ() -> None:
    assert (Scores(moving=True).worth, Scores(moving=False).worth) == (0, 0)
    still, moving = Scores(moving=False), Scores(moving=True)
    for number in range(50):
        for scores in (still, moving):
            scores.add(red(number), float(number))
    assert still.worth == 50
    assert 1 <= moving.worth < 10


def test_a_fingerprint_does_not_hang_on_how_a_frame_lies_in_memory() -> None:
    wide = np.concatenate([red(0), red(1)], axis=1)
    assert fingerprint(wide[:, :128]) == fingerprint(red(0))
