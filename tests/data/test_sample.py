import os

import numpy as np
import pytest

from ae.data import cifar10, sample
from ae.data.split import Split

SIZES = {"train": 2000, "val": 300, "test": 500}


@pytest.fixture(scope="module")
def splits():
    return sample.load()


def test_the_file_is_small(splits):
    assert sample.FILE.stat().st_size <= 5_000_000


def test_sizes_and_types(splits):
    assert {name: len(split) for name, split in splits.items()} == SIZES
    for split in splits.values():
        assert split.images_u8.shape == (len(split), 32, 32, 3) and split.images_u8.dtype == np.uint8
        assert split.labels.shape == (len(split),) and split.labels.dtype == np.uint8


@pytest.mark.parametrize("first", [10, 250, 300])
def test_any_first_images_are_balanced(splits, first):
    for split in splits.values():
        assert np.bincount(split[:first].labels).tolist() == [first // 10] * 10


def test_no_image_is_there_twice(splits):
    images = np.concatenate([split.images_u8 for split in splits.values()])
    assert len(np.unique(images.reshape(len(images), -1), axis=0)) == len(images)


def test_it_is_drawn_balanced_and_the_same_every_time(splits, tmp_path, monkeypatch):
    """From the sample with twice as many cats."""
    cats = {name: split[split.labels == 3] for name, split in splits.items()}
    larger = {
        name: Split(
            np.concatenate([255 - cats[name].images_u8, split.images_u8]),
            np.concatenate([cats[name].labels, split.labels]),
        )
        for name, split in splits.items()
    }
    for name in ("one.webp", "two.webp"):
        sample.write(larger, tmp_path / name)
    assert (tmp_path / "one.webp").read_bytes() == (tmp_path / "two.webp").read_bytes()

    monkeypatch.setattr(sample, "FILE", tmp_path / "one.webp")
    drawn = sample.load()["test"]
    labels = {image.tobytes(): label for image, label in zip(larger["test"].images_u8, larger["test"].labels)}
    assert [labels[image.tobytes()] for image in drawn.images_u8] == [*range(10)] * 50
    assert len(np.unique(drawn.images_u8.reshape(500, -1), axis=0)) == 500


@pytest.mark.skipif("AE_DATA" not in os.environ, reason="AE_DATA names no folder with CIFAR-10")
def test_images_and_labels_are_those_of_cifar10(splits):
    whole = cifar10.load()
    for name, split in splits.items():
        labels = {image.tobytes(): label for image, label in zip(whole[name].images_u8, whole[name].labels)}
        assert [labels[image.tobytes()] for image in split.images_u8] == split.labels.tolist()
