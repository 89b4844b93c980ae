import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from ae import inference, strokes
from ae.color import chroma
from ae.photos import open_photo, to_array
from ae.ui.controls import EXAMPLES

RED = (200, 30, 40)


def painting(size, *strokes, color=RED, width=0):
    """A transparent RGBA picture with filled boxes, or with lines if they have a `width`."""
    picture = Image.new("RGBA", size)
    draw = ImageDraw.Draw(picture)
    for stroke in strokes:
        draw.line(stroke, (*color, 255), width) if width else draw.rectangle(stroke, (*color, 255))
    return picture


def test_hints_are_the_strokes_chroma_where_it_is_painted():
    hints = strokes.to_hints(painting((200, 100), (40, 20, 79, 59)), (20, 10))
    expected = np.zeros((10, 20, 3), np.float32)
    expected[2:6, 4:8] = (*chroma(np.float32(RED) / 255), 1)
    assert hints.dtype == np.float32
    assert hints == pytest.approx(expected, abs=1e-6)


def test_strokes_of_two_colors_keep_theirs():
    picture = painting((96, 96), (0, 0, 20, 95))
    picture.alpha_composite(painting((96, 96), (60, 0, 95, 95), color=(10, 20, 220)))
    hints = strokes.to_hints(picture, (48, 48))
    for column, color in ((2, RED), (40, (10, 20, 220))):
        assert hints[20, column, :2] == pytest.approx(chroma(np.float32(color) / 255), abs=0.01)


@pytest.mark.parametrize("width", [16, 6])
@pytest.mark.parametrize("left", range(380, 389))
def test_a_thin_stroke_counts_wherever_it_lies_and_has_its_own_color(left, width):
    """The page's brush, and a narrower one, on a canvas of 800 pixels: a small pixel is 8.3 of them wide."""
    picture = painting((800, 800), (left, 100, left, 700), width=width)
    hints = strokes.to_hints(picture, (96, 96))
    assert hints[20:80, :, 2].any(1).all()
    painted = hints[hints[..., 2] == 1]
    assert painted[:, :2] == pytest.approx(np.tile(chroma(np.float32(RED) / 255), (len(painted), 1)), abs=0.02)


@pytest.mark.parametrize("color", [(0, 0, 0, 0), (255, 0, 0, 0)])
def test_a_transparent_picture_gives_none(color):
    assert not strokes.to_hints(Image.new("RGBA", (300, 200), color), (48, 32)).any()


def test_the_barest_touch_of_a_pixel_is_no_stroke():
    assert not strokes.to_hints(painting((80, 80), (8, 8, 9, 9)), (10, 10)).any()


def picture_of(rows):
    """Luma of a drawing, 4 × 4 pixels a character: "#" dark, "." bright, "+" a bit darker than bright."""
    level = {"#": 0.2, ".": 0.7, "+": 0.66}
    return np.kron(np.array([[level[character] for character in row] for row in rows]), np.ones((4, 4)))[..., None]


def touched(y, row, column):
    mask = np.zeros(y.shape[:2], bool)
    mask[4 * row + 1 : 4 * row + 3, 4 * column + 1 : 4 * column + 3] = True
    return mask


ROOMS = picture_of(["......##.....", "..++..##.....", "..++..##.....", "......##....."])


def test_a_stroke_reaches_all_of_its_region_and_not_the_equally_bright_one_elsewhere():
    share = strokes.reach(ROOMS, touched(ROOMS, 0, 0))
    assert share.shape == ROOMS.shape and 0 <= share.min() and share.max() <= 1
    assert (share[:, :22] == 1).all()  # the border's own pixels are smoothed
    assert (share[:, 26:] == 0).all()


def test_strokes_in_two_regions_reach_both():
    both = touched(ROOMS, 0, 0) | touched(ROOMS, 3, 12)
    share = strokes.reach(ROOMS, both)
    assert (share[:, :22] == 1).all() and (share[:, 34:] == 1).all()
    assert (share[:, 26:30] == 0).all()


