"""Photos larger than a network can take at once: overlapping tiles whose seams lie where nobody sees them."""

from itertools import product

import numpy as np

from ae.image.color import to_u8

WHOLE = 1_000_000  # pixels: up to here in one piece
TILE = 1024
OVERLAP = 96  # twice the distance over which the widest of the models looks around itself (44 pixels), and a little


def map_tiles(function, image_u8, multiple=4, progress=lambda share: None):
    """Returns what a fully convolutional `function` makes of a photo of any size: uint8 (H, W, 3) to the same.

    `function` maps float32 (1, h, w, 3) in [0, 1] to the same shape, h and w divisible by `multiple`, each pixel from
    its surroundings of at most half of `OVERLAP`. Photos of more than `WHOLE` pixels are cut into overlapping tiles,
    joined in the middle of the overlap. `progress` is called with the share that is done.
    """
    height, width, _ = image_u8.shape
    padded = np.pad(image_u8, ((0, -height % multiple), (0, -width % multiple), (0, 0)), "edge")
    largest = TILE + OVERLAP if height * width > WHOLE else max(padded.shape)
    spans = [list(_spans(side, largest, multiple)) for side in padded.shape[:2]]
    result = np.empty_like(padded)
    tiles = list(product(*spans))
    for done, ((top, bottom, above, below), (left, right, before, after)) in enumerate(tiles, 1):
        tile = to_u8(function(padded[None, top:bottom, left:right].astype(np.float32) / 255)[0])
        result[above:below, before:after] = tile[above - top : below - top, before - left : after - left]
        progress(done / len(tiles))
    return result[:height, :width]


def _spans(side, largest, multiple):
    """Yields (start, end, from, to) along one side: what a tile is given, and what of it is kept."""
    length = min(side, largest)
    tiles = 1 if length == side else -(-(side - OVERLAP) // (largest - OVERLAP))
    starts = np.linspace(0, side - length, tiles) // multiple * multiple
    starts = [int(start) for start in starts]
    seams = [0, *((one + length + other) // 2 for one, other in zip(starts, starts[1:])), side]
    for start, first, last in zip(starts, seams, seams[1:]):
        yield start, start + length, first, last
