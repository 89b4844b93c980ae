"""Color hints: small patches of the true color, as a person's strokes would give them."""

import numpy as np

MOST_PATCHES = 16
LARGEST = 1 / 8  # of the image's height


def draw(chroma, random, hinted=0.5, largest=LARGEST):
    """Returns hints (N, H, W, 3) as `random` has it: 1 to 16 patches for a share of the images, none for the others.

    `chroma` is (N, H, W, 2), `random` a `numpy.random.Generator`, `largest` a share of H. A hint is (Cb, Cr, 1).
    """
    hints = np.zeros((*chroma.shape[:3], 3), np.float32)
    for i in np.flatnonzero(random.random(len(hints)) < hinted):
        place_patches(hints[i], chroma[i], random.integers(1, MOST_PATCHES + 1), random, largest)
    return hints


def place_patches(hints, chroma, patches, random, largest=LARGEST):
    """Puts square patches of one image's mean chroma into its `hints`, their sides up to that share of its height."""
    height, width, _ = hints.shape
    for _ in range(patches):
        side = random.integers(1, int(height * largest) + 1)
        top, left = random.integers(0, (height - side + 1, width - side + 1))
        patch = np.s_[top : top + side, left : left + side]
        hints[patch] = (*chroma[patch].mean((0, 1)), 1)
