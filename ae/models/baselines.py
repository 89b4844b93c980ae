"""What a model has to beat: pictures made without a network."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
from PIL import Image

from ae.files import replace
from ae.image.color import luma, to_u8
from ae.image.pca import principal_axes, project


@dataclass(frozen=True)
class Baseline:
    """A record that reads as that of an architecture does.

    `function` maps images, float32 (N, 32, 32, 3) in [0, 1], to the same shape; see `load`. `fitting`, if it learns
    anything, takes training images, uint8 (N, 32, 32, 3), and returns the array that `function` takes as `axes`.
    `latent` is how many numbers stand for one image, `parameters` how many the array holds.
    """

    id: str
    task: str
    title: str
    latent: int
    parameters: int
    function: Callable
    fitting: Callable | None = None
    source: ClassVar = "baseline"
    published: ClassVar = None
    of_report: ClassVar = False
    takes_hints: ClassVar = False
    photos: ClassVar = False

    @property
    def exact(self):
        """Whether it gives every image back, because it keeps as many numbers as an image has."""
        return self.latent == 32 * 32 * 3


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
    """Returns the fitting that keeps `count` principal components of every patch × patch square: (1 + count, D).

    Its first row is their mean, the others are the components, D = patch × patch × 3.
    """

    def fitting(train_u8):
        mean, components = principal_axes(train_u8, patch, count)
        return np.vstack([mean, components.T])

    return fitting


def fit(baseline, train_u8, folder):
    """Writes what a baseline learns, if anything, into `folder`, `<baseline id>.npy`, in half precision."""
    if baseline.fitting:
        axes = baseline.fitting(train_u8).astype(np.float16)
        replace(Path(folder) / f"{baseline.id}.npy", lambda path: np.save(path, axes))


def load(baseline, folder):
    """Returns the function from images to predictions, fitted as the file in `folder` says, if it learns anything.

    Raises FileNotFoundError without that file.
    """
    if not baseline.fitting:
        return baseline.function
    path = Path(folder) / f"{baseline.id}.npy"
    if not path.exists():
        raise FileNotFoundError(f"expected {path}, found none; `python -m ae evaluate` writes it.")
    return partial(baseline.function, axes=np.load(path).astype(np.float32))


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