def test_a_way_around_connects_a_region():
    y = picture_of(["......", "..##..", "..##..", "......"])
    share = strokes.reach(y, touched(y, 1, 0))
    assert (share[:, -6:] == 1).all() and (share[6:10, 10:14] == 0).all()


def test_the_stroke_itself_is_always_reached():
    across = touched(ROOMS, 2, 5) | touched(ROOMS, 2, 6)
    across[9:11, 21:27] = True  # one stroke, over the border
    assert (strokes.reach(ROOMS, across)[across] == 1).all()


def test_without_a_stroke_nothing_is_reached():
    assert (strokes.reach(ROOMS, np.zeros(ROOMS.shape[:2], bool)) == 0).all()


# Where someone would paint, as shares of the width and the height.
STROKES = {
    "saucer": ("coffee.jpg", ((0.24, 0.72), (0.36, 0.84))),
    "espresso": ("coffee.jpg", ((0.42, 0.35), (0.55, 0.40))),
    "what is behind the cat": ("tabby.jpg", ((0.90, 0.62), (0.97, 0.90))),
    "the cat's neck": ("tabby.jpg", ((0.10, 0.90), (0.30, 0.95))),
    "rocket": ("rocket.jpg", ((0.505, 0.40), (0.505, 0.70))),
    "suit": ("astronaut.jpg", ((0.22, 0.55), (0.28, 0.60))),
}


def alike(photo, picture, scale=96):
    """The region of similar luma around a stroke, a flood fill from its mean luma on, as a mask (H, W)."""
    size = [round(side * scale / min(photo.size)) for side in photo.size]
    small = np.array(photo.convert("L").resize(size, Image.Resampling.BOX))
    stroke = np.asarray(picture.resize(size, Image.Resampling.BOX))[..., 3] > 64
    small[stroke] = small[stroke].mean()
    filled = Image.fromarray(small).convert("RGB")  # in gray, to be filled with what is none
    row, column = np.argwhere(stroke)[0]
    ImageDraw.floodfill(filled, (int(column), int(row)), (255, 0, 0), thresh=3 * 0.15 * 255)
    region = np.asarray(filled) == (255, 0, 0)
    region = Image.fromarray(region.all(-1)).convert("L").filter(ImageFilter.MaxFilter(5))
    return np.asarray(region.resize(photo.size, Image.Resampling.BILINEAR)) > 0


@pytest.mark.parametrize("name, line", STROKES.values(), ids=STROKES)
@pytest.mark.parametrize("color", [(40, 90, 200), (40, 160, 60)], ids=["blue", "green"])
def test_a_stroke_changes_the_photo_where_it_is_alike(name, line, color):
    photo = open_photo(EXAMPLES / name)
    line = [(x * photo.width, y * photo.height) for x, y in line]
    picture = painting(photo.size, line, color=color, width=photo.height // 40)
    region = alike(photo, picture)
    assert 0.01 < region.mean() < 0.5

    images = [inference.colorize_photo(EXAMPLES / name, "color-photo", painted=p)[0] for p in (None, picture)]
    before, after = (chroma(to_array(image)) for image in images)
    change = np.linalg.norm(after - before, axis=-1)
    assert change[region].sum() > 0.8 * change.sum()
    under = np.asarray(picture)[..., 3] > 0
    wanted = chroma(np.float32(color) / 255)
    assert (
        np.linalg.norm(after - wanted, axis=-1)[under].mean() < np.linalg.norm(before - wanted, axis=-1)[under].mean()
    )


def test_a_stroke_that_misses_every_small_pixel_changes_nothing():
    picture = painting((512, 512), (10, 10, 11, 11))
    plain, painted = (
        inference.colorize_photo(EXAMPLES / "astronaut.jpg", "color-photo", painted=p)[0] for p in (None, picture)
    )
    assert np.array_equal(plain, painted)
