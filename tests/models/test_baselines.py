import os
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ae.data import cifar10
from ae.evaluation.results import read_results
from ae.image import metrics
from ae.image.color import to_u8
from ae.image.pca import project
from ae.models.baselines import BASELINES, fit, load, principal_components
from ae.models.weights import BUNDLED

# Of CIFAR-10's 10,000 test images: accuracy, MSE, PSNR in dB.
KNOWN = {
    "gray-copy": (0.5086, 0.00662, 25.05),
    "always-red": (0.5086, None, None),
    "pca-4x4-16": (0.8901, 0.000432, 34.82),
    "pca-1024": (0.8964, 0.000223, 37.88),
}


@pytest.fixture(scope="module")
def images(cifar):
    return cifar.astype(np.float32) / 255


@pytest.fixture(scope="module")
def train(cifar):
    """1,200 training images, more than are summed at a time: 300 and their mirror images."""
    upright = np.concatenate([cifar[:300], cifar[:300, :, ::-1]])
    return np.concatenate([upright, upright[:, ::-1]])


@pytest.fixture(scope="module")
def global_axes(train):
    return BASELINES["pca-1024"].fitting(train)


def patches(images):
    """Every 4 × 4 square as a row, cut out one by one."""
    corners = [(y, x) for y in range(0, 32, 4) for x in range(0, 32, 4)]
    return np.concatenate([images[:, y : y + 4, x : x + 4].reshape(-1, 48) for y, x in corners]).astype(np.float64)


def test_gray_copy_is_luma_in_all_three_channels(images):
    prediction = BASELINES["gray-copy"].function(images)
    luma = images @ np.array([0.299, 0.587, 0.114])
    assert np.abs(prediction - np.stack([luma, luma, luma], -1)).max() < 1e-6


def test_always_red_is_right_where_red_is_brightest(cifar, images):
    prediction = to_u8(BASELINES["always-red"].function(images))
    assert (prediction == (255, 0, 0)).all() and prediction.shape == cifar.shape
    red, green, blue = np.moveaxis(cifar, -1, 0)
    assert metrics.accuracy(cifar, prediction).mean() == pytest.approx(((red >= green) & (red >= blue)).mean())


def test_bicubic_is_pillow_s_there_and_back(cifar, images):
    prediction = to_u8(BASELINES["bicubic-16"].function(images))
    for truth, ours in zip(cifar, prediction, strict=True):
        small = Image.fromarray(truth).resize((16, 16), Image.Resampling.BICUBIC)
        assert np.array_equal(ours, np.asarray(small.resize((32, 32), Image.Resampling.BICUBIC)))
    assert BASELINES["bicubic-16"].latent == np.asarray(small).size


def test_all_48_components_of_a_patch_give_the_picture_back(cifar, images):
    baseline = BASELINES["pca-4x4-48"]
    prediction = baseline.function(images, baseline.fitting(cifar[:40]))
    assert np.abs(prediction - images).max() < 1e-5
    assert np.array_equal(to_u8(prediction), cifar)


def test_patch_pca_loses_the_energy_of_the_dropped_components(train):
    images = train.astype(np.float32) / 255
    rows = patches(images)
    energies = np.linalg.svd(rows - rows.mean(0), compute_uv=False) ** 2 / len(rows)
    errors = []
    for count in (4, 8, 16, 32):
        prediction = project(images, principal_components(4, count)(train))
        errors.append(np.square(prediction - images).mean(dtype=np.float64))
        assert errors[-1] == pytest.approx(energies[count:].sum() / 48, rel=1e-3)
    assert errors == sorted(errors, reverse=True)


def test_global_pca_keeps_the_leading_axes_of_the_training_images(train, images, global_axes):
    rows, unseen = train.reshape(1200, 3072) / 255, images[300:]
    mean = rows.mean(0)
    energies, mixtures = np.linalg.eigh((rows - mean) @ (rows - mean).T)  # of the images: axes are mixtures of them
    seen = train.astype(np.float32) / 255
    error = np.square(project(seen, global_axes) - seen).mean(dtype=np.float64)
    assert error == pytest.approx(energies[:-1024].sum() / rows.size, rel=1e-3)
    axes = mixtures[:, -1024:].T @ (rows - mean) / np.sqrt(energies[-1024:, None])
    projected = (unseen.reshape(100, 3072) - mean) @ axes.T @ axes + mean
    assert np.abs(project(unseen, global_axes) - projected.reshape(unseen.shape)).max() < 1e-2


@pytest.mark.parametrize("baseline_id, rank", [("pca-4x4-16", 16), ("pca-4x4-48", 48)])
def test_the_latent_is_what_the_prediction_depends_on(cifar, images, baseline_id, rank):
    baseline = BASELINES[baseline_id]
    rows = patches(baseline.function(images, baseline.fitting(cifar)))
    assert np.linalg.matrix_rank(rows - rows.mean(0), tol=1e-2) == rank
    assert baseline.latent == rank * 64


@pytest.mark.parametrize("baseline_id", BASELINES)
def test_what_it_learns_is_kept_and_as_large_as_stated(images, global_axes, cifar, tmp_path, baseline_id):
    baseline = BASELINES[baseline_id]
    if not baseline.fitting:
        assert baseline.parameters == 0 and np.array_equal(load(baseline, tmp_path)(images), baseline.function(images))
        return
    with pytest.raises(FileNotFoundError, match=rf"expected .*{baseline_id}\.npy, found none; `python -m ae evaluate`"):
        load(baseline, tmp_path)
    axes = global_axes if baseline_id == "pca-1024" else baseline.fitting(cifar)
    assert axes.size == baseline.parameters
    fit(replace(baseline, fitting=lambda train_u8: axes), cifar, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [f"{baseline_id}.npy"]
    assert np.abs(load(baseline, tmp_path)(images) - baseline.function(images, axes)).max() < 0.005


@pytest.mark.parametrize("baseline_id", [i for i, baseline in BASELINES.items() if baseline.fitting])
def test_what_is_bundled_gives_pictures_as_close_as_measured(images, cifar, baseline_id):
    """Of 400 test images; the mean of all of them is in results.json."""
    prediction = to_u8(load(BASELINES[baseline_id], BUNDLED)(images))
    psnr = read_results()[baseline_id]["test"]["psnr"]
    assert metrics.psnr(cifar, prediction).mean() == pytest.approx(psnr, abs=0.5)


@pytest.mark.parametrize("baseline_id", KNOWN)
def test_numbers_on_all_test_images(baseline_id):
    check(baseline_id, read_results()[baseline_id]["test10k"])


@pytest.mark.skipif(not os.environ.get("AE_DATA"), reason="set AE_DATA to the binary version of CIFAR-10")
def test_numbers_on_all_test_images_from_the_data():
    splits = cifar10.load()
    truth = splits["test10k"].images_u8
    for baseline_id in KNOWN:
        baseline, images = BASELINES[baseline_id], truth.astype(np.float32) / 255
        axes = [baseline.fitting(splits["train"].images_u8)] if baseline.fitting else []
        prediction = to_u8(baseline.function(images, *axes))
        names = ("accuracy", "mse", "psnr")
        check(baseline_id, {name: getattr(metrics, name)(truth, prediction).mean() for name in names})


def check(baseline_id, measured):
    accuracy, mse, psnr = KNOWN[baseline_id]
    assert measured["accuracy"] == pytest.approx(accuracy, abs=0.001)
    if mse is not None:
        assert measured["mse"] == pytest.approx(mse, rel=0.003)
        assert measured["psnr"] == pytest.approx(psnr, abs=0.01)
