"""A map of a model's latent: CIFAR-10's test images along its principal components, and what lies between them."""

import os
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

from ae.data import cifar10
from ae.photo import latent

COMPONENTS = 6
MOST = 2000  # images on the map
KEPT = 4
REACH = 4.0  # standard deviations from the middle to the edge
SIDE = 600
CLOSEST = 8  # times as large
WHOLE = (0, 0), REACH
COLORS = (  # of the classes, told apart on white and on black
    (31, 119, 180), (255, 127, 14), (44, 160, 44), (214, 39, 40), (148, 103, 189),
    (140, 86, 75), (227, 119, 194), (127, 127, 127), (188, 189, 34), (23, 190, 207),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Axes:
    """The principal components of a model's latents.

    `mean` (D,), `directions` (K, D), each as long as one standard deviation, and their `shares` (K,) of the variance;
    `points` (N, K) are the test images in standard deviations, `labels` (N,) their classes, `latents` (N, D) all of
    them; one of them is `typical_distance` from the nearest other.
    """

    mean: np.ndarray
    directions: np.ndarray
    shares: np.ndarray
    points: np.ndarray
    labels: np.ndarray
    latents: np.ndarray
    typical_distance: float

    def coordinates(self, latents):
        """Returns those of latents (N, …), in standard deviations: (N, K)."""
        centered = latents.reshape(len(latents), -1) - self.mean
        return centered @ self.directions.T / np.square(self.directions).sum(1)


def axes(parts):
    """Returns the `Axes` of a model's `latent.Parts`, which must have a decoder. Raises as `latent.nearest` does."""
    return _axes(parts, os.environ.get("AE_DATA"))


def move(parts, axes, start, coordinates, keep=True):
    """Returns what the decoder makes of a latent (h, w, channels), moved to the coordinates (K,), and a distance.

    What the latent has beside the components is `keep`t, or is the mean of all images. The distance is that of the
    nearest test image, as a multiple of the one that test images have from each other.
    """
    rest = start.ravel() - axes.coordinates(start[None])[0] @ axes.directions if keep else axes.mean
    moved = rest + np.asarray(coordinates, np.float32) @ axes.directions
    picture = latent.decode(parts, moved.reshape(1, *start.shape).astype(np.float32))[0]
    nearest = np.sqrt(np.square(axes.latents - moved).sum(1).min())
    return Image.fromarray(picture), float(nearest / axes.typical_distance)


def draw(axes, photo, coordinates, at, zoom=1):
    """Returns the map, RGB: a dot a test image in its class's color, the photo where it lies, a cross where one is.

    From a `zoom` of 2 on it is what lies around that cross, so many times as large.
    """
    shown = window(at, zoom)
    image = Image.new("RGB", (SIDE, SIDE), "white")
    canvas = ImageDraw.Draw(image)
    radius = 3 + zoom // 2
    for point, label in zip(axes.points, axes.labels):
        if zoom == 1 or np.abs(point[:2] - shown[0]).max() < shown[1]:
            x, y = to_pixel(point, shown)
            canvas.ellipse((x - radius, y - radius, x + radius, y + radius), COLORS[label])
    x, y = to_pixel(coordinates, shown)
    image.paste(photo, (x - photo.width // 2, y - photo.height // 2))
    canvas.rectangle((x - 18, y - 18, x + 17, y + 17), outline="black", width=2)
    x, y = to_pixel(at, shown)
    canvas.line((x - 12, y, x + 12, y), "black", 3)
    canvas.line((x, y - 12, x, y + 12), "black", 3)
    return image


def window(at, zoom=1):
    """Returns what the map shows: its middle (2,), as near to the place `at` as it can, and how far it reaches."""
    reach = REACH / zoom
    return np.clip(np.asarray(at[:2], float), reach - REACH, REACH - reach), reach


def to_pixel(coordinates, shown=WHOLE):
    """Returns (x, y) on the map of the first two coordinates; what lies beyond is at its edge."""
    middle, reach = shown
    x, y = np.clip((np.asarray(coordinates[:2]) - middle) / reach, -1, 1)
    return round((x + 1) / 2 * (SIDE - 1)), round((1 - y) / 2 * (SIDE - 1))


def from_pixel(x, y, shown=WHOLE):
    """Returns the first two coordinates of a place on the map."""
    (across, up), reach = shown
    return across + (2 * x / (SIDE - 1) - 1) * reach, up + (1 - 2 * y / (SIDE - 1)) * reach


@lru_cache(maxsize=KEPT)
def _axes(parts, directory):
    images, latents = latent.searched(parts, directory)
    latents, labels = latents[:MOST], np.asarray(images.labels[:MOST])
    mean = latents.mean(0)
    centered = latents - mean
    squares = centered @ centered.T
    values, vectors = np.linalg.eigh(squares)  # of the images, who are fewer than the numbers of a latent
    values, vectors = values[::-1][:COMPONENTS], vectors[:, ::-1][:, :COMPONENTS]
    directions = (vectors.T @ centered) / np.sqrt(np.maximum(values, 1e-9))[:, None]
    deviations = np.sqrt(np.maximum(values, 1e-9) / len(latents))
    directions = directions * np.sign(directions.sum(1, keepdims=True) + 1e-9) * deviations[:, None]
    points = centered @ directions.T / np.square(directions).sum(1)
    norms = np.diag(squares)
    distances = norms[:, None] + norms - 2 * squares
    np.fill_diagonal(distances, np.inf)
    typical = float(np.sqrt(np.maximum(np.median(distances.min(1)), 1e-12)))
    shares = values / norms.sum()
    return Axes(mean, directions.astype(np.float32), shares, points, labels, latents, typical)


def legend():
    """Returns [(class, its color as #rrggbb), …]."""
    return [(name, "#{:02x}{:02x}{:02x}".format(*color)) for name, color in zip(cifar10.CLASSES, COLORS)]
