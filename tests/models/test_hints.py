import numpy as np
import pytest

from ae.image.color import chroma
from ae.models import hints


@pytest.fixture(scope="module")
def colors(cifar):
    return chroma(cifar / np.float32(255))


def test_about_half_of_the_images_have_none(colors):
    drawn = hints.draw(colors, np.random.default_rng(0))
    assert drawn.shape == (400, 32, 32, 3) and drawn.dtype == np.float32
    assert 0.4 < (drawn == 0).all((1, 2, 3)).mean() < 0.6
    assert set(np.unique(drawn[..., 2])) == {0, 1}
    assert (drawn[drawn[..., 2] == 0] == 0).all()


def test_they_depend_on_the_generator_alone(colors):
    one, same, other = (hints.draw(colors, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, same) and not np.array_equal(one, other)


@pytest.mark.parametrize("height, width", [(32, 32), (32, 17), (96, 64), (8, 8)])
def test_a_patch_is_a_square_of_its_mean_chroma(height, width):
    random = np.random.default_rng(0)
    colors = random.uniform(-0.5, 0.5, (height, width, 2)).astype(np.float32)
    sides = set()
    for _ in range(200):
        planes = np.zeros((height, width, 3), np.float32)
        hints.place_patches(planes, colors, 1, random)
        rows, columns = (np.flatnonzero(planes[..., 2].any(axis)) for axis in (1, 0))
        patch = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        assert len(rows) == len(columns) and (planes[patch][..., 2] == 1).all()
        assert planes[patch][..., :2] == pytest.approx(
            np.broadcast_to(colors[patch].mean((0, 1)), (*rows.shape * 2, 2))
        )
        sides.add(len(rows))
    assert sides == set(range(1, height // 8 + 1))


def test_up_to_sixteen_patches_lie_anywhere_in_an_image(colors):
    drawn = hints.draw(colors, np.random.default_rng(0))[..., 2]
    painted = drawn.sum((1, 2))
    assert painted.max() <= hints.MOST_PATCHES * (32 // 8) ** 2
    assert len(np.unique(painted)) > 50
    assert (drawn.mean(0) > 0).all()
