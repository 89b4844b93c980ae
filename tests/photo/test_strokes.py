from types import SimpleNamespace

import corpus
import numpy as np
import pytest
from PIL import Image, ImageDraw
from same import near, same_picture

from ae.image import photos
from ae.image.color import chroma, lab, luma
from ae.image.photos import PhotoError, open_photo, to_array
from ae.photo import strokes
from ae.photo.colorizer import Colorizer
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
    assert near(hints, expected, 1e-6)


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


def hints_in(y, *boxes, color=RED):
    """Hints for luma, in boxes (top, left, bottom, right) of its pixels."""
    hints = np.zeros((*y.shape[:2], 3), np.float32)
    for top, left, bottom, right in boxes:
        hints[top:bottom, left:right] = (*chroma(np.float32(color) / 255), 1)
    return hints


ROOMS = picture_of(["......##.....", "..++..##.....", "..++..##.....", "......##....."])
LEFT, WALL, RIGHT = np.s_[:, :24], np.s_[:, 24:32], np.s_[:, 32:]


def test_a_stroke_reaches_all_of_its_region_and_not_the_equally_bright_one_elsewhere():
    share = strokes.reach(ROOMS, hints_in(ROOMS, (1, 1, 3, 3)))
    assert share.shape == ROOMS.shape[:2] and share.max() == 1
    assert (share[LEFT] > 0.75).all()
    assert not share[WALL].any() and not share[RIGHT].any()


def test_the_less_similar_is_reached_less():
    share = strokes.reach(ROOMS, hints_in(ROOMS, (1, 1, 3, 3)))
    assert 0.5 < share[6, 10] < 0.9 < share[6, 4]


def test_strokes_in_two_regions_reach_both():
    share = strokes.reach(ROOMS, hints_in(ROOMS, (1, 1, 3, 3), (13, 49, 15, 51)))
    assert (share[LEFT] > 0.75).all() and (share[RIGHT] > 0.75).all() and not share[WALL].any()


def test_strokes_of_two_colors_that_touch_are_two():
    hints = hints_in(ROOMS, (4, 18, 8, 24)) + hints_in(ROOMS, (4, 24, 8, 30), color=(10, 20, 220))
    share = strokes.reach(ROOMS, hints)
    assert (share[LEFT] > 0.75).all() and (share[WALL] > 0.75).all() and not share[RIGHT].any()


def test_a_way_around_connects_a_region():
    y = picture_of(["......", "..##..", "..##..", "......"])
    share = strokes.reach(y, hints_in(y, (5, 1, 7, 3)))
    assert (share[:, -6:] > 0.75).all() and (share[4:12, 8:16] == 0).all()


def test_a_stroke_over_an_edge_reaches_what_it_covers_and_no_more():
    hints = hints_in(ROOMS, (8, 20, 12, 28))
    assert np.array_equal(strokes.reach(ROOMS, hints), hints[..., 2])


def test_a_stroke_that_hardly_crosses_an_edge_reaches_its_region():
    share = strokes.reach(ROOMS, hints_in(ROOMS, (1, 4, 3, 25)))
    assert (share[:, :8] > 0.5).all() and not share[RIGHT].any()


def test_without_a_stroke_nothing_is_reached():
    assert not strokes.reach(ROOMS, hints_in(ROOMS)).any()


def test_strokes_without_number_come_to_an_end():
    y = np.full((192, 256, 1), 0.5, np.float32)
    hints = np.zeros((*y.shape[:2], 3), np.float32)
    hints[::2, ::2] = (0.2, -0.1, 1)
    assert strokes.reach(y, hints)[::2, ::2].all()


def disc(side):
    """A bright disc on dark, an RGB image of that side with smooth edges."""
    image = Image.new("RGB", (4 * side, 4 * side), (60, 60, 60))
    ImageDraw.Draw(image).ellipse((0.8 * side, 0.8 * side, 3.2 * side, 3.2 * side), (190, 190, 190))
    return image.resize((side, side), Image.Resampling.BOX)


