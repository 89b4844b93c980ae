"""Grayscale: one function for training, evaluation and the page."""
import numpy as np

LUMA_WEIGHTS = (0.299, 0.587, 0.114)


def luma(rgb):
    """Returns the luma Y of RGB images, ITU-R BT.601: float32 (..., 3) in [0, 1] to (..., 1)."""
    return (rgb @ np.asarray(LUMA_WEIGHTS, rgb.dtype))[..., None]
