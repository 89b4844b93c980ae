"""CIFAR-10, read and split as the report does: 50,000 training, 5,000 validation and 5,000 test images."""

import os
from pathlib import Path

import numpy as np

from ae.data.split import Split

CLASSES = "airplane automobile bird cat deer dog frog horse ship truck".split()
TRAIN_FILES = [f"data_batch_{i}.bin" for i in range(1, 6)]
TEST_FILES = ["test_batch.bin"]
RECORDS = 10_000
RECORD_BYTES = 1 + 32 * 32 * 3
SPLIT_SEED = 0
ADVICE = "Get the binary version of CIFAR-10 at https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"


def load(directory=None):
    """Returns {"train", "val", "test", "test10k"}, each a `Split`; "val" and "test" halve "test10k".

    `directory` (or the environment variable AE_DATA) holds the dataset's binary version; without
    either, Keras downloads its copy. The images are ordered by their bytes first, so that a split
    is the same set of images whatever order a copy keeps them in.

    Raises FileNotFoundError for a missing file, ValueError for one that is not CIFAR-10, and OSError for a
    download that fails.
    """
    directory = directory or os.environ.get("AE_DATA")
    train, test = _from_binary(Path(directory)) if directory else _from_keras()
    test10k = _in_canonical_order(test)
    order = np.random.default_rng(SPLIT_SEED).permutation(len(test10k))
    half = len(order) // 2
    return {
        "train": _in_canonical_order(train),
        "val": test10k[order[:half]],
        "test": test10k[order[half:]],
        "test10k": test10k,
    }


def _from_binary(directory):
    return tuple(
        Split(*(np.concatenate(parts) for parts in zip(*(_read(directory / name) for name in names))))
        for names in (TRAIN_FILES, TEST_FILES)
    )


def _read(path):
    expected, name = RECORDS * RECORD_BYTES, f"{path.parent.name}/{path.name}"  # visitors read it: not where it lies
    if not path.is_file():
        raise FileNotFoundError(f"Expected {name}, a file of {expected:,} bytes. Found none. {ADVICE}")
    if path.stat().st_size != expected:
        raise ValueError(f"Expected {name} to have {expected:,} bytes. Found {path.stat().st_size:,}. {ADVICE}")
    records = np.fromfile(path, np.uint8).reshape(RECORDS, RECORD_BYTES)
    labels = records[:, 0]
    if labels.max() >= len(CLASSES):
        raise ValueError(f"Expected labels 0 to 9 in {name}. Found {labels.max()}. {ADVICE}")
    return records[:, 1:].reshape(RECORDS, 3, 32, 32).transpose(0, 2, 3, 1), labels


def _from_keras():
    import keras

    try:
        parts = keras.datasets.cifar10.load_data()
    except Exception as error:  # Keras raises Exception itself where it cannot download
        raise OSError(
            f"Keras could not download CIFAR-10. {ADVICE}; then name its folder (--data or AE_DATA)."
        ) from error
    return tuple(Split(images, labels.ravel()) for images, labels in parts)


def _in_canonical_order(split):
    images = np.ascontiguousarray(split.images_u8)
    as_bytes = images.reshape(len(images), -1).view(f"V{images[0].size}").ravel()
    return Split(images, split.labels)[np.argsort(as_bytes)]
