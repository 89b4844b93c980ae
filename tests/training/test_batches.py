from dataclasses import replace

import numpy as np
import pytest
from same import near

from ae.image.color import chroma, luma
from ae.image.photos import center_square, open_photo
from ae.models.catalog import get
from ae.models.recipes import Crop
from ae.training import batches
from ae.ui.controls import EXAMPLES

MIRRORING = replace(get("ir-best"), recipe=get("ir-residual").recipe)


@pytest.fixture(scope="module")
def photos():
    """40 squares of 96 pixels of the example photos."""
    images = [open_photo(EXAMPLES / name) for name in ("coffee.jpg", "tabby.jpg", "rocket.jpg", "astronaut.jpg")]
    turned = [image.rotate(9 * turn) for turn in range(10) for image in images]
    return np.stack([np.asarray(center_square(image, 96)) for image in turned])


def epoch_of(images_u8, model_id, seed=0, epoch=1, epochs=60, kinds=None):
    """Returns x and y of a whole epoch; a dict of outputs counts as one y where they are the same."""
    made = batches.training_batches(images_u8, get(model_id), seed, epoch, epochs, kinds)
    parts = [(batch[0], batch[1]) for batch in made]
    for _, y in parts:
        if isinstance(y, dict):
            assert np.array_equal(y["rgb"], y["colors"])
    rgb = [y["rgb"] if isinstance(y, dict) else y for _, y in parts]
    return np.concatenate([x for x, _ in parts]), np.concatenate(rgb)


def as_rows(images):
    return {image.tobytes() for image in np.round(np.asarray(images) * 255).astype(np.uint8)}


@pytest.mark.parametrize("make", [batches._dataset, batches.Batches])
def test_mirrored_images_are_mirrored_in_both_input_and_target(cifar, make):
    flips = np.zeros(40, bool)
    flips[5] = True
    (x, y), rest = (tuple(map(np.asarray, batch)) for batch in make(cifar[:40], MIRRORING, np.arange(40), flips))
    assert np.array_equal(y[5], cifar[5, :, ::-1] / np.float32(255))
    assert np.array_equal(y[4], cifar[4] / np.float32(255))
    assert np.array_equal(x, y)
    assert len(rest[0]) == 8


@pytest.mark.parametrize("make", [batches._dataset, batches.Batches])
def test_a_colorizer_is_given_luma(cifar, make):
    x, y = next(iter(make(cifar[:32], get("color-report"), np.arange(32)[::-1])))
    assert x.shape == (32, 32, 32, 1) and y.shape == (32, 32, 32, 3)
    assert np.asarray(x)[0, ..., 0] == pytest.approx(cifar[31] / 255 @ [0.299, 0.587, 0.114], abs=1e-6)


@pytest.mark.parametrize("model_id", ["ir-best", "color-unet"])
def test_an_epoch_has_every_image_once_in_an_order_of_its_own(cifar, model_id):
    _, first = epoch_of(cifar[:100], model_id)
    _, same = epoch_of(cifar[:100], model_id)
    _, second = epoch_of(cifar[:100], model_id, epoch=2)
    _, reseeded = epoch_of(cifar[:100], model_id, seed=1)
    assert np.array_equal(first, same)
    assert not np.array_equal(first, second) and not np.array_equal(first, reseeded)
    known = as_rows(cifar[:100] / 255)
    mirrored = as_rows(cifar[:100, :, ::-1] / 255)
    for y in (first, second):
        assert len(as_rows(y)) == 100 and as_rows(y) <= known | mirrored
        shown_mirrored = len(as_rows(y) & mirrored)
        assert shown_mirrored == 0 if model_id == "ir-best" else 30 < shown_mirrored < 70


@pytest.mark.parametrize("model_id", ["ir-best", "color-report", "color-unet"])
def test_validation_has_the_images_as_they_are_in_their_order(cifar, model_id):
    parts = list(batches.validation_batches(cifar[:40], get(model_id)))
    y = np.concatenate([y["rgb"] if isinstance(y, dict) else y for _, y in parts])
    assert np.array_equal(y, cifar[:40] / np.float32(255))
    x = np.concatenate([np.asarray(x) for x, _ in parts])
    assert near(x, y if model_id == "ir-best" else luma(y), 1e-6)


def test_hints_are_true_colors_beside_the_luma(cifar):
    x, y = epoch_of(cifar, "color-unet")
    assert x.shape == (400, 32, 32, 4) and x.dtype == y.dtype == np.float32
    assert np.array_equal(x[..., :1], luma(y))
    hinted = x[..., 3] == 1
    assert 0.4 < hinted.any((1, 2)).mean() < 0.6
    true = chroma(y)
    for image, given in zip(true, x):
        hints = given[given[..., 3] == 1][:, 1:3]
        assert (hints >= image.min((0, 1)) - 1e-6).all() and (hints <= image.max((0, 1)) + 1e-6).all()
    error = np.abs(x[..., 1:3] - true).mean(-1)[hinted].mean()
    other = np.abs(x[..., 1:3] - true[:, ::-1, ::-1])[hinted].mean()
    assert error < other / 2  # they lie where their color is, in mirrored images too
    again, _ = epoch_of(cifar, "color-unet")
    assert np.array_equal(again, x)


