"""A sheet of colorized photos for the model's card: drawn by rule, not chosen, so that failures are among them."""

import numpy as np
from PIL import Image

from ae.files import replace
from ae.image.color import to_u8
from ae.models.baselines import gray_copy

FILE_NAME = "samples.webp"
KINDS = ("thing", "cloth", "food", "mask")  # of photos, whose licences let them be shown
OF_A_KIND = 3
SETTINGS = (0.0, 0.5)  # of the vividness, beside the original and its gray copy
GAP = 8  # pixels


def write(path, split, paint):
    """Writes the sheet of the photos of a `Split` as a WebP: original, gray copy, and colors at each of `SETTINGS`.

    Of every kind of `KINDS` there are `OF_A_KIND` or fewer photos, at even distances in the split's order; two photos
    are side by side. `paint` is as in `colors.measure`. Nothing is written of a split without such photos.
    """
    rows = [_row(split.images_u8[[i]], paint) for i in _chosen(split.kinds)]
    if not rows:
        return
    gap = np.full((rows[0].shape[0], 3 * GAP, 3), 255, np.uint8)
    rows += [np.full_like(rows[0], 255)] * (len(rows) % 2)
    sheet = np.concatenate([np.concatenate([a, gap, b], 1) for a, b in zip(rows[::2], rows[1::2])])
    replace(path, lambda target: Image.fromarray(sheet).save(target, "WEBP", quality=80))


def _chosen(kinds):
    for kind in KINDS:
        of_kind = np.flatnonzero(kinds == kind)
        yield from of_kind[:: max(1, len(of_kind) // OF_A_KIND)][:OF_A_KIND]


def _row(photo_u8, paint):
    rgb = photo_u8.astype(np.float32) / 255
    pictures = [photo_u8[0], to_u8(gray_copy(rgb))[0], *(to_u8(paint(rgb, s))[0] for s in SETTINGS)]
    return np.concatenate([np.pad(p, ((GAP, 0), (GAP, 0), (0, 0)), constant_values=255) for p in pictures], 1)
