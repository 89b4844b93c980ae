import numpy as np
import pytest

from ae import metrics


def solid(color, size=32):
    return np.full((1, size, size, 3), color, np.uint8)


def test_accuracy_is_the_one_keras_reports(cifar):
    import keras

    rng = np.random.default_rng(0)
    prediction = metrics.to_u8(cifar / 255 + rng.normal(0, 0.05, cifar.shape))
    keras_metric = keras.metrics.CategoricalAccuracy()
    keras_metric.update_state(cifar.astype(np.float32), prediction.astype(np.float32))
    assert metrics.accuracy(cifar, prediction).mean() == pytest.approx(float(keras_metric.result()), abs=1e-6)


def test_accuracy_breaks_ties_to_the_first_channel():
    assert metrics.accuracy(solid((9, 9, 9)), solid((255, 0, 0))) == 1
    assert metrics.accuracy(solid((9, 9, 10)), solid((255, 0, 0))) == 0


def test_errors_of_a_known_difference():
    black, gray = solid((0, 0, 0)), solid((51, 51, 51))
    assert metrics.mse(black, gray) == pytest.approx(0.04)
    assert metrics.mae(black, gray) == pytest.approx(0.2)
    assert metrics.psnr(black, gray) == pytest.approx(10 * np.log10(1 / 0.04))


def test_an_exact_match_counts_as_100_db(cifar):
    assert (metrics.psnr(cifar, cifar) == 100).all()
    assert metrics.ssim(cifar, cifar) == pytest.approx(1)


def test_ssim_follows_its_definition_window_by_window(cifar):
    rng = np.random.default_rng(1)
    truth = cifar[:2]
    prediction = metrics.to_u8(truth / 255 + rng.normal(0, 0.1, truth.shape))
    weights = np.exp(-(np.arange(-5, 6)[:, None] ** 2 + np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    weights /= weights.sum()
    gray = np.array([0.299, 0.587, 0.114])
    for image in range(2):
        x, y = truth[image] / 255 @ gray, prediction[image] / 255 @ gray
        values = []
        for i in range(22):
            for j in range(22):
                a, b = x[i : i + 11, j : j + 11], y[i : i + 11, j : j + 11]
                mean_a, mean_b = (weights * a).sum(), (weights * b).sum()
                var_a, var_b = (weights * (a - mean_a) ** 2).sum(), (weights * (b - mean_b) ** 2).sum()
                covariance = (weights * (a - mean_a) * (b - mean_b)).sum()
                values.append(
                    (2 * mean_a * mean_b + 1e-4) * (2 * covariance + 9e-4)
                    / ((mean_a**2 + mean_b**2 + 1e-4) * (var_a + var_b + 9e-4))
                )
        assert metrics.ssim(truth, prediction)[image] == pytest.approx(np.mean(values), abs=1e-4)


def test_to_u8_clips_and_rounds():
    assert metrics.to_u8(np.array([-1, 0.4999, 127.6 / 255, 2])).tolist() == [0, 127, 128, 255]