def mask_of(photo, picture, side=96):
    size = (side * photo.width // min(photo.size), side * photo.height // min(photo.size))
    y = luma(to_array(photo.resize(size, Image.Resampling.LANCZOS)))
    mask = strokes.mask(photo, y, picture, strokes.to_hints(picture, size))
    assert mask.mode == "L" and mask.size == photo.size
    return np.asarray(mask) / 255


@pytest.mark.parametrize("side", [96, 400, 1300])
def test_the_mask_ends_at_the_edge_at_full_size(side):
    photo = disc(side)
    mask = mask_of(photo, painting(photo.size, (side // 2, side // 2, side * 0.55, side * 0.55)))
    inside = np.asarray(photo.convert("L")) > 125
    assert np.abs(mask - inside).mean() < 0.01
    assert mask[~inside].mean() < 0.001


def test_the_mask_has_what_is_painted_over_an_edge_on_both_sides():
    photo = disc(400)
    picture = painting(photo.size, (65, 190, 95, 210))
    covered = np.asarray(picture)[..., 3] > 0
    mask = mask_of(photo, picture)
    assert (mask[covered] == 1).all()
    assert mask[~covered].sum() < 0.1 * mask.sum()


def test_the_mask_of_a_tall_photo_has_no_seams():
    photo = Image.new("RGB", (40, 3 * photos.ROWS + 10), (120, 120, 120))
    assert (mask_of(photo, painting(photo.size, (10, 10, 30, 60)), side=8) == 1).all()


def change_of(name, line, color):
    """What a stroke does to an example at 400 pixels: chroma before and after, its own, its region, what it covers."""
    photo = open_photo(EXAMPLES / name)
    photo.thumbnail((400, 400))
    line = [(x * photo.width, y * photo.height) for x, y in line]
    picture = painting(photo.size, line, color=color, width=min(photo.size) // 25)
    before, after = (chroma(to_array(Colorizer.load("color-photo").process(photo, strokes=p))) for p in (None, picture))
    regions = {tolerance: alike(photo, picture, tolerance) for tolerance in (0.1, 0.15, 0.2)}
    return before, after, chroma(np.float32(color) / 255), regions, np.asarray(picture)[..., 3] > 0


def alike(photo, picture, tolerance, scale=96):
    """The connected region of luma similar to the mean under a stroke, at a small scale, as a mask (H, W)."""
    size = [round(side * scale / min(photo.size)) for side in photo.size]
    small = np.array(photo.convert("L").resize(size, Image.Resampling.BOX))
    covered = np.asarray(picture.resize(size, Image.Resampling.BOX))[..., 3] > 64
    small[covered] = small[covered].mean()
    filled = Image.fromarray(small).convert("RGB")  # in gray, to be filled with what is none
    row, column = np.argwhere(covered)[0]
    ImageDraw.floodfill(filled, (int(column), int(row)), (255, 0, 0), thresh=3 * tolerance * 255)
    region = Image.fromarray((np.asarray(filled) == (255, 0, 0)).all(-1))
    return np.asarray(region.resize(photo.size)) | (np.asarray(picture)[..., 3] > 0)


def inside(before, after, region):
    """The share of the change that lies in a region."""
    change = np.linalg.norm(after - before, axis=-1)
    return change[region].sum() / change.sum()


def moved(before, after, wanted):
    """Where chroma came at least a fifth of the way to the color that is wanted."""
    need = wanted - before
    return ((after - before) * need).sum(-1) > 0.2 * (need**2).sum(-1)


# Where someone would paint, as shares of the width and the height.
STROKES = {
    "saucer": ("coffee.jpg", ((0.24, 0.72), (0.36, 0.84))),
    "espresso": ("coffee.jpg", ((0.42, 0.35), (0.55, 0.40))),
    "what is behind the cat": ("tabby.jpg", ((0.90, 0.62), (0.97, 0.90))),
    "the cat's neck": ("tabby.jpg", ((0.10, 0.90), (0.30, 0.95))),
    "rocket": ("rocket.jpg", ((0.505, 0.40), (0.505, 0.70))),
    "suit": ("astronaut.jpg", ((0.22, 0.55), (0.28, 0.60))),
    "lawn": ("photographer.png", ((0.70, 0.75), (0.80, 0.78))),
}


@pytest.mark.parametrize("name, line", STROKES.values(), ids=STROKES)
@pytest.mark.parametrize("color", [(40, 90, 200), (40, 160, 60)], ids=["blue", "green"])
def test_a_stroke_changes_what_is_alike_and_much_of_it(name, line, color):
    before, after, wanted, regions, covered = change_of(name, line, color)
    assert inside(before, after, regions[0.1]) > 0.6
    assert inside(before, after, regions[0.15]) > 0.8 and inside(before, after, regions[0.2]) > 0.8
    assert moved(before, after, wanted)[covered].mean() > 0.9
    assert moved(before, after, wanted)[regions[0.1]].mean() > 0.25


@pytest.mark.parametrize("name", ["astronaut.jpg", "coffee.jpg", "photographer.png", "rocket.jpg", "tabby.jpg"])
def test_strokes_anywhere_change_what_is_alike(name):
    random = np.random.default_rng(0)
    shares = []
    for _ in range(6):
        start = random.uniform(0.1, 0.9, 2)
        line = start, start + random.uniform(-0.1, 0.1, 2)
        before, after, _, regions, _ = change_of(name, line, tuple(random.integers(0, 256, 3).tolist()))
        shares.append(inside(before, after, regions[0.15]))
    assert min(shares) > 0.7 and np.mean(shares) > 0.9 and sorted(shares)[1] > 0.8


def test_a_stroke_that_misses_every_small_pixel_changes_nothing():
    picture = painting((512, 512), (10, 10, 11, 11))
    plain, painted = (
        Colorizer.load("color-photo").process(open_photo(EXAMPLES / "astronaut.jpg"), strokes=p)
        for p in (None, picture)
    )
    assert same_picture(plain, painted)


def test_strokes_are_drawn_in_their_order_with_round_ends():
    below = SimpleNamespace(color="#c81e28", width=20, points=[(20, 30), (70, 30)])
    above = SimpleNamespace(color="#0a14dc", width=20, points=[(70, 30)])
    erased = SimpleNamespace(color=None, width=10, points=[(40, 0), (40, 59)])
    drawn = strokes.draw([below, above, erased], (90, 60))
    assert (drawn.mode, drawn.size) == ("RGBA", (90, 60))
    assert [drawn.getpixel((x, 30)) for x in (25, 70)] == [(*RED, 255), (10, 20, 220, 255)]
    assert [drawn.getpixel((x, 30))[3] for x in (5, 11, 15, 40, 79, 85)] == [0, 255, 255, 0, 255, 0]
    assert drawn.getpixel((11, 22))[3] == 0
    assert strokes.draw([], (90, 60)) is None


def test_what_was_painted_is_kept_no_larger_than_is_of_use(tmp_path):
    (tmp_path / "a.png").write_bytes(corpus.png(20_000, 1000))
    assert max(strokes.read(tmp_path / "a.png").size) <= strokes.LONGEST


@pytest.mark.parametrize(
    "name, expected",
    [
        ("of-13000", "169 megapixels"),
        ("huge-and-cut-off", "megapixels"),  # decoding would say "damaged"
        ("no-picture", "no photo that can be read"),
        ("cut-off", "damaged"),
    ],
)
def test_strokes_that_are_too_large_or_none_are_refused(name, expected, tmp_path):
    (tmp_path / name).write_bytes(dict(corpus.strokes())[name])
    with pytest.raises(PhotoError, match=expected):
        strokes.read(tmp_path / name)


@pytest.mark.parametrize("color", [(217, 165, 131), (93, 138, 58), (91, 143, 208)], ids=["skin", "leaf", "sky"])
@pytest.mark.parametrize(
    "name, x, y", [("photographer.png", 500, 600), ("tabby.jpg", 200, 200), ("astronaut.jpg", 200, 540)]
)
def test_under_a_stroke_is_its_color_however_dark_the_photo_is_there(name, x, y, color):
    """In CIELAB: the hue within 10 degrees, the chroma within a tenth."""
    photo = EXAMPLES / name
    picture = painting((800, 800), (x, y, x + 80, y), color=color, width=16)
    image = Colorizer.load("color-photo").process(open_photo(photo), strokes=picture)
    covered = np.asarray(picture.getchannel("A").resize(image.size)) > 250
    inside = lab(np.asarray(image)[covered]).mean(0)
    wanted = lab(np.uint8(color))
    hues = [np.degrees(np.arctan2(b, a)) for _, a, b in (inside, wanted)]
    strength = [np.hypot(*one[1:]) for one in (inside, wanted)]
    assert abs((hues[0] - hues[1] + 180) % 360 - 180) < 10
    assert strength[0] == pytest.approx(strength[1], rel=0.1)
