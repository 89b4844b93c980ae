"""What a model has to beat: pictures made without a network."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ae.color import luma
from ae.metrics import to_u8


@dataclass(frozen=True)
class Baseline:
    """`fit` takes training images, uint8 (N, 32, 32, 3), and returns the function from images to predictions.

    That function maps float32 (N, 32, 32, 3) in [0, 1] to the same shape. `latent` is how many numbers
    stand for one image, `parameters` how many the fit finds.
    """

    id: str
    task: str
    title: str
    latent: int
    parameters: int
    fit: Callable


def gray_copy(train_u8):
    return lambda images: np.repeat(luma(images), 3, axis=-1)


def always_red(train_u8):
    return lambda images: np.broadcast_to(np.float32([1, 0, 0]), images.shape)


def bicubic(train_u8):
    """Down to 16 × 16 and back."""

    def predict(images):
        pictures = [Image.fromarray(image) for image in to_u8(images)]
        small = [picture.resize((16, 16), Image.Resampling.BICUBIC) for picture in pictures]
        large = [picture.resize((32, 32), Image.Resampling.BICUBIC) for picture in small]
        return np.stack(large).astype(np.float32) / 255

    return predict


def principal_components(patch, count):
    """Returns the fit that keeps `count` principal components of every patch × patch square."""

    def fit(train_u8):
        mean, components = principal_axes(train_u8, patch, count)

        def predict(images):
            rows = (to_patches(images, patch) - mean) @ components @ components.T + mean
            n, cells = len(images), 32 // patch
            return rows.reshape(n, cells, cells, patch, patch, 3).swapaxes(2, 3).reshape(n, 32, 32, 3)

        return predict

    return fit


def principal_axes(train_u8, patch, count, chunk=1000):
    """Returns (mean, components), float32 (D,) and (D, count) with D = patch × patch × 3, of all patches.

    The components are the leading eigenvectors of the covariance, which is summed a chunk of images at a time.
    """
    rows, total, products = 0, 0, 0
    for start in range(0, len(train_u8), chunk):
        values = to_patches(train_u8[start : start + chunk].astype(np.float32) / 255, patch)
        rows += len(values)
        total = total + values.sum(0, dtype=np.float64)
        products = products + (values.T @ values).astype(np.float64)
    mean = total / rows
    _, vectors = np.linalg.eigh(products / rows - np.outer(mean, mean))
    return mean.astype(np.float32), vectors[:, ::-1][:, :count].astype(np.float32)


def to_patches(images, patch):
    """Cuts (N, 32, 32, 3) into rows, one a square: (N × squares, patch × patch × 3)."""
    n, cells = len(images), 32 // patch
    squares = images.reshape(n, cells, patch, cells, patch, 3).swapaxes(2, 3)
    return squares.reshape(n * cells * cells, patch * patch * 3)


BASELINES = {
    baseline.id: baseline
    for baseline in [
        Baseline("gray-copy", "colorize", "Gray copy", 1024, 0, gray_copy),
        Baseline("always-red", "colorize", "Always red", 0, 0, always_red),
        Baseline("bicubic-16", "reconstruct", "Bicubic, 16×16", 768, 0, bicubic),
        Baseline("pca-4x4-16", "reconstruct", "4×4-patch PCA, 16", 1024, 48 * 17, principal_components(4, 16)),
        Baseline("pca-4x4-48", "reconstruct", "4×4-patch PCA, 48", 3072, 48 * 49, principal_components(4, 48)),
        Baseline("pca-1024", "reconstruct", "Global PCA, 1,024", 1024, 3072 * 1025, principal_components(32, 1024)),
    ]
}
