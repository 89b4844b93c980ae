"""Colors by hand: what a person's strokes say at a model's scale, and how far each of them reaches."""

import numpy as np
from PIL import Image

from ae.color import chroma

COVERED = 0.3  # of a small pixel's area, to count as painted
SIMILAR, DIFFERENT = 0.05, 0.1  # in luma: a stroke's color reaches wholly, and no more


def to_hints(strokes, size):
    """Returns hints (h, w, 3), (Cb, Cr, 1) where painted, of an RGBA picture of strokes; `size` is (w, h)."""
    small = np.asarray(strokes.convert("RGBA").resize(size, Image.Resampling.BOX), np.float32) / 255
    painted = small[..., 3:] > COVERED
    return np.concatenate([chroma(small[..., :3]), np.ones_like(small[..., :1])], -1) * painted


def reach(y, painted):
    """Returns how far the strokes' colors may spread, (h, w, 1) in [0, 1], of luma (h, w, 1) and a mask (h, w).

    A stroke reaches the connected region whose luma is similar to its own: a morphological reconstruction (Vincent
    1993) of how different the luma is, from each connected stroke on.
    """
    smooth = _smooth(y[..., 0])
    result = np.zeros_like(smooth)
    for stroke in _components(painted):
        difference = np.where(stroke, 0, np.abs(smooth - smooth[stroke].mean()))
        barrier = _flood(np.where(stroke, difference, 1), lambda spread: np.maximum(spread, difference))
        result = np.maximum(result, np.clip((DIFFERENT - barrier) / (DIFFERENT - SIMILAR), 0, 1))
    return result[..., None]


def _components(mask):
    """Yields the connected parts of a mask (8 neighbours), one mask each."""
    left = mask.copy()
    while left.any():
        seed = np.ones(mask.shape, np.float32)
        seed[np.unravel_index(left.argmax(), mask.shape)] = 0
        part = _flood(seed, lambda spread: np.where(mask, spread, 1)) == 0
        left &= ~part
        yield part


def _flood(values, limit):
    """Lowers every value to its neighbours' lowest, held up by `limit`, until nothing changes."""
    while True:
        padded = np.pad(values, 1, "edge")
        rows = np.minimum(np.minimum(padded[:-2], padded[1:-1]), padded[2:])
        lower = limit(np.minimum(np.minimum(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:]))
        if np.array_equal(lower, values):
            return values
        values = np.minimum(values, lower)


def _smooth(plane):
    """The mean of the 3 × 3 pixels around every pixel, (h, w): grain is no border."""
    padded = np.pad(plane, 1, "edge")
    return np.lib.stride_tricks.sliding_window_view(padded, (3, 3)).mean((-2, -1))
