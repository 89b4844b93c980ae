"""Luma as old photos have it: faded, too dark or too bright, blurred, grainy, with traces of JPEG."""

import io

import numpy as np
from PIL import Image, ImageFilter

AGED = 0.5  # of the photos


def age(y, random):
    """Returns luma (H, W) in [0, 1] as an old photo's, or as it is, as `random` has it: float32 (H, W) in [0, 1]."""
    if random.random() >= AGED:
        return y
    if random.random() < 0.5:
        y = y ** np.exp(random.uniform(-0.5, 0.5))
    if random.random() < 0.5:
        black, white = random.uniform(0, 0.2), random.uniform(0.8, 1)
        y = black + (white - black) * y
    if random.random() < 0.3:
        y = _through_u8(y, lambda image: image.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 1.5))))
    if random.random() < 0.4:
        y = y + random.normal(0, random.uniform(0.01, 0.06), y.shape)
    if random.random() < 0.3:
        y = _through_u8(y, lambda image: _jpeg(image, int(random.integers(20, 80))))
    return np.clip(y, 0, 1).astype(np.float32)


def _through_u8(y, change):
    image = Image.fromarray(np.round(np.clip(y, 0, 1) * 255).astype(np.uint8))
    return np.asarray(change(image), np.float32) / 255


def _jpeg(image, quality):
    file = io.BytesIO()
    image.save(file, "jpeg", quality=quality)
    return Image.open(file)
