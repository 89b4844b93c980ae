import numpy as np
import pytest
from command import run
from PIL import Image, ImageOps
from same import same_picture

from ae.image.color import chroma, fit_chroma, luma
from ae.image.photos import PhotoError, open_photo, to_array, to_image
from ae.photo.colorizer import Colorizer
from ae.ui.controls import EXAMPLES


@pytest.fixture(scope="module")
def colorizer():
    return Colorizer.load("color-photo")


def example(name):
    return open_photo(EXAMPLES / name)


def turned(photo):
    """The photo in the complementary colors, its luma kept: what no model would think of."""
    rgb = to_array(photo)
    return to_image(fit_chroma(luma(rgb), -chroma(rgb)))


def mean_chroma(image):
    return chroma(to_array(image)).mean((0, 1))


def error(image, truth):
    return np.linalg.norm(chroma(to_array(image)) - chroma(to_array(truth)), axis=-1).mean()


@pytest.mark.parametrize("name", ["coffee.jpg", "astronaut.jpg", "tabby.jpg"])
def test_the_colors_of_the_reference_are_carried_over_and_luma_stays(colorizer, name):
    photo, wanted = example(name), turned(example(name))
    automatic = colorizer.process(photo)
    result = colorizer.process(photo, reference=colorizer.reference(wanted))
    assert result.size == photo.size
    assert error(result, wanted) < 0.6 * error(automatic, wanted)
    assert np.abs(luma(to_array(result)) - luma(to_array(photo))).max() < 2 / 255


def test_what_is_alike_has_the_same_colors_wherever_it_lies(colorizer):
    photo, wanted = example("coffee.jpg"), turned(example("coffee.jpg"))
    there, mirrored = (
        colorizer.process(photo, reference=colorizer.reference(r)) for r in (wanted, ImageOps.mirror(wanted))
    )
    assert error(mirrored, there) < 0.3 * error(colorizer.process(photo), there)


def test_the_strength_goes_from_the_models_own_colors_to_the_references(colorizer):
    photo, lender = example("cat-1.png"), turned(example("tabby.jpg"))
    automatic = colorizer.process(photo)
    none, half, whole = (
        colorizer.process(photo, reference=colorizer.reference(lender, strength)) for strength in (0, 0.5, 1)
    )
    assert same_picture(none, automatic)
    away = [np.linalg.norm(mean_chroma(image) - mean_chroma(lender)) for image in (automatic, half, whole)]
    assert away[0] > away[1] > away[2]


def test_what_is_like_nothing_in_the_reference_keeps_its_colors(colorizer):
    photo = example("coffee.jpg")
    automatic = colorizer.process(photo)
    alike, unlike = (
        error(colorizer.process(photo, reference=colorizer.reference(turned(example(name)))), automatic)
        for name in ("coffee.jpg", "rocket.jpg")
    )
    assert unlike < 0.5 * alike


@pytest.mark.parametrize("size", [(8, 3000), (3000, 8), (1, 1), (500, 300)])
def test_photos_of_any_shape(colorizer, size):
    thin = example("coffee.jpg").resize(size)
    assert colorizer.process(thin, reference=colorizer.reference(example("tabby.jpg"))).size == size
    if size != (1, 1):
        assert colorizer.process(example("horse.png"), reference=colorizer.reference(thin)).size == (32, 32)


def test_what_cannot_be_carried_over_is_said(colorizer):
    with pytest.raises(PhotoError, match="Expected a reference with colors"):
        colorizer.reference(example("photographer.png"))
    with pytest.raises(ValueError, match="Expected a strength from 0 to 1. Received: 2"):
        colorizer.reference(example("coffee.jpg"), 2)
    for model in ("color-unet", "color-report"):
        with pytest.raises(ValueError, match="Expected a model that recognises what a photo shows"):
            Colorizer.load(model).reference(example("coffee.jpg"))


def test_the_command_line_carries_over_too(colorizer, tmp_path, capsys):
    turned(example("coffee.jpg")).save(tmp_path / "album.png")
    said = run(
        capsys, "colorize", EXAMPLES / "coffee.jpg", "--out", tmp_path / "out", "--reference", tmp_path / "album.png"
    )
    assert said.returncode == 0, said.stderr
    made = Image.open(tmp_path / "out" / "coffee-colorized.jpg")
    asked = colorizer.process(example("coffee.jpg"), reference=colorizer.reference(open_photo(tmp_path / "album.png")))
    assert error(made, asked) < 0.01
    none = run(
        capsys, "colorize", EXAMPLES / "cat-1.png", "--out", tmp_path / "out", "--reference", tmp_path / "no.jpg"
    )
    assert none.returncode == 1 and "There is no file called 'no.jpg'" in none.stderr
