"""A sample of CIFAR-10 that travels with the code: one lossless picture, so that nothing needs to be downloaded."""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from ae.data import cifar10
from ae.data.cifar10 import CLASSES
from ae.data.split import Split
from ae.files import replace

FILE = Path(__file__).parent / "sample.webp"
SIZES = {"train": 2000, "val": 300, "test": 500}
COLUMNS = 50
SEED = 0


def load():
    """Returns {"train", "val", "test"}, each a `Split`: 2,000, 300 and 500 images out of those of `cifar10.load`.

    The classes take turns, in the order of `CLASSES`: any first N images are balanced.
    """
    with Image.open(FILE) as sheet:
        tiles = np.asarray(sheet.convert("RGB")).reshape(-1, 32, COLUMNS, 32, 3).swapaxes(1, 2).reshape(-1, 32, 32, 3)
    labels = (np.arange(len(tiles)) % len(CLASSES)).astype(np.uint8)
    starts = np.cumsum([0, *SIZES.values()])
    return {name: Split(tiles, labels)[start : start + SIZES[name]] for name, start in zip(SIZES, starts)}


def write(splits, path=FILE):
    """Draws the sample out of `splits`, those of `cifar10.load`, and writes it: the same file every time."""
    tiles = np.concatenate([splits[name].images_u8[draw(splits[name].labels, size)] for name, size in SIZES.items()])
    sheet = tiles.reshape(-1, COLUMNS, 32, 32, 3).swapaxes(1, 2).reshape(-1, COLUMNS * 32, 3)
    image = Image.fromarray(sheet)
    replace(path, lambda partial: image.save(partial, "WEBP", lossless=True))


def draw(labels, size):
    """Returns the indices of `size` images, the classes in turn."""
    order = np.random.default_rng(SEED).permutation(len(labels))
    of_class = [order[labels[order] == label][: size // len(CLASSES)] for label in range(len(CLASSES))]
    return np.stack(of_class, 1).ravel()


if __name__ == "__main__":
    write(cifar10.load(sys.argv[1] if len(sys.argv) > 1 else None))
