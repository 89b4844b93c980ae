import numpy as np
import pytest
from PIL import Image

from ae.image import photos
from ae.image.color import chroma, fit_chroma, luma, to_u8
from ae.image.photos import open_photo, to_array
from ae.photo import guided
from ae.ui.controls import EXAMPLES

PHOTOS = sorted(path.name for path in EXAMPLES.iterdir() if path.suffix in (".jpg", ".png"))


def reduced(photo, side=96):
    """Luma and chroma of the photo with a shorter side of `side`."""
    scale = side / min(photo.size)
    rgb = to_array(photo.resize([round(scale * length) for length in photo.size], Image.Resampling.LANCZOS))
    return luma(rgb), chroma(rgb)


@pytest.mark.parametrize("name", PHOTOS)
def test_the_luma_stays_whatever_the_colors(name):
    photo = open_photo(EXAMPLES / name)
    truth = luma(to_array(photo))
    y, colors = reduced(photo, 96 if min(photo.size) > 96 else 16)
    random_colors = np.random.default_rng(0).uniform(-0.5, 0.5, colors.shape).astype(np.float32)
    for given in (colors, -2 * colors, random_colors):
        result = guided.colorize(photo, y, given)
        assert result.size == photo.size and result.mode == "RGB"
        assert np.abs(luma(to_array(result)) - truth).max() <= 0.501 / 255  # each channel is rounded


def test_a_photos_own_colors_come_back_at_full_size():
    photo = open_photo(EXAMPLES / "coffee.jpg")
    result = guided.colorize(photo, *reduced(photo))
    difference = np.abs(chroma(to_array(result)) - chroma(to_array(photo)))
    assert difference.mean() < 0.02


def test_strips_join_without_a_seam(monkeypatch):
    photo = open_photo(EXAMPLES / "astronaut.jpg")
    arguments = photo, *reduced(photo)
    assert photo.height > photos.ROWS
    strips = guided.colorize(*arguments)
    for rows, at_once in ((10_000, 10**6), (77, 10**6), (64, 8000)):
        monkeypatch.setattr(photos, "ROWS", rows)
        monkeypatch.setattr(photos, "AT_ONCE", at_once)
        difference = np.abs(np.subtract(guided.colorize(*arguments), strips, dtype=int))
        assert difference.max() <= 1 and (difference > 0).mean() < 1e-3  # a rounding here and there


def test_colors_end_at_the_edge_of_what_they_belong_to():
    """Two surfaces whose border lies between the small pixels, and the chroma blurred across it."""
    border, side, scale = 203, 384, 8
    left = np.arange(side)[None, :, None] < border
    y = np.where(left, 0.35, 0.6) * np.ones((side, 1, 1), np.float32)
    true = np.where(left, (-0.08, 0.12), (0.1, -0.1)) * np.ones((side, 1, 1))
    photo = to_u8(fit_chroma(y, true))
    small = photo.reshape(side // scale, scale, side // scale, scale, 3).mean((1, 3), dtype=np.float32) / 255
    colors = chroma(small)
    blurred = (colors + np.roll(colors, 1, 1) + np.roll(colors, -1, 1)) / 3
    blurred[:, [0, -1]] = colors[:, [0, -1]]

    planes = [Image.fromarray(plane) for plane in np.moveaxis(blurred, -1, 0)]
    bilinear = np.stack([plane.resize((side, side), Image.Resampling.BILINEAR) for plane in planes], -1)
    ours = chroma(to_array(guided.colorize(Image.fromarray(photo), luma(small), blurred)))
    near = np.s_[:, border - 2 * scale : border + 2 * scale]
    assert np.abs(ours - true)[near].mean() < 0.6 * np.abs(bilinear - true)[near].mean()
    steps = [np.abs(colors[:, border + 1] - colors[:, border - 2]).mean() for colors in (true, ours, bilinear)]
    assert steps[1] > 0.6 * steps[0] and steps[2] < 0.3 * steps[0]
