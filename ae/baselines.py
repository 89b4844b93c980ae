"""What a model has to beat: pictures made without a network."""
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ae.color import luma


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
        pictures = [Image.fromarray(image) for image in np.round(images * 255).astype(np.uint8)]
        small = [picture.resize((16, 16), Image.Resampling.BICUBIC) for picture in pictures]
        return np.stack([picture.resize((32, 32), Image.Resampling.BICUBIC) for picture in small]).astype(np.float32) / 255

    return predict


def principal_components(patch, count):
    """Returns the fit that keeps `count` principal components of every patch × patch square."""

    def to_rows(images):
        n, cells = len(images), 32 // patch
        squares = images.reshape(n, cells, patch, cells, patch, 3).swapaxes(2, 3)
        return squares.reshape(n * cells * cells, patch * patch * 3)

    def to_images(rows, n):
        cells = 32 // patch
        return rows.reshape(n, cells, cells, patch, patch, 3).swapaxes(2, 3).reshape(n, 32, 32, 3)

    def fit(train_u8):
        mean, components = _principal_axes(to_rows, train_u8, count)

        def predict(images):
            rows = to_rows(images) - mean
            return to_images(rows @ components @ components.T + mean, len(images))

        return predict

    return fit


def _principal_axes(to_rows, train_u8, count, chunk=1000):
    """Returns (mean, components), the leading eigenvectors of the covariance, summed a chunk at a time."""
    rows, total, products = 0, 0, 0
    for start in range(0, len(train_u8), chunk):
        values = to_rows(train_u8[start : start + chunk].astype(np.float32) / 255)
        rows += len(values)
        total = total + values.sum(0, dtype=np.float64)
        products = products + (values.T @ values).astype(np.float64)
    mean = total / rows
    eigenvalues, vectors = np.linalg.eigh(products / rows - np.outer(mean, mean))
    return mean.astype(np.float32), vectors[:, ::-1][:, :count].astype(np.float32)


BASELINES = {
    baseline.id: baseline
    for baseline in [
        Baseline("gray-copy", "colorize", "Gray copy", 1024, 0, gray_copy),
        Baseline("always-red", "colorize", "Always red", 0, 0, always_red),
        Baseline("bicubic-16", "reconstruct", "Bicubic to 16×16 and back", 768, 0, bicubic),
        Baseline("pca-4x4-16", "reconstruct", "PCA of 4×4 patches, 16 components", 1024, 48 * 17, principal_components(4, 16)),
        Baseline("pca-4x4-48", "reconstruct", "PCA of 4×4 patches, 48 components", 3072, 48 * 49, principal_components(4, 48)),
        Baseline("pca-1024", "reconstruct", "PCA of whole images, 1,024 components", 1024, 3072 * 1025, principal_components(32, 1024)),
    ]
}
