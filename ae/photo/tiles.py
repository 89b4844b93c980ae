"""Photos larger than a network can take at once: overlapping tiles whose seams lie where nobody sees them."""

import math
from itertools import product

import numpy as np
from PIL import Image

from ae.image.color import to_u8
from ae.image.photos import to_pixels

WHOLE = 250_000  # pixels: up to here in one piece; of larger ones less stays in the processor's caches
NUMBERS = 16_000_000  # that a layer may give of one tile: of the widest layers, two or three are in memory


def map_tiles(function, photo, multiple=4, reach=0, width=1, progress=lambda share: None):
    """Returns what a fully convolutional `function` makes of an RGB image of any size: an RGB image of that size.

    `function` maps float32 (1, h, w, 3) in [0, 1] to the same shape, h and w divisible by `multiple`, each pixel from
    its surroundings of at most `reach` pixels; `width` is how many numbers a pixel its widest layer gives. What is too
    large for that at once is cut into tiles that overlap by twice the reach, and joined in the middle of the overlap.
    `progress` is called with the share that is done.
    """
    sides = [side + -side % multiple for side in photo.size]
    columns, rows = _tile(sides, min(WHOLE, NUMBERS / width), 2 * reach + multiple, multiple)
    tiles = list(product(_spans(sides[1], rows, reach, multiple), _spans(sides[0], columns, reach, multiple)))
    result = Image.new("RGB", photo.size)
    for done, ((top, bottom, above, below), (left, right, before, after)) in enumerate(tiles, 1):
        tile = to_u8(function(_crop(photo, left, top, right, bottom))[0])
        kept = tile[above - top : below - top, before - left : after - left]
        result.paste(Image.fromarray(np.ascontiguousarray(kept)), (before, above))
        progress(done / len(tiles))
    return result


def _crop(photo, left, top, right, bottom):
    """Returns float32 (1, h, w, 3); beyond its right and lower edge the photo goes on as it ends."""
    inside = photo.crop((left, top, min(right, photo.width), min(bottom, photo.height)))
    missing = bottom - top - inside.height, right - left - inside.width
    return to_pixels(inside, missing)[None].astype(np.float32) / 255


def _tile(sides, pixels, overlap, multiple):
    """Returns the sides of a tile of about so many pixels, square if it can be, half of it or more not overlapping."""
    if math.prod(sides) <= pixels:
        return sides
    square = max(math.isqrt(int(pixels)), 2 * overlap)
    shorter = min(min(sides), square)
    longer = min(max(sides), max(int(pixels) // shorter, 2 * overlap)) // multiple * multiple
    shorter = shorter // multiple * multiple
    return (longer, shorter) if sides[0] > sides[1] else (shorter, longer)


def _spans(side, length, reach, multiple):
    """Yields (start, end, from, to) along one side: what a tile is given, and what of it is kept."""
    overlap = 2 * reach + multiple  # the starts are rounded down
    tiles = 1 if length == side else -(-(side - overlap) // (length - overlap))
    starts = np.linspace(0, side - length, tiles) // multiple * multiple
    starts = [int(start) for start in starts]
    seams = [0, *((one + length + other) // 2 for one, other in zip(starts, starts[1:])), side]
    for start, first, last in zip(starts, seams, seams[1:]):
        yield start, start + length, first, last
