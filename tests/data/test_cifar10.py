import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from ae.data import cifar10


@pytest.fixture(scope="module")
def records(cifar):
    """60,000 distinct records made of real images: CIFAR-10's files, each image with a number drawn in."""
    images = np.resize(cifar.transpose(0, 3, 1, 2).reshape(len(cifar), -1), (60_000, 3072)).copy()
    images[:, :3] = np.arange(60_000, dtype=">u4").view(np.uint8).reshape(-1, 4)[:, 1:]
    return np.concatenate([np.arange(60_000, dtype=np.uint8)[:, None] % 10, images], axis=1)


def write(records, folder):
    folder.mkdir()
    for name, part in zip([*cifar10.TRAIN_FILES, *cifar10.TEST_FILES], np.split(records, 6)):
        part.tofile(folder / name)
    return folder


@pytest.fixture(scope="module")
def folder(records, tmp_path_factory):
    return write(records, tmp_path_factory.mktemp("data") / "cifar")


def digests(split):
    return {hashlib.md5(image.tobytes()).digest() for image in split.images_u8}


def test_the_report_s_split(folder):
    splits = cifar10.load(folder)
    assert {name: len(split) for name, split in splits.items()} == {
        "train": 50_000,
        "val": 5_000,
        "test": 5_000,
        "test10k": 10_000,
    }
    assert digests(splits["val"]) | digests(splits["test"]) == digests(splits["test10k"])
    assert not digests(splits["val"]) & digests(splits["test"])


def test_planes_become_pixels_and_labels_stay_with_their_image(folder, records):
    test = cifar10.load(folder)["test10k"]
    planes = {record[1:].tobytes(): record[0] for record in records[50_000:]}
    for image, label in zip(test.images_u8[:100], test.labels):
        assert planes[image.transpose(2, 0, 1).tobytes()] == label


def test_the_split_does_not_depend_on_the_order_of_the_files(folder, records, tmp_path):
    shuffled = records.copy()
    np.random.default_rng(3).shuffle(shuffled[50_000:])
    one, other = cifar10.load(folder), cifar10.load(write(shuffled, tmp_path / "shuffled"))
    assert np.array_equal(one["val"].images_u8, other["val"].images_u8)
    assert np.array_equal(one["test"].labels, other["test"].labels)


def test_ae_data_names_the_folder(folder, monkeypatch):
    monkeypatch.setenv("AE_DATA", str(folder))
    assert len(cifar10.load()["train"]) == 50_000


def test_a_missing_file_says_where_to_get_it(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"data_batch_1.bin, a file of 30,730,000 bytes. Found none. .*cifar-10-binary"
    ):
        cifar10.load(tmp_path)


@pytest.mark.parametrize("damage, message", [("short", "Found 30,729,999"), ("label", "Found 10")])
def test_a_wrong_file_says_what_was_found(records, tmp_path, damage, message):
    records = records.copy()
    records[50_005, 0] = 10 if damage == "label" else 0
    write(records, tmp_path / "cifar")
    if damage == "short":
        with open(tmp_path / "cifar" / "test_batch.bin", "r+b") as file:
            file.truncate(30_729_999)
    with pytest.raises(ValueError, match=f"test_batch.bin.*{message}.*cifar-10-binary"):
        cifar10.load(tmp_path / "cifar")


def test_a_download_that_fails_says_what_to_do_instead(tmp_path):
    """Through a proxy that is not there, so that nothing is fetched wherever this runs."""
    environment = {**os.environ, "https_proxy": "http://127.0.0.1:9", "KERAS_HOME": str(tmp_path), "AE_DATA": ""}
    command = [sys.executable, "-m", "ae", "train", "ir-initial", "--out", str(tmp_path / "runs")]
    run = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1].startswith("error: Keras could not download CIFAR-10. Get the binary version")
    assert "Traceback" not in run.stderr
