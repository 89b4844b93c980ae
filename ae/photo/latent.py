"""Inside a model: what its layers make of a photo, its latent, a walk through it, and which photos lie near there.

A photo is an RGB `PIL.Image` of 32 × 32 pixels, as `square` makes it. PSNR compares pictures at 8 bits with the photo.
"""

import hashlib
import math
import os
import threading
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image

from ae.data import cifar10, sample
from ae.image import metrics
from ae.image.color import model_input, to_u8
from ae.image.photos import center_square, open_photo, to_array
from ae.models.architecture import import_keras
from ae.models.cache import MODELS
from ae.models.catalog import get
from ae.models.description import layer_table
from ae.models.weights import Source
from ae.photo.memory import share_for

SIZE = 32
BATCH = 250
MODELS_KEPT = 8
LATENTS_KEPT = 3  # of all the images searched: 120 MB a model where they are 10,000
STEPS = 21
FRAME_MS, END_MS = 100, 800
ENLARGED = 8
TILE, LINE, LINE_COLOR = 64, 2, (13, 148, 136)

_searching = threading.Lock()


@dataclass(frozen=True)
class Parts:
    """A model cut at its layer "latent"; two are equal where their weights are.

    `layers` gives the output of every layer, `names` has their names in `description.layer_table`. `encoder` maps the
    model's input to the latent, `decoder` the latent to RGB: None where the output needs more than the latent
    (skip connections).
    """

    model_id: str
    weights_hash: str
    names: list = field(compare=False, repr=False)
    layers: Any = field(compare=False, repr=False)
    encoder: Any = field(compare=False, repr=False)
    decoder: Any = field(compare=False, repr=False)


@dataclass(frozen=True, eq=False)
class Encoding:
    """A photo's latent, float32 (h, w, channels), what the decoder makes of it, and what each channel is worth.

    `psnr` is that of the reconstruction; `costs`, float64 (channels,), are by how many dB it falls where one channel
    is 0.
    """

    parts: Parts
    photo: Image.Image
    latent: np.ndarray
    reconstruction: Image.Image
    psnr: float
    costs: np.ndarray


@dataclass(frozen=True, eq=False)
class Frame:
    """`share` of the way: the decoded mean of two latents beside the mean of their photos, and the PSNR of the two."""

    share: float
    walk: Image.Image
    fade: Image.Image
    psnr: float


@dataclass(frozen=True, eq=False)
class Neighbor:
    """An image of CIFAR-10, its class, and its Euclidean distance from the photo in the latent."""

    image: Image.Image
    label: str
    distance: float


def square(path):
    """Returns the photo at `path`, cropped to its central square, at 32 × 32. Raises `PhotoError` for none."""
    with share_for(path):
        return center_square(open_photo(path), SIZE)


def cut(model_id, source=Source()):
    """Returns the `Parts` of the model of that id. Raises ValueError for an unknown id."""
    return _cut(model_id, MODELS.get(model_id, source)[0])


def feature_maps(parts, photo):
    """Returns {name: float32 (H, W, channels)}, the output of every layer, in the order of the layer table."""
    outputs = _call(parts.layers, _inputs(parts, to_array(photo)[None]))
    return {name: output[0] for name, output in zip(parts.names, outputs, strict=True)}


