"""Principal components of square patches: the best linear code of pictures that there is."""

from math import isqrt

import numpy as np


def principal_axes(images_u8, patch, count, chunk=1000):
    """Returns (mean, components), float32 (D,) and (D, count) with D = patch × patch × 3, of all patches.

    `images_u8` is uint8 (N, H, W, 3), H and W divisible by `patch`. The components are the leading eigenvectors of the
    covariance, which is summed a chunk of images at a time.
    """
    rows, total, products = 0, 0, 0
    for start in range(0, len(images_u8), chunk):
        values = to_patches(images_u8[start : start + chunk].astype(np.float32) / 255, patch)
        rows += len(values)
        total = total + values.sum(0, dtype=np.float64)
        products = products + (values.T @ values).astype(np.float64)
    mean = total / rows
    _, vectors = np.linalg.eigh(products / rows - np.outer(mean, mean))
    return mean.astype(np.float32), vectors[:, ::-1][:, :count].astype(np.float32)


def project(images, axes):
    """Returns what of images, float32 (N, H, W, 3), lies along `axes` (1 + count, D): the mean, then the components."""
    mean, components = axes[0], axes[1:]
    patch = isqrt(len(mean) // 3)
    rows = (to_patches(images, patch) - mean) @ components.T @ components + mean
    n, height, width, _ = images.shape
    squares = rows.reshape(n, height // patch, width // patch, patch, patch, 3)
    return squares.swapaxes(2, 3).reshape(images.shape)


def to_patches(images, patch):
    """Cuts (N, H, W, 3) into rows, one a square: (N × squares, patch × patch × 3)."""
    n, height, width, _ = images.shape
    squares = images.reshape(n, height // patch, patch, width // patch, patch, 3).swapaxes(2, 3)
    return squares.reshape(-1, patch * patch * 3)
