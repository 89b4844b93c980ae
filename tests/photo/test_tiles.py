import numpy as np
import pytest
from PIL import Image
from same import same_picture

from ae.image import metrics
from ae.image.photos import open_photo
from ae.models import networks
from ae.models.cache import MODELS
from ae.models.catalog import ARCHITECTURES, get
from ae.photo import tiles
from ae.ui.controls import EXAMPLES

RECONSTRUCTORS = [architecture.id for architecture in ARCHITECTURES.values() if architecture.task == "reconstruct"]


def noise(height, width):
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8))


def tiled(network, photo, multiple, **settings):
    return tiles.map_tiles(network.predict_on_batch, photo, multiple, *networks.surroundings(network), **settings)


OWN = ["own-4-4-4-4-k7-average-linear", "own-3-5-2-k5-max-elu", "own-6-k1-max-relu"]


@pytest.mark.parametrize("model_id", [*RECONSTRUCTORS, *OWN])
def test_a_photo_in_tiles_is_the_photo_in_one_piece(model_id, monkeypatch):
    network, multiple = (MODELS.get(model_id)[0] if model_id in RECONSTRUCTORS else get(model_id).build()), 8
    photo = open_photo(EXAMPLES / "astronaut.jpg")
    whole, steps = tiled(network, photo, multiple), []
    monkeypatch.setattr(tiles, "WHOLE", 90_000)
    parts = tiled(network, photo, multiple, progress=steps.append)
    assert same_picture(whole, parts)
    assert len(steps) > 3 and steps == sorted(steps) and steps[-1] == 1
    if model_id in RECONSTRUCTORS:
        assert metrics.psnr(np.asarray(photo)[None], np.asarray(parts)[None])[0] > 20  # it is a reconstruction at all


@pytest.mark.parametrize("model_id", [*RECONSTRUCTORS, *OWN, "own-2-2-2-2-k7-average-linear"])
def test_no_network_looks_further_around_itself_than_its_graph_says(model_id):
    """With positive weights a pixel's light reaches all that can see it, and no more than that."""
    network, side, at = get(model_id).build(), 288, 144
    weights = [np.abs(array) + 0.01 if array.ndim > 1 else array for array in network.get_weights()]
    network.set_weights(weights)
    reach, _ = networks.surroundings(network)
    dark = np.full((1, side, side, 3), 0.2, np.float32)
    without, furthest = np.asarray(network(dark)), 0
    for i in range(get(model_id).multiple):
        light = dark.copy()
        light[0, at + i, at + i] = 1e4  # or the furthest would be lost in rounding
        _, rows, columns = np.nonzero(np.abs(network(light) - without).max(-1))
        furthest = max(furthest, np.abs(rows - at - i).max(), np.abs(columns - at - i).max())
    assert furthest == reach


def test_a_network_that_pools_over_everything_has_no_end():
    assert networks.surroundings(get("color-photo").build())[0] == np.inf


@pytest.mark.parametrize("size", [(1, 1), (8, 3001), (37, 53), (96, 96), (8, 93), (1203, 1101), (2500, 801)], ids=str)
@pytest.mark.parametrize("multiple, reach, width", [(4, 43, 4), (8, 97, 64)])
def test_what_changes_nothing_gives_the_photo_back_and_is_never_given_more_than_a_tile(size, multiple, reach, width):
    given = []

    def identity(images):
        given.append(images.shape)
        assert images.dtype == np.float32 and 0 <= images.min() and images.max() <= 1
        return images

    photo = noise(*size)
    assert np.array_equal(tiles.map_tiles(identity, photo, multiple, reach, width), photo)
    for count, height, width_, channels in given:
        assert (count, channels) == (1, 3)
        assert height % multiple == width_ % multiple == 0
        assert height * width_ * width <= tiles.NUMBERS and height * width_ <= tiles.WHOLE


def test_a_thin_photo_has_few_tiles():
    given = []
    photo = Image.new("RGB", (1_000_000, 8))
    tiles.map_tiles(lambda images: given.append(images) or images, photo, 4, 43, 12)
    assert len(given) <= 1.1 * 8_000_000 / tiles.WHOLE
