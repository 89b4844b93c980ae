"""Colors that stay with what moves: a frame of a film keeps those of the one before, where it shows the same."""

import numpy as np

from ae.image.color import chroma, luma

KEEP = 0.94  # of the color that a pixel had, where its luma stands still
REACH = 3  # pixels of the model's picture that anything moves from one frame to the next
RADIUS = 2  # of the window in which a pixel is found again
LAZY = 0.001  # in luma: what a pixel of movement has to bring
UNLIKE = 0.02  # in luma, beyond the noise: it is another thing
CUT = 0.08  # in luma, of the middle pixel: it is another scene
STILL = 0.02  # in luma, the mean of a window: for the measure of flicker


class Steady:
    """Holds colors steady: a pixel keeps most of the color that it had, as far as it is found in the frame before.

    It is looked for by its luma within `REACH` pixels; what all frames have in common, the camera's noise, does not
    count. After a cut nothing is kept. `state` is (luma, chroma) of the last frame, None before the first one.
    """

    def __init__(self, state=None):
        self.state = state

    def __call__(self, y, chroma):
        """Returns the chroma (h, w, 2) to show of a frame with luma (h, w, 1), float32, for which it was predicted."""
        if self.state is not None and self.state[0].shape == y.shape:
            difference, before = _found_again(y, *self.state)
            noise = np.median(difference)
            if noise < CUT:
                keep = KEEP * np.exp(-((np.maximum(difference - noise, 0) / UNLIKE) ** 2))[..., None]
                chroma = np.float32(keep * before + (1 - keep) * chroma)
        self.state = y, chroma
        return chroma


def flicker(frames):
    """Returns the mean change of chroma from one frame to the next where the luma stands still, in [0, 1].

    `frames` yields uint8 (H, W, 3). Luma stands still where its mean around a pixel changes by less than `STILL`.
    """
    changes, before = [], None
    for frame in frames:
        rgb = np.float32(frame) / 255
        now = _box(luma(rgb)[..., 0]), chroma(rgb)
        if before is not None:
            still = np.abs(now[0] - before[0]) < STILL
            changes.append(np.abs(now[1] - before[1])[still].ravel())
        before = now
    moved = np.concatenate(changes) if changes else np.empty(0)
    return float(moved.mean()) if moved.size else 0.0


def _found_again(y, y_before, chroma_before):
    """Returns how much luma differs from where every pixel was in the frame before, (h, w), and its chroma there."""
    height, width, _ = y.shape
    frame = ((REACH, REACH), (REACH, REACH), (0, 0))
    before = np.pad(np.concatenate([y_before, chroma_before], -1), frame, "edge")
    least, best = np.full((height, width), np.inf, np.float32), np.zeros((height, width, 3), np.float32)
    steps = range(-REACH, REACH + 1)
    for down, right in sorted(((down, right) for down in steps for right in steps), key=lambda step: np.hypot(*step)):
        there = before[REACH + down :, REACH + right :][:height, :width]
        difference = _box(np.abs(there[..., 0] - y[..., 0])) + LAZY * np.hypot(down, right)
        closer = difference < least
        least, best = np.where(closer, difference, least), np.where(closer[..., None], there, best)
    return least, best[..., 1:]


def _box(plane):
    """The mean of the square of side 2 · `RADIUS` + 1 around every pixel, (h, w)."""
    side = 2 * RADIUS + 1
    sums = np.pad(np.pad(plane, RADIUS, "edge").cumsum(0, dtype=np.float64), ((1, 0), (0, 0)))
    sums = np.pad((sums[side:] - sums[:-side]).cumsum(1), ((0, 0), (1, 0)))
    return np.float32((sums[:, side:] - sums[:, :-side]) / side**2)
