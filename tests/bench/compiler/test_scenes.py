import numpy as np
import pytest
from bench.compiler.scenes import NORMAL, SCENES, SIDE, stacks


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_is_the_same_for_the_same_seed_and_another_for_each_anomaly(name: str) -> None:
    scene = SCENES[name]
    films = {kind: scene.film(kind, 8, 3) for kind in (NORMAL, *scene.anomalies)}
    np.testing.assert_array_equal(films[NORMAL], scene.film(NORMAL, 8, 3))
    assert films[NORMAL].shape == (8, SIDE, SIDE, 3)
    for kind in scene.anomalies:
        assert not np.array_equal(films[kind], films[NORMAL])


def test_a_belt_that_stands_shows_one_picture_and_noise() -> None:
    still, running = (SCENES["belt"].film(kind, 4, 0).astype(float) for kind in ("stopped", NORMAL))
    assert abs(still[0] - still[-1]).mean() < 6 < abs(running[0] - running[-1]).mean()


def test_stacks_are_neighbours_in_order_of_time() -> None:
    film = np.arange(20, dtype=np.uint8)[:, None, None, None].repeat(3, axis=3)
    made = stacks(film, 3, 4)
    assert [one[:, 0, 0, 0].tolist() for one in made] == [[0, 1, 2], [4, 5, 6], [8, 9, 10], [12, 13, 14], [16, 17, 18]]
