"""The colors of another photo, the reference, carried over to what looks alike to the model, wherever that lies.

Every place of the photo is given the mean chroma of the reference's places, by how similar the encoder's features are.
The weights are those of optimal transport with an entropy (Cuturi 2013) whose marginals are relaxed (Chizat et al.
2018): all of the reference is heard, but nothing of it has to go where nothing is alike.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ae.image.photos import PhotoError, is_gray
from ae.photo import guided

MOST_PLACES = 1024  # of the reference: of a longer one, every second or third
TEMPERATURE = 0.1  # of the cosine similarity: the lower, the fewer places have a say
RELAXED = 0.8  # from 0, each place takes what it likes best, to 1, all of the reference is used equally
ITERATIONS = 3
WEIGHTS = (0.7, 1, 1.5)  # of the features, the finest first
UNLIKE, ALIKE = -0.1, 0.2  # mean similarity: up to it the colors are the model's own, from it on the reference's


@dataclass(frozen=True)
class Reference:
    """What a photo lends: its `features`, as `Heads.features` gives them, its `chroma` (h, w, 2), and how much of it.

    `strength` is in [0, 1], `chroma` of the size of the largest features.
    """

    features: list
    chroma: np.ndarray
    strength: float = 1.0

    @property
    def key(self):
        """What tells it from another one, a text."""
        return f"{hashlib.sha256(self.chroma.tobytes()).hexdigest()} {self.strength}"

    def carry_over(self, features, y, colors):
        """Returns `colors` (h, w, 2), a photo's chroma as the model predicts it, moved towards the reference's.

        `features` are the photo's, `y` is its luma (H, W, 1).
        """
        here, there = _places(features, self.features)
        step = -(-len(there) // MOST_PLACES)
        similarity = here @ there[::step].T
        shares = _shares(similarity)
        matched = (shares @ self.chroma.reshape(-1, 2)[::step]).reshape(colors.shape)
        sure = (np.sum(shares * similarity, 1) - UNLIKE) / (ALIKE - UNLIKE)
        small = Image.fromarray(y[..., 0]).resize(colors.shape[1::-1], Image.Resampling.BOX)
        values = np.concatenate([matched, np.clip(sure, 0, 1).reshape(*colors.shape[:2], 1)], -1)
        even = guided.smooth(np.asarray(small)[..., None], values.astype(np.float32))
        return colors + self.strength * np.clip(even[..., 2:], 0, 1) * (even[..., :2] - colors)


def check(photo):
    """Raises `PhotoError` for an RGB image that has no colors to lend."""
    if is_gray(photo):
        raise PhotoError("Expected a reference with colors. This photo has none: choose one in color.")


def _places(*photos):
    """Returns unit vectors (places, C) of each of the photos' features, by all strides together.

    What both photos have everywhere says nothing: the mean is taken off.
    """
    parts = [[] for _ in photos]
    for weight, planes in zip(WEIGHTS, zip(*photos)):
        mean = np.mean([plane.mean((0, 1)) for plane in planes], 0)
        for part, plane, (finest, *_) in zip(parts, planes, photos):
            times = len(finest) // len(plane)
            part.append(weight * _unit(plane - mean).repeat(times, 0).repeat(times, 1))
    return [_unit(np.concatenate(part, -1)).reshape(-1, sum(p.shape[-1] for p in part)) for part in parts]


def _shares(similarity):
    """Returns how much each place of the reference says to each of the photo, (n, m), every row of the sum 1."""
    plan = np.exp((similarity - 1) / TEMPERATURE)
    said = np.ones(similarity.shape[1], np.float32)
    for _ in range(ITERATIONS):
        taken = (1 / (plan @ said)) @ plan
        said = (1 / taken) ** RELAXED
    plan *= said
    return plan / plan.sum(1, keepdims=True)


def _unit(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)
