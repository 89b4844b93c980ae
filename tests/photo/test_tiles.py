import numpy as np
import pytest
from PIL import Image

from ae.image import metrics
from ae.models.cache import MODELS
from ae.models.catalog import ARCHITECTURES, get
from ae.photo import tiles
from ae.ui.controls import EXAMPLES

RECONSTRUCTORS = [architecture.id for architecture in ARCHITECTURES.values() if architecture.task == "reconstruct"]

LAST_BITS = 1e-6  # of a network's floats, which may differ from one run to the next


def noise(height, width):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize("model_id", ["ir-residual", "ir-kernels"])
def test_a_photo_in_tiles_is_the_photo_in_one_piece(model_id, monkeypatch):
    network, _ = MODELS.get(model_id)
    photo = np.asarray(Image.open(EXAMPLES / "astronaut.jpg"))
    whole = tiles.map_tiles(network.predict_on_batch, photo)
    monkeypatch.setattr(tiles, "WHOLE", 0)
    monkeypatch.setattr(tiles, "TILE", 256)
    steps = []
    tiled = tiles.map_tiles(network.predict_on_batch, photo, progress=steps.append)
    assert metrics.psnr(whole[None], tiled[None])[0] >= 50
    assert metrics.psnr(photo[None], tiled[None])[0] > 25  # it is a reconstruction at all
    assert steps == [0.25, 0.5, 0.75, 1]


@pytest.mark.parametrize("model_id", RECONSTRUCTORS)
def test_no_model_looks_further_around_itself_than_half_of_the_overlap(model_id):
    """The starts of the tiles are rounded down to a multiple, which may take that much of an overlap away."""
    network, _ = MODELS.get(model_id)
    photo = noise(128, 128).astype(np.float32) / 255
    whole = network(photo[None])
    for i in range(4):
        changed = photo.copy()
        changed[60 + i, 60 + i] = 1 - changed[60 + i, 60 + i]
        _, rows, columns = np.nonzero(np.abs(network(changed[None]) - whole).max(-1) > LAST_BITS)
        furthest = max(np.abs(rows - 60 - i).max(), np.abs(columns - 60 - i).max())
        assert 0 < furthest <= (tiles.OVERLAP - get(model_id).multiple) // 2


@pytest.mark.parametrize("size", [(1, 1), (8, 3001), (37, 53), (96, 96), (8, 93), (1203, 1101), (2500, 801)], ids=str)
@pytest.mark.parametrize("multiple", [4, 8])
def test_what_changes_nothing_gives_the_photo_back_and_is_never_given_more_than_a_tile(size, multiple):
    given = []

    def identity(images):
        given.append(images.shape)
        assert images.dtype == np.float32 and 0 <= images.min() and images.max() <= 1
        return images

    photo = noise(*size)
    assert np.array_equal(tiles.map_tiles(identity, photo, multiple), photo)
    for count, height, width, channels in given:
        assert (count, channels) == (1, 3)
        assert height % multiple == width % multiple == 0
        assert height * width <= max((tiles.TILE + tiles.OVERLAP) ** 2, tiles.WHOLE + multiple * sum(size))
    if size[0] * size[1] > tiles.WHOLE:
        assert len(given) > 1 and max(max(shape) for shape in given) <= tiles.TILE + tiles.OVERLAP
    else:
        assert len(given) == 1
