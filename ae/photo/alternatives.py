"""Other colors that a photo could as well have: where a colorizer is unsure, what else it holds likely.

Its distribution is tilted (Esscher 1932) towards one hue, at every pixel as far as a budget allows: the divergence from
what the model believes. Where it is sure, nothing changes.
"""

import numpy as np
from PIL import Image

from ae.photo import guided

MOST = 3
SURE, UNSURE = 0.06, 0.11  # of the likely colors' standard deviation: no tilt below, the whole of it from there on
BUDGET = 0.6  # nats, of the Kullback-Leibler divergence
HUES = 36
APART = 7  # hues, of 10 degrees each
SMALLEST = 0.01  # of the photo, on the mean, is open to other colors; or there are none
BISECTIONS = 12


def tilts(shares, grid, y):
    """Returns up to `MOST` arrays (h, w, colors), each to be added to a photo's logits: the likeliest hue first.

    `shares` (h, w, colors) says how likely each color of `grid` (colors, 2) is; `y` is the photo's luma (H, W, 1).
    """
    freedom = _freedom(shares, grid, y)
    if freedom.mean() < SMALLEST:
        return []
    return [_tilt(shares, grid @ direction, BUDGET * freedom) for direction in _directions(shares, grid, freedom)]


def _freedom(shares, grid, y):
    """Returns in [0, 1], (h, w), how open the colors are; the same within what looks alike."""
    variance = shares @ np.square(grid).sum(-1) - np.square(shares @ grid).sum(-1)
    spread = np.sqrt(np.maximum(variance, 0))[..., None]
    small = Image.fromarray(y[..., 0]).resize(spread.shape[1::-1], Image.Resampling.BOX)
    even = guided.smooth(np.asarray(small)[..., None], spread, 3, 4e-3)
    return np.clip((even[..., 0] - SURE) / (UNSURE - SURE), 0, 1)


def _directions(shares, grid, freedom):
    """Returns unit vectors (2,) in chroma: the hues in which most of what is likely lies away from the mean."""
    away = grid - (shares @ grid)[..., None, :]
    weights = freedom[..., None] * shares * np.square(away).sum(-1)
    hue = (np.arctan2(away[..., 1], away[..., 0]) / (2 * np.pi) * HUES).astype(int) % HUES
    likely = np.bincount(hue.ravel(), weights.ravel(), HUES)
    likely = sum((3 - abs(shift)) * np.roll(likely, shift) for shift in range(-2, 3))
    directions = []
    while len(directions) < MOST:
        best = likely.argmax()
        likely[(best + np.arange(-APART, APART + 1)) % HUES] = -1
        angle = (best + 0.5) * 2 * np.pi / HUES
        directions.append(np.array([np.cos(angle), np.sin(angle)]))
    return directions


def _tilt(shares, values, budget):
    """Returns `values` (colors,) times the factor, one a pixel, with which the divergence is the budget (h, w)."""
    values = values - values.max()
    low, high = np.zeros_like(budget), np.full_like(budget, 100)
    for _ in range(BISECTIONS):
        factor = (low + high) / 2
        tilted = shares * np.exp(factor[..., None] * values)
        total = tilted.sum(-1)
        divergence = factor * (tilted @ values) / total - np.log(total)
        low, high = np.where(divergence > budget, low, factor), np.where(divergence > budget, factor, high)
    return low[..., None] * values
