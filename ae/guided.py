"""Colors at a photo's full size: the fast guided filter (He & Sun 2015) brings chroma up so that it ends at edges."""

import numpy as np
from PIL import Image

from ae.color import fit_chroma, luma
from ae.metrics import to_u8

RADIUS = 2  # in pixels of the small picture
EPSILON = 1e-3  # edges of less contrast than its square root, 0.03, are smoothed over
ROWS = 256  # of the full-size photo at a time


def colorize(image_u8, small_luma, small_chroma):
    """Returns the photo with other colors, uint8 (H, W, 3) to the same; its luma stays, to the rounding.

    `small_luma` (h, w, 1) and `small_chroma` (h, w, 2), float32, are the photo at a size that a network can take. The
    chroma is taken for a linear function of the luma around every small pixel, and that function is used at full size.
    """
    height, width, _ = image_u8.shape
    small_height, small_width, _ = small_luma.shape
    slope, offset = _linear_functions(small_luma, small_chroma)
    planes = [Image.fromarray(plane) for plane in np.moveaxis(np.concatenate([slope, offset], -1), -1, 0)]
    result = np.empty_like(image_u8)
    for top in range(0, height, ROWS):
        bottom = min(top + ROWS, height)
        box = (0, top / height * small_height, small_width, bottom / height * small_height)
        size = (width, bottom - top)
        slope_cb, slope_cr, cb, cr = (plane.resize(size, Image.Resampling.BILINEAR, box) for plane in planes)
        y = luma(image_u8[top:bottom].astype(np.float32) / 255)
        chroma = np.stack([slope_cb, slope_cr], -1) * y + np.stack([cb, cr], -1)
        result[top:bottom] = to_u8(fit_chroma(y, chroma))
    return result


def _linear_functions(guide, values):
    """Returns (slope, offset), each (h, w, 2): the ridge regression of the values on the guide around every pixel."""
    mean_guide, mean_values = _mean(guide), _mean(values)
    covariance = _mean(guide * values) - mean_guide * mean_values
    variance = _mean(guide * guide) - mean_guide**2
    slope = covariance / (variance + EPSILON)
    return _mean(slope), _mean(mean_values - slope * mean_guide)


def _mean(planes):
    """The mean of the square of side 2 · `RADIUS` + 1 around every pixel, (h, w, C); beyond the edge it is mirrored."""
    side = 2 * RADIUS + 1
    padded = np.pad(planes, ((RADIUS, RADIUS), (RADIUS, RADIUS), (0, 0)), "symmetric")
    return np.lib.stride_tricks.sliding_window_view(padded, (side, side), (0, 1)).mean((-2, -1), dtype=np.float32)