def test_crops_have_their_size_and_are_drawn_anew_every_epoch(photos):
    photos, kinds = photos.repeat(2, 1).repeat(2, 2), np.repeat(["cat", "house"], 20)
    x, y = epoch_of(photos, "color-photo", kinds=kinds)
    assert x.shape == (40, 128, 128, 4) and y.shape == (40, 128, 128, 3)
    assert near(x[..., :1], luma(y), 1e-5)
    same, _ = epoch_of(photos, "color-photo", kinds=kinds)
    assert np.array_equal(same, x)
    _, second = epoch_of(photos, "color-photo", epoch=2, kinds=kinds)
    assert not as_rows(second) & as_rows(y)
    assert [epoch_of(photos, "color-photo", 0, epoch, 6, kinds)[0].shape[1] for epoch in (2, 3, 6)] == [128, 160, 192]
    (x, y), *_ = batches.validation_batches(photos, get("color-photo"))
    assert x.shape == (32, 192, 192, 1) and np.array_equal(y["rgb"], photos[:32] / np.float32(255))


def test_kinds_are_drawn_as_often_as_the_square_root_of_their_number():
    kinds = np.repeat(["many", "some", "few"], [900, 225, 25])
    drawn = batches.balanced(kinds, np.random.default_rng(0))
    assert len(drawn) == 1150
    times = np.bincount(drawn, minlength=1150)
    for first, last, share in ((0, 900, 30 / 50), (900, 1125, 15 / 50), (1125, 1150, 5 / 50)):
        assert times[first:last].sum() == pytest.approx(1150 * share, abs=1)
        assert np.ptp(times[first:last]) <= 1


def test_half_of_the_photos_are_aged_in_their_luma_alone(photos):
    squares = photos[:4].repeat(10, 0)
    truth = np.concatenate([batch[1]["rgb"] for batch in batches.validation_batches(squares, get("color-photo"))])
    recipe = replace(get("color-photo").recipe, crop=None, flips=False)
    made = batches.Batches(squares, replace(get("color-photo"), recipe=recipe), np.arange(40), seed=[0, 1])
    x, y = (np.concatenate(parts) for parts in zip(*((x, y["rgb"]) for x, y in (made[0], made[1]))))
    assert near(chroma(y), chroma(truth), 1e-5)
    assert near(x[..., :1], luma(y), 1e-5) and np.abs(x[..., 0] - 0.5).max() < 0.5 + 1e-5
    aged = np.abs(luma(y) - luma(truth)).max((1, 2, 3)) > 1e-3
    assert 0.2 < aged.mean() < 0.8


def ramp(side):
    """Red rises from left to right and green from top to bottom, two levels a pixel: a crop tells its place."""
    red = np.broadcast_to(np.arange(side, dtype=np.uint8) * 2, (side, side))
    return np.stack([red, red.T, np.zeros_like(red)], -1)


def test_a_crop_is_a_square_within_the_image_and_any_of_them_is_drawn():
    random = np.random.default_rng(0)
    crops = np.stack([batches.random_square(ramp(96), Crop((64,), 64), 64, random) for _ in range(300)]).astype(float)
    assert crops.shape == (300, 64, 64, 3)
    left, right = crops[:, 32, 2, 0], crops[:, 32, -3, 0]
    top, bottom = crops[:, 2, 32, 1], crops[:, -3, 32, 1]
    widths, heights = (right - left) / 2 * 64 / 59, (bottom - top) / 2 * 64 / 59
    assert widths == pytest.approx(heights, abs=2)
    assert widths.min() == pytest.approx(64, abs=2) and widths.max() == pytest.approx(96, abs=2)
    assert min(left.min(), top.min()) < 2 * 5 and max(right.max(), bottom.max()) > 2 * 90
    assert np.array_equal(batches.random_square(ramp(96)[:64, :64], Crop((64,), 64), 64, random), ramp(64))


def test_a_coarse_crop_shows_no_more_than_a_small_photo():
    noise = np.random.default_rng(0).integers(0, 256, (96, 96, 3), np.uint8)
    for coarse, expected in ((0.0, 300), (0.3, 210), (1.0, 0)):
        random = np.random.default_rng(0)
        crops = [batches.random_square(noise, Crop((96,), 96, coarse=coarse), 96, random) for _ in range(300)]
        assert sum(np.array_equal(crop, noise) for crop in crops) == pytest.approx(expected, abs=30 * (coarse == 0.3))
        assert all(np.diff(crop.astype(float), axis=1).std() < 50 for crop in crops if not np.array_equal(crop, noise))


def test_beyond_the_border_a_crop_has_the_mirror_image():
    random = np.random.default_rng(0)
    crop = Crop(sides=(40,), smallest=40, margin=4)
    mirrored = np.abs(np.arange(-4, 36))
    mirrored = np.minimum(mirrored, 62 - mirrored)
    assert np.array_equal(batches.random_square(ramp(32), crop, 40, random), ramp(32)[mirrored][:, mirrored])


@pytest.mark.parametrize("epochs, first", [(60, 28), (20, 9), (2, 1)])
def test_the_first_cycle_has_the_images_as_they_are_and_the_second_squares_of_them(cifar, epochs, first):
    known = as_rows(cifar / 255) | as_rows(cifar[:, :, ::-1] / 255)
    _, last = epoch_of(cifar, "color-unet", epoch=first, epochs=epochs)
    _, next_one = epoch_of(cifar, "color-unet", epoch=first + 1, epochs=epochs)
    assert as_rows(last) <= known
    assert next_one.shape == last.shape and len(as_rows(next_one) & known) < 10
