"""Color spaces, and floats as they are shown. Grayscale is one function, for training, evaluation and the page."""

import numpy as np

LUMA_WEIGHTS = (0.299, 0.587, 0.114)
_R, _G, _B = LUMA_WEIGHTS
RGB_TO_CHROMA = ((-_R / 1.772, 1 / 2), (-_G / 1.772, -_G / 1.402), (1 / 2, -_B / 1.402))
CHROMA_TO_RGB = ((0, -1.772 * _B / _G, 1.772), (1.402, -1.402 * _R / _G, 0))
XYZ_OF_SRGB = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
WHITE_D65 = (0.95047, 1.0, 1.08883)
SRGB_OF_RELATIVE_XYZ = np.float32(np.linalg.inv(np.array(XYZ_OF_SRGB) / np.c_[WHITE_D65,]))
FITTING_STEPS = 4


def to_u8(images):
    """Returns images in [0, 1], any float dtype, clipped and rounded to uint8."""
    images = np.clip(images, 0, 1)
    images *= 255
    return np.round(images, out=images).astype(np.uint8)


def luma(rgb):
    """Returns the luma Y of RGB images, ITU-R BT.601: float32 (..., 3) in [0, 1], array or tensor, to (..., 1)."""
    return sum(weight * rgb[..., i : i + 1] for i, weight in enumerate(LUMA_WEIGHTS))


def model_input(rgb, task):
    """Returns what a model of `task` is given of RGB images: their luma to "colorize" them, else the images."""
    return luma(rgb) if task == "colorize" else rgb


def chroma(rgb):
    """Returns the chroma (Cb, Cr) of RGB images, ITU-R BT.601: float32 (..., 3) in [0, 1] to (..., 2) in [-0.5, 0.5].

    Of arrays and of tensors.
    """
    return rgb @ np.float32(RGB_TO_CHROMA)


def fit_chroma(y, chroma):
    """Returns RGB (..., 3) in [0, 1] of luma (..., 1) in [0, 1] and chroma (..., 2): exactly that luma, always.

    Where RGB has no such color, the chroma is scaled down to the most colorful one that it has.
    """
    difference = chroma @ np.float32(CHROMA_TO_RGB)
    red, green, blue = np.split(difference, 3, -1)  # faster than over an axis of three
    above, below = np.maximum(np.maximum(red, green), blue), -np.minimum(np.minimum(red, green), blue)
    share = np.minimum((1 - y) / np.maximum(above, 1e-6), y / np.maximum(below, 1e-6))
    difference *= np.minimum(share, 1)
    difference += y
    return difference


def chroma_at(y, rgb):
    """Returns the chroma (..., 2) with which luma (..., 1) looks as colorful as RGB (..., 3), and of the same hue.

    That is in CIELAB, where hue is an angle and chroma a length; where RGB has no color as strong, it is the strongest.
    """
    _, a, b = np.moveaxis(lab(to_u8(rgb))[..., None], -2, 0)
    lightness = 100 * y
    for _ in range(FITTING_STEPS):
        found = _srgb(lightness, a, b)
        lightness = lightness + 100 * (y - luma(found))
    return chroma(fit_chroma(y, chroma(_srgb(lightness, a, b))))


def _srgb(lightness, a, b):
    """Returns the sRGB of CIELAB, (..., 1) each, float32 (..., 3); what sRGB does not have lies outside [0, 1]."""
    f = np.concatenate([a / 500, np.zeros_like(a), -b / 200], -1) + (lightness + 16) / 116
    linear = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) @ SRGB_OF_RELATIVE_XYZ.T
    size = np.abs(linear)
    curved = np.where(size <= 0.0031308, 12.92 * size, 1.055 * np.maximum(size, 1e-9) ** (1 / 2.4) - 0.055)
    return (np.sign(linear) * curved).astype(np.float32)


def lab(rgb_u8):
    """Returns CIELAB (CIE 15, D65) of sRGB images (IEC 61966-2-1): uint8 (..., 3) to float32, L in [0, 100]."""
    srgb = np.arange(256) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).astype(np.float32)
    to_relative_xyz = np.float32(XYZ_OF_SRGB).T / np.float32(WHITE_D65)
    t = linear[rgb_u8] @ to_relative_xyz
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)
