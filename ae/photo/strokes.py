"""Colors by hand: what a person's strokes say at a model's scale, and where their colors go."""

from itertools import islice

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from ae.image.color import chroma, chroma_at, fit_chroma, luma, to_u8
from ae.image.photos import boxes, open_painted, to_array
from ae.photo import guided

COVERED = 0.3  # of a small pixel's area, to count as painted
ONE_COLOR = 0.1  # in chroma: neighbors that differ by less are one stroke
DIFFERENT = 0.115  # in luma, from the mean of a stroke that covers one shade: it reaches no further
WEAKEST = 0.85  # of a stroke's chroma, where it reaches
FADING = 0.65  # of the way to where a stroke reaches no further
LONGEST = 2048  # pixels: a side of what was painted; the page's canvas has 800
MOST_STROKES = 100  # that spread; more of them color only what they cover
SOFT = 0.15  # of a stroke's width, over which it fades to its edge
EPSILON = 4e-3  # at edges of less contrast than its square root, 0.06, colors fade


def read(file):
    """Returns the RGBA picture in a file of strokes on a transparent ground, a path, no larger than is of use.

    Raises `PhotoError` for what is no picture, or of more pixels than a photo may have; none is then decoded.
    """
    painted = open_painted(file)
    painted.thumbnail((LONGEST, LONGEST), Image.Resampling.BOX)
    return painted


def draw(strokes, size):
    """Returns an RGBA picture of `size` (w, h) with strokes on a transparent ground, None without any.

    A stroke has a `color`, "#rrggbb" or None for one that erases, a `width` and `points` (x, y), all in pixels.
    """
    if not strokes:
        return None
    picture = Image.new("RGBA", size)
    pen = ImageDraw.Draw(picture)
    for stroke in strokes:
        color = stroke.color or (0, 0, 0, 0)
        pen.line(stroke.points, color, stroke.width)
        for x, y in stroke.points:  # round ends and corners
            pen.circle((x, y), stroke.width / 2, color)
    return picture


def to_hints(strokes, size):
    """Returns hints (h, w, 3), (Cb, Cr, 1) where painted, of an RGBA picture of strokes; `size` is (w, h)."""
    small = _reduced(strokes, size)
    painted = small[..., 3:] > COVERED
    return np.concatenate([chroma(small[..., :3]), np.ones_like(small[..., :1])], -1) * painted


def follow(colors, y, hints, strokes):
    """Returns the chroma `colors` (h, w, 2) with those of the strokes where they reach, `y` and `hints` as in `mask`.

    A network answers a hint with a color that is stronger, and of other hues the farther away. What remains of its
    answer is how the strength varies: it is moved as much as under the stroke, and is of the stroke's hue.
    """
    own = chroma_at(y, _reduced(strokes, y.shape[1::-1])[..., :3])
    answer, shares = np.zeros_like(colors), np.zeros_like(y)
    for stroke, share in _reaches(y, hints):
        wanted = own[stroke].mean(0)
        strength = np.linalg.norm(wanted)
        moved = colors + wanted - colors[stroke].mean(0)
        along = np.clip(moved @ (wanted / max(strength, 1e-6)), WEAKEST * strength, strength)
        answer += share[..., None] * along[..., None] * wanted / max(strength, 1e-6)
        shares += share[..., None]
    reached = np.where(shares > 0, answer / np.maximum(shares, 1e-6), colors)
    return np.where(hints[..., 2:] > 0, own, reached)


def _reduced(strokes, size):
    """Returns RGBA (h, w, 4) of an RGBA picture of strokes, as small as the model sees it; `size` is (w, h)."""
    return np.asarray(strokes.resize(size, Image.Resampling.BOX), np.float32) / 255


def lay_over(image, photo, strokes):
    """Pastes onto the RGB `image` of the photo's size what is painted: the strokes' chroma, the photo's luma.

    A stroke fades to its edge from within, so that it colors nothing beside it.
    """
    painted = strokes.convert("RGBA")
    alpha = painted.getchannel("A")
    edge = np.count_nonzero(alpha.filter(ImageFilter.FIND_EDGES))
    width = 2 * np.count_nonzero(alpha) / max(1, edge)
    blurred = alpha.filter(ImageFilter.GaussianBlur(max(0.5, SOFT * float(width))))
    painted.putalpha(blurred.point(lambda value: max(0, 2 * value - 255)))
    scale = np.tile(np.divide(painted.size, photo.size), 2)
    for box in boxes(photo.size):
        size = box[2] - box[0], box[3] - box[1]
        part = painted.resize(size, Image.Resampling.BILINEAR, tuple(scale * box))
        if part.getchannel("A").getbbox():
            y = luma(to_array(photo.crop(box)))
            own = fit_chroma(y, chroma_at(y, to_array(part)))
            image.paste(Image.fromarray(to_u8(own)), box, part.getchannel("A"))


def mask(photo, y, strokes, hints):
    """Returns where the strokes' colors go, an "L" image of the photo's size: what they reach and what they cover.

    `y` (h, w, 1) is the RGB photo's luma, `hints` (h, w, 3) are the strokes, both at the model's scale. The reach comes
    to full size as in `ae.photo.guided`, and what that blurs over its border is below half, and cut.
    """
    reached = Image.new("L", photo.size)
    small = reach(y, hints)[..., None]
    for box, _, share in guided.upsample(photo, y, small, radius=1, epsilon=EPSILON):
        reached.paste(Image.fromarray(to_u8((2 * share[..., 0] - 1) / FADING)), box)
    covered = strokes.getchannel("A").resize(photo.size, Image.Resampling.BILINEAR)
    return ImageChops.lighter(reached, covered)


def reach(y, hints):
    """Returns how far the strokes' colors spread, (h, w), of luma (h, w, 1) and hints: from 1 down to 1/2, 0 beyond.

    A stroke reaches the connected region whose luma is similar to its mean; the less so the more shades it covers,
    for over an edge it is of no one kind.
    """
    result = np.zeros(y.shape[:2], np.float32)
    for _, share in _reaches(y, hints):
        result = np.maximum(result, share)
    return result


def _reaches(y, hints):
    """Yields every stroke, a mask (h, w), and how far its color spreads, as in `reach`."""
    for stroke in islice(_strokes(hints), MOST_STROKES):
        shades = y[stroke]
        tolerance = np.sqrt(max(DIFFERENT**2 - shades.var() / 4, 1e-9))
        difference = np.where(stroke, 0, np.abs(y[..., 0] - shades.mean()) / tolerance)
        yield stroke, (1 - difference / 2) * _connected(stroke, difference < 1)


def _strokes(hints):
    """Yields the connected parts of one color, a mask (h, w) each."""
    left = hints[..., 2] > 0
    while left.any():
        seed = np.zeros_like(left)
        seed[np.unravel_index(left.argmax(), left.shape)] = True
        stroke = _connected(seed, left & (np.abs(hints - hints[seed]) < ONE_COLOR).all(-1))
        left &= ~stroke
        yield stroke


def _connected(seeds, passable):
    """Grows seeds within what is passable, masks (h, w), over 4 neighbors: by a run of a row or a column at a time."""
    passable, reached, before = np.pad(passable, 1), np.pad(seeds, 1), 0
    numbered = [np.cumsum(~passable).reshape(passable.shape), np.cumsum(~passable.T).reshape(passable.T.shape).T]
    while reached.sum() > before:
        before = reached.sum()
        for runs in numbered:
            hit = np.zeros(runs.max() + 1, bool)
            hit[runs[reached]] = True
            reached = hit[runs] & passable
    return reached[1:-1, 1:-1]
