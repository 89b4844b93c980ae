"""Colors at a photo's full size: the fast guided filter (He & Sun 2015) brings chroma up so that it ends at edges."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image

from ae.image.color import fit_chroma, luma, to_u8
from ae.image.photos import boxes, to_array

RADIUS = 2  # in pixels of the small picture
THREADS = 2  # each for a part of a photo: more would take more memory than a small machine has
EPSILON = 1e-3  # edges of less contrast than its square root, 0.03, are smoothed over


def colorize(photo, small_luma, small_chroma, mask=None, result=None):
    """Returns the photo, an RGB image, with other colors; its luma stays, to the rounding.

    `small_luma` (h, w, 1) and `small_chroma` (h, w, 2), float32, are the photo at a size that a network can take.
    With a `mask`, an "L" image of the photo's size, the new colors are blended into the image `result`.
    """
    result = result or Image.new("RGB", photo.size)
    at, parts = _upsampler(photo, small_luma, small_chroma), list(boxes(photo.size))
    with ThreadPoolExecutor(THREADS, "parts") as pool:
        recolored = pool.map(lambda box: Image.fromarray(to_u8(fit_chroma(*at(box)))), parts)
        for box, part in zip(parts, recolored):
            result.paste(part, box, mask and mask.crop(box))
    return result


def upsample(photo, small_luma, small_values, radius=RADIUS, epsilon=EPSILON):
    """Yields the values at the size of the photo, an RGB image, in parts: (box, luma (h, w, 1), values (h, w, C)).

    The boxes are those of `ae.image.photos.boxes`. The values are taken for a linear function of the luma around every
    small pixel, as far as `radius`, and that function is used at full size.
    """
    at = _upsampler(photo, small_luma, small_values, radius, epsilon)
    for box in boxes(photo.size):
        yield box, *at(box)


def _upsampler(photo, small_luma, small_values, radius=RADIUS, epsilon=EPSILON):
    """Returns the function that `upsample` is of a box, for any thread."""
    width, height = photo.size
    channels = small_values.shape[-1]
    functions = np.concatenate(_linear_functions(small_luma, small_values, radius, epsilon), -1)
    planes = [Image.fromarray(plane) for plane in np.moveaxis(functions, -1, 0)]
    # A thin photo may be lower than the small picture: it is made so here, not of each part, row by row.
    least = tuple(map(min, planes[0].size, photo.size))
    planes = [plane.resize(least, Image.Resampling.BILINEAR) for plane in planes]

    def at(box):
        left, top, right, bottom = box
        around = (
            left / width * least[0],
            top / height * least[1],
            right / width * least[0],
            bottom / height * least[1],
        )
        size = right - left, bottom - top
        full = np.stack([plane.resize(size, Image.Resampling.BILINEAR, around) for plane in planes], -1)
        y = luma(to_array(photo.crop(box)))
        return y, full[..., :channels] * y + full[..., channels:]

    return at


def smooth(guide, values, radius=RADIUS, epsilon=EPSILON):
    """Returns the values (h, w, C), even within what looks alike in the guide (h, w, 1), with its edges."""
    slope, offset = _linear_functions(guide, values, radius, epsilon)
    return slope * guide + offset


def _linear_functions(guide, values, radius, epsilon):
    """Returns (slope, offset), each (h, w, C): the ridge regression of the values on the guide around every pixel."""
    mean_guide, mean_values = mean(guide, radius), mean(values, radius)
    covariance = mean(guide * values, radius) - mean_guide * mean_values
    variance = mean(guide * guide, radius) - mean_guide**2
    slope = covariance / (variance + epsilon)
    return mean(slope, radius), mean(mean_values - slope * mean_guide, radius)


def mean(planes, radius):
    """Returns the mean of the square of side 2 · `radius` + 1 around every pixel, (h, w, C); mirrored at the edge."""
    side, (height, width, _) = 2 * radius + 1, planes.shape
    padded = np.pad(planes, ((radius, radius), (radius, radius), (0, 0)), "symmetric")
    rows = sum(padded[top : top + height] for top in range(side))
    return sum(rows[:, left : left + width] for left in range(side)) / side**2
