"""What a model has to beat: pictures made without a network."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import isqrt
from pathlib import Path

import numpy as np
from PIL import Image

from ae.files import replace
from ae.image.color import luma, to_u8


@dataclass(frozen=True)
class Baseline:
    """`predict` maps images, float32 (N, 32, 32, 3) in [0, 1], to the same shape; see `load`.

    `fit`, if it learns anything, takes training images, uint8 (N, 32, 32, 3), and returns the array that `predict`
    takes as `axes`. `latent` is how many numbers stand for one image, `parameters` how many the array holds.
    """

    id: str
    task: str
    title: str
    latent: int
    parameters: int
    predict: Callable
    fit: Callable | None = None


def gray_copy(images):
    return np.repeat(luma(images), 3, axis=-1)


def always_red(images):
    return np.broadcast_to(np.float32([1, 0, 0]), images.shape)


def bicubic(images):
    """Down to 16 × 16 and back."""
    pictures = [Image.fromarray(image) for image in to_u8(images)]
    small = [picture.resize((16, 16), Image.Resampling.BICUBIC) for picture in pictures]
    large = [picture.resize((32, 32), Image.Resampling.BICUBIC) for picture in small]
    return np.stack(large).astype(np.float32) / 255


def principal_components(patch, count):
    """Returns the fit that keeps `count` principal components of every patch × patch square: (1 + count, D).

    Its first row is their mean, the others are the components, D = patch × patch × 3.
    """

    def fit(train_u8):
        mean, components = principal_axes(train_u8, patch, count)
        return np.vstack([mean, components.T])

    return fit


def project(images, axes):
    """Keeps what lies along the axes that `principal_components` found."""
    mean, components = axes[0], axes[1:]
    patch = isqrt(len(mean) // 3)
    rows = (to_patches(images, patch) - mean) @ components.T @ components + mean
    n, cells = len(images), 32 // patch
    return rows.reshape(n, cells, cells, patch, patch, 3).swapaxes(2, 3).reshape(n, 32, 32, 3)


def save(baseline, axes, folder):
    """Writes what a baseline has learned into `folder`, `<baseline id>.npy`, in half precision."""
    replace(Path(folder) / f"{baseline.id}.npy", lambda path: np.save(path, axes.astype(np.float16)))


def load(baseline, folder):
    """Returns the function from images to predictions, fitted as the file in `folder` says, if it learns anything.

    Raises FileNotFoundError without that file.
    """
    if not baseline.fit:
        return baseline.predict
    path = Path(folder) / f"{baseline.id}.npy"
    if not path.exists():
        raise FileNotFoundError(f"expected {path}, found none; `python -m ae evaluate` writes it.")
    return partial(baseline.predict, axes=np.load(path).astype(np.float32))


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
        Baseline("pca-4x4-16", "reconstruct", "4×4-patch PCA, 16", 1024, 48 * 17, project, principal_components(4, 16)),
        Baseline("pca-4x4-48", "reconstruct", "4×4-patch PCA, 48", 3072, 48 * 49, project, principal_components(4, 48)),
        Baseline(
            "pca-1024", "reconstruct", "Global PCA, 1,024", 1024, 3072 * 1025, project, principal_components(32, 1024)
        ),
    ]
}
