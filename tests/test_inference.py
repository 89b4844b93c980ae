import numpy as np
import pytest
from PIL import Image

import ae
from ae import inference, metrics
from ae.photos import PhotoError
from ae.ui.photo_tab import EXAMPLES


def colorize(name, reconstructor="ir-best"):
    pictures, sentences = inference.colorize(EXAMPLES / name, reconstructor, "color-report")
    return {picture.name: picture for picture in pictures}, sentences


def test_four_pictures_of_a_cifar_image():
    pictures, sentences = colorize("horse.png")
    assert list(pictures) == ["original", "grayscale", "reconstruction", "colorization"]
    horse = np.asarray(Image.open(EXAMPLES / "horse.png"))
    assert np.array_equal(np.asarray(pictures["original"].image), horse)
    by_hand = ae.load("ir-best").predict_on_batch(np.float32(horse)[None] / 255)
    assert np.array_equal(np.asarray(pictures["reconstruction"].image), metrics.to_u8(by_hand)[0])
    luma = (np.float32(horse) / 255 @ np.float32([0.299, 0.587, 0.114]))[None, ..., None]
    by_hand = ae.load("color-report").predict_on_batch(luma)
    assert np.array_equal(np.asarray(pictures["colorization"].image), metrics.to_u8(by_hand)[0])
    assert sentences == ["Bundled weights."]


def test_metrics_are_those_of_the_pictures():
    pictures, _ = colorize("astronaut.jpg")
    truth = np.asarray(pictures["original"].image)[None]
    assert pictures["original"].metrics == {}
    for name in ("grayscale", "reconstruction", "colorization"):
        image = np.asarray(pictures[name].image)[None]
        assert pictures[name].metrics == {
            "psnr": metrics.psnr(truth, image)[0],
            "ssim": metrics.ssim(truth, image)[0],
            "accuracy": metrics.accuracy(truth, image)[0],
        }


def test_a_photo_without_colors_has_none_to_compare_with():
    pictures, _ = colorize("photographer.png")
    assert pictures["grayscale"].metrics == pictures["colorization"].metrics == {}
    assert set(pictures["reconstruction"].metrics) == {"psnr", "ssim"}


def test_no_photo_is_asked_for():
    with pytest.raises(PhotoError, match="No photo was given"):
        inference.colorize(None, "ir-best", "color-report")


@pytest.mark.parametrize("model", ["ir-best", "color-bets", ["color-report"], None])
def test_a_model_that_cannot_colorize_is_refused_with_those_that_can(model):
    with pytest.raises(ValueError, match="^Expected a model that can colorize: .*color-report.*Received: ") as error:
        inference.colorize(EXAMPLES / "horse.png", "ir-best", model)
    assert str(error.value).endswith(f"Received: {model!r}") and "ir-best, " not in str(error.value)


def test_gallery_has_the_photo_and_every_models_picture():
    images = inference.gallery(EXAMPLES / "plane.png", ["ir-initial", "color-report"])
    pictures, _ = colorize("plane.png", "ir-initial")
    for image, name in zip(images, ("original", "reconstruction", "colorization"), strict=True):
        assert np.array_equal(np.asarray(image), np.asarray(pictures[name].image))
