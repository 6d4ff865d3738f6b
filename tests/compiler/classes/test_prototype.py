import numpy as np
import pytest

from linewatch.compiler.classes.prototype import learned
from linewatch.compiler.errors import PictureError

RANDOM = np.random.default_rng(0)
EMBEDDINGS = RANDOM.normal(1, 1, (6, 5)).astype(np.float32)


def test_a_class_is_the_mean_direction_of_its_pictures() -> None:
    made = learned("dent", EMBEDDINGS * RANDOM.uniform(0.1, 10, (6, 1)).astype(np.float32))
    directions = EMBEDDINGS / np.linalg.norm(EMBEDDINGS, axis=1, keepdims=True)
    np.testing.assert_allclose(made.prototype, directions.mean(0), rtol=1e-5)
    assert (made.name, made.examples) == ("dent", 6)


def test_learning_in_steps_is_learning_at_once() -> None:
    in_steps = learned("dent", EMBEDDINGS[4:], learned("dent", EMBEDDINGS[:4]))
    assert in_steps.examples == 6
    np.testing.assert_allclose(in_steps.prototype, learned("dent", EMBEDDINGS).prototype, rtol=1e-5)


def test_pictures_that_show_nothing_make_no_class() -> None:
    with_nothing = np.concatenate([np.zeros((2, 5), np.float32), EMBEDDINGS])
    assert learned("dent", with_nothing) == learned("dent", EMBEDDINGS)
    with pytest.raises(PictureError, match="'dent' show nothing"):
        learned("dent", np.zeros((2, 5), np.float32))
