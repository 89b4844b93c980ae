"""A folder of photos as a dataset: squares of one size, split into training, validation and test."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from ae.data.split import Split
from ae.image.photos import PhotoError, center_square, open_photo

SIZE = 96
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".avif", ".gif", ".bmp", ".tif", ".tiff"}
HELD_OUT = 20  # every 20th photo by name


def load(directory, names=("train", "val", "test")):
    """Returns {name: `Split`} of uint8 (N, 96, 96, 3) and labels (N,), the files' names.

    Its kind is what a photo's name has before the first "-": "scene-1.jpg" is a "scene".

    The photos under `directory`, sub-folders included, are cropped to their central square and resized. Where it has
    the folders "train" and "test" these are the splits; otherwise every 20th photo by name is for testing. Every 20th
    of those for training is for validation. A file that is no usable photo is named on standard error and left out.

    Raises FileNotFoundError if there is no such folder, ValueError if it has too few photos to split.
    """
    directory = Path(directory)
    if not directory.is_dir():
        raise FileNotFoundError(f"Expected {directory} to be a folder of photos. There is none.")
    if (directory / "train").is_dir() and (directory / "test").is_dir():
        train, test = _paths(directory / "train"), _paths(directory / "test")
    else:
        train, test = _hold_out(_paths(directory))
    train, val = _hold_out(train)
    if not (train and val and test):
        raise ValueError(f"Expected at least {HELD_OUT + 1} photos in {directory}. Received: {len(train) + len(test)}.")
    paths = {"train": train, "val": val, "test": test}
    return {name: _read(paths[name]) for name in names}


def _paths(folder):
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)


def _hold_out(paths):
    kept = [path for i, path in enumerate(paths) if i % HELD_OUT != HELD_OUT - 1]
    return kept, paths[HELD_OUT - 1 :: HELD_OUT]


def _read(paths):
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        squares = [(path.name, square) for path, square in zip(paths, pool.map(_square, paths)) if square is not None]
    if not squares:
        raise ValueError(f"Expected a usable photo among {len(paths)}, {paths[0]} the first. Found none.")
    names, images = zip(*squares)
    kinds = [Path(name).stem.partition("-")[0] for name in names]
    return Split(np.stack(images), np.array(names), np.array(kinds))


def _square(path):
    try:
        return np.asarray(center_square(open_photo(path), SIZE))
    except PhotoError as error:
        print(f"{path}: {error}", file=sys.stderr)
