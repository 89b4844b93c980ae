import numpy as np
import pytest
from PIL import Image

from ae.image.color import chroma, luma
from ae.image.photos import open_photo, to_array
from ae.models.cache import MODELS
from ae.photo.colorizer import Colorizer
from ae.ui.controls import EXAMPLES


@pytest.fixture(scope="module")
def photo():
    return open_photo(EXAMPLES / "coffee.jpg")


@pytest.fixture(scope="module")
def colorizer():
    return Colorizer.load("color-photo")


def chromas(images):
    return [chroma(to_array(image)) for image in images]


def test_the_alternatives_differ_by_more_than_a_vividness_could(colorizer, photo):
    automatic, *others = chromas(colorizer.alternatives(photo))
    assert len(others) == 3
    for other in others:
        scale = (automatic * other).sum() / np.square(automatic).sum()  # the nearest of all degrees of vividness
        assert np.abs(other - scale * automatic).mean() > 0.01
    for one, other in zip(others, others[1:]):
        assert np.abs(one - other).mean() > 0.01


def test_every_alternative_is_one_that_the_model_holds_likely(colorizer, photo):
    """Nowhere less likely than the automatic colors by more than the budget allows, and the photo's luma is kept."""
    automatic, *others = colorizer.alternatives(photo, vividness=0)
    heads = MODELS.heads(colorizer.network)
    y = luma(to_array(photo.resize(automatic.size, Image.Resampling.LANCZOS, reducing_gap=3.0)))
    logits, _ = heads.logits(np.concatenate([y, np.zeros((*y.shape[:2], 3), np.float32)], -1)[None])
    shares = heads.shares(logits)[0]
    spread = np.sqrt(shares @ np.square(heads.grid).sum(-1) - np.square(shares @ heads.grid).sum(-1))
    for other in others:
        assert np.abs(luma(to_array(other)) - luma(to_array(automatic))).mean() < 0.01
        moved = np.linalg.norm(chroma(to_array(other)) - chroma(to_array(automatic)), axis=-1)
        moved = np.asarray(Image.fromarray(moved.astype(np.float32)).resize(spread.shape[::-1], Image.Resampling.BOX))
        assert (moved < 2 * spread).mean() > 0.98  # less than two standard deviations
        assert moved[spread < 0.05].mean() < 0.02  # where the model is sure, nothing changes


def test_an_alternative_is_the_answer_at_full_size(colorizer, photo):
    small = colorizer.alternatives(photo)[2]
    whole = colorizer.process(photo, alternative=2)
    assert whole.size == photo.size
    there = chroma(to_array(whole.resize(small.size, Image.Resampling.BOX)))
    assert np.abs(there - chroma(to_array(small))).mean() < 0.02


def test_what_has_no_alternatives_says_so(colorizer, photo):
    with pytest.raises(ValueError, match="Expected the number of one of the photo's colorings, below 4"):
        colorizer.process(photo, alternative=4)
    with pytest.raises(ValueError, match="Expected a model that predicts how likely colors are"):
        Colorizer.load("color-report").alternatives(photo)
    assert len(colorizer.alternatives(Image.new("RGB", (64, 64)))) == 1  # of black, the model is sure
