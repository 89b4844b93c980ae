import itertools

import numpy as np
import pytest

from ae.image import metrics
from ae.image.color import to_u8


def solid(color, size=32):
    return np.full((1, size, size, 3), color, np.uint8)


def test_accuracy_is_the_one_keras_reports(cifar):
    import keras

    rng = np.random.default_rng(0)
    prediction = to_u8(cifar / 255 + rng.normal(0, 0.05, cifar.shape))
    keras_metric = keras.metrics.CategoricalAccuracy()
    keras_metric.update_state(cifar.astype(np.float32), prediction.astype(np.float32))
    assert metrics.accuracy(cifar, prediction).mean() == pytest.approx(float(keras_metric.result()), abs=1e-6)


def test_accuracy_breaks_ties_to_the_first_channel():
    assert metrics.accuracy(solid((9, 9, 9)), solid((255, 0, 0))) == 1
    assert metrics.accuracy(solid((9, 9, 10)), solid((255, 0, 0))) == 0
    colors = np.array(list(itertools.product((8, 9, 10), repeat=3)), np.uint8)[:, None, None]
    for truth, prediction in itertools.product(colors, repeat=2):
        right = truth.argmax() == prediction.argmax()
        assert metrics.accuracy(truth[None], prediction[None]) == right


def test_errors_of_a_known_difference():
    black, gray = solid((0, 0, 0)), solid((51, 51, 51))
    assert metrics.mse(black, gray) == pytest.approx(0.04)
    assert metrics.mae(black, gray) == pytest.approx(0.2)
    assert metrics.psnr(black, gray) == pytest.approx(10 * np.log10(1 / 0.04))


@pytest.mark.parametrize("metric", metrics.METRICS.values(), ids=lambda metric: metric.id)
def test_one_truth_may_be_for_all_predictions(cifar, metric):
    one, many = cifar[:1], cifar[:4]
    assert np.array_equal(metric.function(one, many), metric.function(np.repeat(one, 4, 0), many))


def test_an_exact_match_counts_as_100_db(cifar):
    assert (metrics.psnr(cifar, cifar) == 100).all()
    assert metrics.ssim(cifar, cifar) == pytest.approx(1)


@pytest.mark.parametrize("mse, expected", [(1, 0), (0.01, 20), (1e-4, 40), (0, 100)])
def test_decibels_of_a_number_and_of_an_array(mse, expected):
    assert metrics.decibels(mse) == pytest.approx(expected)
    assert metrics.decibels(np.array([mse, 0.1, 0])) == pytest.approx([expected, 10, 100])


def test_psnr_is_the_decibels_of_the_mse(cifar):
    prediction = cifar[:, :, ::-1]
    assert np.array_equal(metrics.psnr(cifar, prediction), metrics.decibels(metrics.mse(cifar, prediction)))


def test_ssim_follows_its_definition_window_by_window(cifar):
    rng = np.random.default_rng(1)
    truth = cifar[:2]
    prediction = to_u8(truth / 255 + rng.normal(0, 0.1, truth.shape))
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
                    (2 * mean_a * mean_b + 1e-4)
                    * (2 * covariance + 9e-4)
                    / ((mean_a**2 + mean_b**2 + 1e-4) * (var_a + var_b + 9e-4))
                )
        assert metrics.ssim(truth, prediction)[image] == pytest.approx(np.mean(values), abs=1e-4)


def test_chroma_error_is_the_distance_in_cielab():
    red, green = solid((255, 0, 0)), solid((0, 255, 0))
    published = np.linalg.norm(np.subtract((53.24, 80.09, 67.20), (87.73, -86.18, 83.18)))
    assert metrics.chroma_error(red, green) == pytest.approx(published, abs=0.05)
    assert metrics.chroma_error(solid((0, 0, 0)), solid((255, 255, 255))) == pytest.approx(100, abs=0.01)


def test_chroma_error_is_a_mean_over_the_pixels_of_each_image(cifar):
    truth, prediction = np.concatenate([solid((0, 0, 0))] * 2), np.zeros((2, 32, 32, 3), np.uint8)
    prediction[1, :8] = 255
    assert metrics.chroma_error(truth, prediction) == pytest.approx([0, 25], abs=0.01)
    assert (metrics.chroma_error(cifar, cifar) == 0).all()


