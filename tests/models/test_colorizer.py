import bundled
import numpy as np
import pytest
from same import near

from ae.image import metrics
from ae.image.color import chroma, fit_chroma, luma, to_u8
from ae.image.photos import center_square, open_photo, to_array
from ae.models import catalog
from ae.models.colorizer import GRID, LEVELS, Heads, _spread, cross_entropy, measure_prior, unet
from ae.ui.controls import EXAMPLES


@pytest.fixture(scope="module")
def photos():
    """The example photos, float32 (4, 64, 64, 3)."""
    names = ("coffee.jpg", "tabby.jpg", "rocket.jpg", "astronaut.jpg")
    return np.stack([to_array(center_square(open_photo(EXAMPLES / name), 64)) for name in names])


@pytest.fixture(scope="module", params=["color-unet", "color-photo"])
def model(request):
    return bundled.load(request.param)


def small(seed=0):
    """An untrained one of few channels."""
    import keras

    keras.utils.set_random_seed(seed)
    images = keras.Input((None, None, None))
    return keras.Model(images, unet(images, channels=8, deep_channels=8))


def without_hints(images):
    return np.concatenate([luma(images), np.zeros_like(images)], -1)


def true_distribution(images):
    """The mean chroma of each quarter pixel as a distribution over `GRID`, (N, H / 4, W / 4, 169)."""
    n, height, width, _ = images.shape
    coarse = chroma(images).reshape(n, height // 4, 4, width // 4, 4, 2).mean((2, 4)).astype(np.float64)
    hats = np.eye(len(LEVELS))
    cb, cr = (np.stack([np.interp(coarse[..., i], LEVELS, hat) for hat in hats], -1) for i in (0, 1))
    return (cb[..., :, None] * cr[..., None, :]).reshape(*cb.shape[:3], -1)


def test_it_keeps_to_its_size(model):
    assert model.count_params() <= {"color_unet": 2_500_000, "color_photo": 8_000_000}[model.name]


@pytest.mark.parametrize("height, width", [(1, 1), (1, 5), (3, 2)])
@pytest.mark.parametrize("channels", [1, 4])
def test_any_aspect_and_a_luma_that_is_never_changed(model, height, width, channels):
    multiple = catalog.get(model.name.replace("_", "-")).multiple
    height, width = multiple * height, multiple * width
    inputs = np.random.default_rng(0).uniform(0, 1, (2, height, width, channels)).astype(np.float32)
    inputs[..., 3:] = 0
    outputs = np.asarray(model(inputs))
    assert outputs.shape == (2, height, width, 3)
    assert np.abs(luma(outputs) - inputs[..., :1]).max() < 1e-5
    assert np.abs(chroma(outputs)).max() <= 0.5 + 1e-5


@pytest.mark.parametrize("order", [(1, 4, 1), (4, 1, 4)], ids=str)
def test_luma_alone_is_luma_without_hints_in_whatever_order_they_come(photos, order):
    network = small()
    inputs = {1: luma(photos), 4: without_hints(photos)}
    outputs = [network.predict_on_batch(inputs[channels]) for channels in order]
    assert all(near(output, outputs[0], 1e-5) for output in outputs)
    hinted = inputs[4].copy()
    hinted[:, 20:40, 20:40, 1:] = (0.3, -0.3, 1)
    assert np.abs(network.predict_on_batch(hinted) - outputs[0]).max() > 1e-3


def test_a_hint_pulls_the_color_towards_its_own(model, photos):
    inputs = without_hints(photos)
    for color in ((0.2, -0.1), (-0.1, 0.2)):
        hinted = inputs.copy()
        hinted[:, 28:36, 28:36, 1:] = (*color, 1)
        given, free = (chroma(np.asarray(model(x)))[:, 28:36, 28:36] for x in (hinted, inputs))
        share = 0.5 if model.name == "color_unet" else 1  # the photo colorizer has learned little of hints
        assert np.abs(given - color).mean() < share * np.abs(free - color).mean()


def test_a_value_is_spread_over_its_two_neighbours_so_that_their_mean_is_the_value():
    values = np.random.default_rng(0).uniform(-0.5, 0.5, (1000, 1)).astype(np.float32)
    values[:3, 0] = -0.5, 0, 0.5
    shares = np.asarray(_spread(values))
    assert shares.shape == (1000, 13) and shares.min() >= 0
    assert shares.sum(-1) == pytest.approx(1, abs=1e-5)
    assert near(shares @ LEVELS, values[:, 0], 1e-5)
    assert ((shares > 0).sum(-1) <= 2).all()
    assert np.array_equal(np.asarray(_spread(LEVELS[:, None])), np.eye(13, dtype=np.float32))


def test_the_grid_is_the_one_whose_mean_is_the_color(photos):
    p = true_distribution(photos)
    assert p.shape[-1] == len(GRID) == 169
    coarse = chroma(photos).reshape(4, 16, 4, 16, 4, 2).mean((2, 4))
    assert near(p @ GRID, coarse, 1e-5)
    assert len(np.unique(GRID, axis=0)) == 169 and GRID.min() == -0.5 and GRID.max() == 0.5


def test_the_cross_entropy_is_lowest_for_the_true_distribution(photos):
    p = true_distribution(photos)
    entropy = -(p * np.log(p + 1e-30)).sum(-1).mean((1, 2))

    def loss(distribution):
        return np.asarray(cross_entropy(photos, np.log(distribution + 1e-9).astype(np.float32)))

    best = loss(p)
    assert best.shape == (4,) and best == pytest.approx(entropy, abs=1e-3)
    sharper = p**2 / (p**2).sum(-1, keepdims=True)
    mirrored = p.reshape(4, 16, 16, 13, 13).swapaxes(3, 4).reshape(p.shape)  # Cb for Cr
    for other in (sharper, mirrored, np.roll(p, 1, 0), 0.9 * p + 0.1 / 169, np.full_like(p, 1 / 169)):
        assert (loss(other) > best + 1e-3).all()
    assert loss(np.full_like(p, 1 / 169)) == pytest.approx(np.log(169), abs=1e-3)


def test_the_prior_is_the_frequency_of_the_training_images_colors(photos):
    network = small()
    measure_prior(network, to_u8(photos), chunk=3)
    expected = true_distribution(to_u8(photos).astype(np.float32) / 255).mean((0, 1, 2))
    prior = np.asarray(network.get_layer("mean").prior)
    assert prior == pytest.approx(expected, abs=1e-6) and prior.sum() == pytest.approx(1, abs=1e-5)


def test_weights_of_one_instance_load_on_another(tmp_path, photos):
    one, other = small(seed=0), small(seed=1)
    measure_prior(one, to_u8(photos))
    one.save_weights(tmp_path / "model.weights.h5")
    inputs = without_hints(photos[:1, :16, :16])
    assert not np.allclose(one(inputs), other(inputs), atol=1e-3)
    other.load_weights(tmp_path / "model.weights.h5")
    assert np.allclose(one(inputs), other(inputs), atol=1e-5)
    assert np.array_equal(one.get_layer("mean").prior, other.get_layer("mean").prior)


def test_without_vividness_the_color_is_the_models_own(model, photos):
    own = chroma(model.predict_on_batch(luma(photos)))
    ours = Heads(model)(without_hints(photos))
    assert ours.shape == (4, 64, 64, 2) and isinstance(ours, np.ndarray)
    assert near(ours, own, 1e-5)


def test_more_vividness_is_more_colorful(model, photos):
    to_chroma, y = Heads(model), luma(photos)
    colorfulness = []
    for vividness in (0, 0.25, 0.5, 0.75, 1):
        pictures = to_u8(fit_chroma(y, to_chroma(without_hints(photos), vividness)))
        colorfulness.append(metrics.colorfulness(pictures, pictures))
    assert (np.diff(colorfulness, axis=0) > 0).all()
    assert np.max(colorfulness[-1]) < 109  # extremely colorful


def test_every_photo_gains_the_same_chroma_and_gray_stays_gray():
    """Of colors that are sure: three photos of one color each, of `GRID` along Cb."""
    heads = Heads(bundled.load("color-photo"))
    colors = [np.flatnonzero((GRID == (level, 0)).all(-1))[0] for level in LEVELS[[6, 7, 10]]]
    logits = np.zeros((3, 2, 2, len(GRID)), np.float32)
    for photo, color in zip(logits, colors):
        photo[..., color] = 100
    gained = np.linalg.norm(heads.coarse(logits, 0.5), axis=-1) - np.linalg.norm(heads.coarse(logits, 0), axis=-1)
    assert gained[0] == pytest.approx(0, abs=1e-6) and gained[1] == pytest.approx(gained[2], rel=1e-4)
    assert (gained[1:] > 0.01).all()


def test_what_is_neither_luma_nor_luma_with_hints_is_refused(model):
    for known in (1, 4):  # after both a graph takes any number
        assert model.predict_on_batch(np.full((1, 32, 32, known), 0.5, np.float32)).shape == (1, 32, 32, 3)
    for channels in (2, 3, 5):
        images = np.full((1, 32, 32, channels), 0.5, np.float32)
        with pytest.raises(ValueError, match=rf"Expected luma, .* Received: \(1, 32, 32, {channels}\)"):
            model(images)
        with pytest.raises(Exception, match="Reshape|Expected luma"):
            model.predict_on_batch(images)


def test_it_is_unsure_where_its_colors_are_far_apart(model, photos):
    heads = Heads(model)
    inputs = without_hints(photos)
    shares = heads.shares(heads.logits(inputs)[0])
    assert shares.shape[-1] == 169 and shares.sum(-1) == pytest.approx(1, abs=1e-5)
    unsure = heads.unsure(inputs)
    assert unsure.shape == (4, 64, 64, 1) and (unsure >= 0).all() and unsure.max() < 0.71
    coarse = np.sqrt((shares * np.square(GRID - (shares @ GRID)[..., None, :]).sum(-1)).sum(-1))
    assert unsure.min() >= coarse.min() - 1e-5 and unsure.max() <= coarse.max() + 1e-5