def sheet(maps):
    """Returns the channels of (H, W, channels) as an RGBA image of tiles, 8 a row; 16 smaller ones above 64 channels.

    Each channel is stretched by itself: black is its lowest value, white its highest, and a channel that is the same
    everywhere is black. Channels of a single number have no range of their own and are stretched together.
    """
    axes = (0, 1, 2) if maps.shape[:2] == (1, 1) else (0, 1)
    low, high = maps.min(axes, keepdims=True), maps.max(axes, keepdims=True)
    shades = to_u8((maps - low) / np.where(high > low, high - low, 1))
    channels = maps.shape[2]
    row, side = (8, TILE) if channels <= 64 else (16, TILE // 2)
    shades = shades.repeat(side // maps.shape[0], 0).repeat(side // maps.shape[1], 1)
    columns, step = min(channels, row), side + LINE
    image = Image.new("RGBA", (columns * step + LINE, math.ceil(channels / columns) * step + LINE))
    for i in range(channels):
        x, y = i % columns * step, i // columns * step
        image.paste(LINE_COLOR, (x, y, x + step + LINE, y + step + LINE))
        image.paste(Image.fromarray(shades[..., i]), (x + LINE, y + LINE))
    return image


def encode(parts, photos):
    """Returns the latents of RGB photos, float32 (N, 32, 32, 3) in [0, 1]: float32 (N, h, w, channels)."""
    batches = (photos[start : start + BATCH] for start in range(0, len(photos), BATCH))
    return np.concatenate([_call(parts.encoder, _inputs(parts, batch)) for batch in batches])


def decode(parts, latents):
    """Returns RGB (N, 32, 32, 3) of latents, uint8. Raises ValueError for a model with skip connections."""
    if parts.decoder is None:
        raise ValueError(
            f"Expected a model whose output depends on its latent alone. Received: {parts.model_id!r}, which has skip "
            "connections; choose another."
        )
    return to_u8(_call(parts.decoder, latents))


def encoding(parts, photo):
    """Returns the `Encoding` of a photo. Raises ValueError as `decode` does."""
    latent = encode(parts, to_array(photo)[None])
    muted = latent * (1 - np.eye(latent.shape[-1], dtype=np.float32))[:, None, None]
    pictures = decode(parts, np.concatenate([latent, muted]))
    whole, *without = metrics.psnr(np.asarray(photo)[None], pictures)
    return Encoding(parts, photo, latent[0], Image.fromarray(pictures[0]), float(whole), whole - without)


def edit(encoding, gains):
    """Returns what the decoder makes of the latent, each channel multiplied by its gain (channels,), and its PSNR."""
    pictures = decode(encoding.parts, encoding.latent[None] * np.float32(gains))
    return Image.fromarray(pictures[0]), float(metrics.psnr(np.asarray(encoding.photo)[None], pictures)[0])


def walk(parts, start, end, steps=STEPS):
    """Returns a `Frame` a step of the way between two photos, both ends included, equal shares apart."""
    shares = np.linspace(0, 1, steps, dtype=np.float32)[:, None, None, None]
    photos = np.stack([to_array(start), to_array(end)])
    latents = encode(parts, photos)
    walked = decode(parts, (1 - shares) * latents[0] + shares * latents[1])
    faded = to_u8((1 - shares) * photos[0] + shares * photos[1])
    return [
        Frame(float(share), Image.fromarray(one), Image.fromarray(other), float(db))
        for share, one, other, db in zip(shares.ravel(), walked, faded, metrics.psnr(faded, walked))
    ]


def save_animation(frames, file, kind="WEBP"):
    """Writes a lossless WebP, or a "GIF", there and back forever: the walk on the left, the cross-fade on the right."""
    there_and_back = frames + frames[-2:0:-1]
    side = SIZE * ENLARGED
    pictures = []
    for frame in there_and_back:
        picture = Image.new("RGB", (2 * side + ENLARGED, side), "white")
        for i, half in enumerate((frame.walk, frame.fade)):
            picture.paste(half.resize((side, side), Image.Resampling.NEAREST), (i * (side + ENLARGED), 0))
        pictures.append(picture)
    durations = [END_MS if frame in (frames[0], frames[-1]) else FRAME_MS for frame in there_and_back]
    first, *others = pictures
    options = {"lossless": True} if kind == "WEBP" else {}
    first.save(file, kind, save_all=True, append_images=others, duration=durations, loop=0, **options)


def nearest(parts, photo, count=10):
    """Returns the `count` nearest of CIFAR-10's test images, nearest first, each a `Neighbor`, and how many there are.

    All 10,000 where the environment variable AE_DATA names the dataset, else the 500 of the bundled sample. Raises
    ValueError for an AE_DATA that does not hold CIFAR-10.
    """
    images, latents = searched(parts, os.environ.get("AE_DATA"))
    latent = encode(parts, to_array(photo)[None])
    distances = np.sqrt(np.square(latents - latent.reshape(1, -1)).sum(1))
    neighbors = [
        Neighbor(Image.fromarray(images.images_u8[i]), cifar10.CLASSES[images.labels[i]], float(distances[i]))
        for i in np.argsort(distances, kind="stable")[:count]
    ]
    return neighbors, len(images)


def searched(parts, directory):
    """Returns the images of CIFAR-10 that are searched, a split, and their latents, flattened: float32 (N, D)."""
    with _searching:  # two at once would compute the same latents twice
        return _searched(directory), _latents(parts, directory)


@lru_cache(maxsize=MODELS_KEPT)
def _cut(model_id, model):
    keras, _ = import_keras()
    latent = model.get_layer("latent").output
    try:
        decoder = keras.Model(latent, model.output)
    except ValueError:  # the graph between the two has another way in
        decoder = None
    return Parts(
        model_id,
        hashlib.sha256(b"".join(array.tobytes() for array in model.get_weights())).hexdigest(),
        [
            f"{row[0]} (latent)" if layer.name == "latent" else row[0]
            for row, layer in zip(layer_table(model), model.layers, strict=True)
        ],
        keras.Model(model.input, [layer.output for layer in model.layers]),
        keras.Model(model.input, latent),
        decoder,
    )


def _call(network, arrays):
    """Eagerly: for a few images it is quicker than to trace a graph for each of their numbers."""
    outputs = network(arrays, training=False)
    return [np.asarray(output) for output in outputs] if isinstance(outputs, list) else np.asarray(outputs)


def _inputs(parts, photos):
    return model_input(photos, get(parts.model_id).task)


@lru_cache(maxsize=1)
def _searched(directory):
    try:
        return cifar10.load(directory)["test10k"] if directory else sample.load()["test"]
    except OSError as error:
        raise ValueError(str(error)) from error


@lru_cache(maxsize=LATENTS_KEPT)
def _latents(parts, directory):
    """Flattened: float32 (N, h · w · channels)."""
    images = _searched(directory).images_u8
    batches = (images[start : start + BATCH] for start in range(0, len(images), BATCH))
    return np.concatenate([encode(parts, np.float32(batch) / 255).reshape(len(batch), -1) for batch in batches])
