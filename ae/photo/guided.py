"""Colors at a photo's full size: the fast guided filter (He & Sun 2015) brings chroma up so that it ends at edges."""

import numpy as np
from PIL import Image

from ae.image.color import fit_chroma, luma, to_u8

RADIUS = 2  # in pixels of the small picture
EPSILON = 1e-3  # edges of less contrast than its square root, 0.03, are smoothed over
ROWS = 256  # of the full-size photo at a time


def colorize(image_u8, small_luma, small_chroma):
    """Returns the photo with other colors, uint8 (H, W, 3) to the same; its luma stays, to the rounding.

    `small_luma` (h, w, 1) and `small_chroma` (h, w, 2), float32, are the photo at a size that a network can take.
    """
    result = np.empty_like(image_u8)
    for rows, y, chroma in upsample(image_u8, small_luma, small_chroma):
        result[rows] = to_u8(fit_chroma(y, chroma))
    return result


def upsample(image_u8, small_luma, small_values, radius=RADIUS, epsilon=EPSILON):
    """Yields the values (h, w, C) at the size of the photo, uint8 (H, W, 3), `ROWS` at a time: (rows, luma, values).

    `rows` is a slice, the luma (rows, W, 1). The values are taken for a linear function of the luma around every small
    pixel, as far as `radius`, and that function is used at full size.
    """
    height, width, _ = image_u8.shape
    small_height, small_width, channels = small_values.shape
    functions = np.concatenate(_linear_functions(small_luma, small_values, radius, epsilon), -1)
    planes = [Image.fromarray(plane) for plane in np.moveaxis(functions, -1, 0)]
    for top in range(0, height, ROWS):
        bottom = min(top + ROWS, height)
        box = (0, top / height * small_height, small_width, bottom / height * small_height)
        size = (width, bottom - top)
        full = np.stack([plane.resize(size, Image.Resampling.BILINEAR, box) for plane in planes], -1)
        y = luma(image_u8[top:bottom].astype(np.float32) / 255)
        yield slice(top, bottom), y, full[..., :channels] * y + full[..., channels:]


def _linear_functions(guide, values, radius, epsilon):
    """Returns (slope, offset), each (h, w, C): the ridge regression of the values on the guide around every pixel."""

    def mean(planes):
        return _mean(planes, radius)

    mean_guide, mean_values = mean(guide), mean(values)
    covariance = mean(guide * values) - mean_guide * mean_values
    variance = mean(guide * guide) - mean_guide**2
    slope = covariance / (variance + epsilon)
    return mean(slope), mean(mean_values - slope * mean_guide)


def _mean(planes, radius):
    """The mean of the square of side 2 · `radius` + 1 around every pixel, (h, w, C); beyond the edge it is mirrored."""
    side = 2 * radius + 1
    padded = np.pad(planes, ((radius, radius), (radius, radius), (0, 0)), "symmetric")
    return np.lib.stride_tricks.sliding_window_view(padded, (side, side), (0, 1)).mean((-2, -1), dtype=np.float32)
