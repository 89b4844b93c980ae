"""A folder of photos as a dataset: squares of one size, split into training, validation and test."""

import hashlib
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from ae.data.split import Split
from ae.image.photos import PhotoError, center_square, open_photo

SIZE = 192
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".avif", ".gif", ".bmp", ".tif", ".tiff"}
HELD_OUT = 20  # every 20th photo by name


def load(directory, names=("train", "val", "test")):
    """Returns {name: `Split`} of `Squares` (N, 192, 192, 3) and labels (N,), the files' names.

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
    return {name: _split(paths[name]) for name in names}


class Squares:
    """Photos as an array, uint8 (N, 192, 192, 3), of which a part is read when it is asked for: memory holds no more.

    `squares[chosen]` is an array, `chosen` a slice or indices.
    """

    def __init__(self, paths):
        self.paths = np.array(paths, object)
        self.shape = (len(paths), SIZE, SIZE, 3)

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, chosen):
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return np.stack(list(pool.map(_square, np.atleast_1d(self.paths[chosen]))))

    def sha256(self):
        """Returns the hash of the files' names and sizes."""
        files = "\n".join(f"{path.name} {path.stat().st_size}" for path in self.paths)
        return hashlib.sha256(files.encode()).hexdigest()


def _paths(folder):
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)


def _hold_out(paths):
    kept = [path for i, path in enumerate(paths) if i % HELD_OUT != HELD_OUT - 1]
    return kept, paths[HELD_OUT - 1 :: HELD_OUT]


def _split(paths):
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        usable = [path for path, is_usable in zip(paths, pool.map(_is_usable, paths)) if is_usable]
    if not usable:
        raise ValueError(f"Expected a usable photo among {len(paths)}, {paths[0]} the first. Found none.")
    kinds = [path.stem.partition("-")[0] for path in usable]
    return Split(Squares(usable), np.array([path.name for path in usable]), np.array(kinds))


def _is_usable(path):
    try:
        open_photo(path)
        return True
    except PhotoError as error:
        print(f"{path}: {error}", file=sys.stderr)
        return False


def _square(path):
    return np.asarray(center_square(open_photo(path), SIZE))
