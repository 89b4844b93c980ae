"""A person's own pictures as training images: squares of 32 × 32 pixels, cut from their middles."""

from tempfile import TemporaryDirectory

import numpy as np

from ae.image.photos import center_square, open_photo
from ae.photo.intake import gather
from ae.photo.memory import share_for

LEAST, MOST = 20, 2000


def cut(given):
    """Yields (how many are read, of how many, None); the last time the images, uint8 (N, 32, 32, 3), in None's place.

    `given` are [(name, path)] of picture files and ZIPs of them. What cannot be read is left out. Raises ValueError for
    more than `MOST` pictures, or fewer than `LEAST` that can be read.
    """
    squares = []
    with TemporaryDirectory(prefix="unpacked-") as folder:
        photos = gather(given, folder, MOST)
        for number, photo in enumerate(photos):
            yield number, len(photos), None
            if photo.path:
                squares += _square(photo.path)
    if len(squares) < LEAST:
        raise ValueError(
            f"Expected at least {LEAST} pictures that can be read. Received: {len(squares)} of {len(photos)}."
        )
    yield len(photos), len(photos), np.stack(squares)


def _square(path):
    """Returns the square of the picture at `path` in a list, an empty one if it cannot be read."""
    try:
        with share_for(path):
            return [np.asarray(center_square(open_photo(path)))]
    except ValueError:
        return []