@pytest.mark.parametrize(
    "rows, expected",
    [
        ([(90, 90, 90), (200, 200, 200)], 0),
        ([(255, 0, 0)], 0.3 * np.hypot(255, 127.5)),
        ([(255, 0, 0), (0, 255, 0)], 255 + 0.3 * 127.5),
        ([(0, 0, 255), (255, 255, 255)], 127.5 + 0.3 * 127.5),
    ],
    ids=["grays", "red", "red and green", "blue and white"],
)
def test_colorfulness_of_rows_of_one_color_each(rows, expected):
    prediction = np.repeat(np.uint8(rows), 32 // len(rows), axis=0)[None, :, None].repeat(32, axis=2)
    assert metrics.colorfulness(solid((0, 0, 0)), prediction) == pytest.approx(expected)


def test_colorfulness_looks_at_the_prediction_alone(cifar):
    gray = np.repeat(cifar.mean(-1, keepdims=True).astype(np.uint8), 3, axis=-1)
    assert (metrics.colorfulness(cifar, gray) == 0).all()
    assert (metrics.colorfulness(gray, cifar) == metrics.colorfulness(cifar, cifar)).all()
    assert metrics.colorfulness(gray, cifar).mean() > 10


# CIELAB, rounded, of (119, 119, 119) is (50, 0, 0); 2 % are 2 in L and 4.4 in a and b, 5 % are 5 and 11.
@pytest.mark.parametrize(
    "color, distance, within_2, within_5",
    [
        ((124, 124, 124), "L + 2", 1, 1),
        ((127, 127, 127), "L + 3", 0, 1),
        ((106, 106, 106), "L - 5", 0, 1),
        ((134, 134, 134), "L + 6", 0, 0),
        ((126, 117, 119), "a + 4", 1, 1),
        ((110, 122, 119), "a - 5", 0, 1),
        ((138, 113, 120), "a + 11", 0, 1),
        ((95, 125, 119), "a - 12", 0, 0),
        ((122, 119, 112), "b + 4", 1, 1),
        ((114, 119, 127), "b - 5", 0, 1),
        ((109, 120, 138), "b - 11", 0, 1),
        ((127, 118, 99), "b + 12", 0, 0),
    ],
)
def test_within_2_and_5_percent(color, distance, within_2, within_5):
    truth, prediction = solid((119, 119, 119)), solid(color)
    assert metrics.within_2_percent(truth, prediction) == within_2, distance
    assert metrics.within_5_percent(truth, prediction) == within_5, distance


def test_within_is_the_share_of_pixels_of_each_image(cifar):
    truth, prediction = np.concatenate([solid((119, 119, 119))] * 2), np.full((2, 32, 32, 3), 119, np.uint8)
    prediction[0, :, :8] = 127
    assert metrics.within_2_percent(truth, prediction).tolist() == [0.75, 1]
    assert metrics.within_5_percent(truth, prediction).tolist() == [1, 1]
    assert (metrics.within_2_percent(cifar, cifar) == 1).all()


def test_the_table_has_every_metric_with_what_is_needed_to_show_it():
    functions = ["accuracy", "mse", "mae", "psnr", "ssim"]
    of_colors = ["chroma_error", "colorfulness", "within_2_percent", "within_5_percent"]
    assert list(metrics.METRICS) == [*functions, *of_colors]
    for i, metric in metrics.METRICS.items():
        assert metric.id == i and metric.function is getattr(metrics, i)
        assert metric.task == ("colorize" if i in of_colors else None)
        assert metric.meaning.endswith(".")
    assert len({metric.name for metric in metrics.METRICS.values()}) == len(metrics.METRICS)
    assert metrics.captions({"psnr": 27.946, "ssim": 0.91234, "accuracy": 0.8307}) == [
        "PSNR 27.95 dB",
        "SSIM 0.9123",
        "accuracy 83.1%",
    ]
