"""Colors by hand: what a person's strokes say at a model's scale, and where their colors go."""

from itertools import islice

import numpy as np
from PIL import Image, ImageChops

from ae.color import chroma
from ae.metrics import to_u8

COVERED = 0.3  # of a small pixel's area, to count as painted
ONE_COLOR = 0.1  # in chroma: neighbors that differ by less are one stroke
SIMILAR, DIFFERENT = 0.06, 0.115  # in luma, from a stroke: its color reaches wholly, and no more
MOST_STROKES = 100  # that spread; more of them color what they cover
EPSILON = 1e-3  # edges of less contrast than its square root, 0.03, end no color
ROWS = 1024  # of the full-size photo at a time


def to_hints(strokes, size):
    """Returns hints (h, w, 3), (Cb, Cr, 1) where painted, of an RGBA picture of strokes; `size` is (w, h)."""
    small = np.asarray(strokes.convert("RGBA").resize(size, Image.Resampling.BOX), np.float32) / 255
    painted = small[..., 3:] > COVERED
    return np.concatenate([chroma(small[..., :3]), np.ones_like(small[..., :1])], -1) * painted


def mask(photo, y, strokes, hints):
    """Returns where the strokes' colors go, an "L" image of the photo's size: what they reach and what they cover.

    `y` is the luma (h, w, 1) of the RGB photo at the model's scale. The reach is brought up as a linear function of the
    luma around every small pixel (He & Sun 2015), so that it ends at edges; what this blurs beyond is below half.
    """
    width, height = photo.size
    small_height, small_width, _ = y.shape
    slope, offset = (Image.fromarray(plane) for plane in _linear_function(y[..., 0], reach(y, hints)[..., 0]))
    result = np.empty((height, width), np.uint8)
    for top in range(0, height, ROWS):
        bottom = min(top + ROWS, height)
        box = (0, top / height * small_height, small_width, bottom / height * small_height)
        a, b = (plane.resize((width, bottom - top), Image.Resampling.BILINEAR, box) for plane in (slope, offset))
        luma = np.asarray(photo.crop((0, top, width, bottom)).convert("L"), np.float32) / 255
        result[top:bottom] = to_u8(4 * (a * luma + b) - 2)
    covered = strokes.convert("RGBA").getchannel("A").resize(photo.size, Image.Resampling.BILINEAR)
    return ImageChops.lighter(Image.fromarray(result), covered)


def reach(y, hints):
    """Returns how far the colors of hints (h, w, 3) spread over luma (h, w, 1), (h, w, 1): from 1 to 1/2, 0 beyond.

    A stroke reaches the connected region of pixels that are similar to its own: to most of them, so that one over an
    edge or over many shades, which is of no one kind, goes less far.
    """
    result = np.zeros(y.shape, np.float32)
    for stroke in islice(_strokes(hints), MOST_STROKES):
        difference = np.hypot(y - y[stroke].mean(), y[stroke].std() / 2)
        difference[stroke] = 0
        region = _connected(stroke, difference[..., 0] < DIFFERENT)
        result = np.maximum(result, np.interp(difference, (SIMILAR, DIFFERENT), (1, 0.5)) * region[..., None])
    return result


def _strokes(hints):
    """Yields a mask (h, w) of every connected part of one color."""
    left = hints[..., 2] > 0
    while left.any():
        seed = np.zeros_like(left)
        seed[np.unravel_index(left.argmax(), left.shape)] = True
        stroke = _connected(seed, left & (np.abs(hints - hints[seed]) < ONE_COLOR).all(-1))
        left &= ~stroke
        yield stroke


def _connected(seeds, passable):
    """Grows seeds within what is passable, masks (h, w), over 4 neighbors: by whole runs of a row or a column."""
    passable, reached, before = np.pad(passable, 1), np.pad(seeds, 1), 0
    numbered = [np.cumsum(~passable).reshape(passable.shape), np.cumsum(~passable.T).reshape(passable.T.shape).T]
    while reached.sum() > before:
        before = reached.sum()
        for runs in numbered:
            hit = np.zeros(runs.max() + 1, bool)
            hit[runs[reached]] = True
            reached = hit[runs] & passable
    return reached[1:-1, 1:-1]


def _linear_function(guide, values):
    """Returns (slope, offset), each (h, w): the ridge regression of values (h, w) on the guide around every pixel."""
    mean_guide, mean_values = _mean(guide), _mean(values)
    covariance, variance = _mean(guide * values) - mean_guide * mean_values, _mean(guide**2) - mean_guide**2
    slope = covariance / (variance + EPSILON)
    return _mean(slope), _mean(mean_values - slope * mean_guide)


def _mean(plane):
    """The mean of the 3 × 3 pixels around every pixel, (h, w); the edge is repeated."""
    return np.lib.stride_tricks.sliding_window_view(np.pad(plane, 1, "edge"), (3, 3)).mean((-2, -1))
