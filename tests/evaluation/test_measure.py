import json
import os
import shutil

import bundled
import numpy as np
import pytest

from ae.data import cifar10
from ae.data.split import Split
from ae.evaluation import measure, seeds
from ae.evaluation.results import SPLITS, read_results
from ae.image import metrics
from ae.image.color import luma, to_u8
from ae.models.baselines import BASELINES
from ae.models.catalog import ARCHITECTURES
from ae.models.description import facts
from ae.models.predictors import record
from ae.models.weights import BUNDLED
from ae.photo.colorizer import Colorizer

IDS = ["ir-initial", "color-report", "gray-copy", "pca-4x4-16"]
RECONSTRUCTION = {"accuracy", "mse", "mae", "psnr", "ssim"}
COLORIZATION = RECONSTRUCTION | {"chroma_error", "colorfulness", "within_2_percent", "within_5_percent"}


@pytest.fixture(scope="module")
def splits(cifar):
    """Training in more than one chunk, and a validation and a test split of different sizes."""
    labels = np.arange(10, dtype=np.uint8).repeat(40)
    every = np.arange(400)
    train, val, test = every[every % 5 > 1], every[every % 10 == 0], every[every % 5 == 1]
    images = np.concatenate([cifar[train], cifar[train][:, :, ::-1], cifar[train][:, ::-1]])
    return {
        "train": Split(images, np.tile(labels[train], 3)),
        "val": Split(cifar[val], labels[val]),
        "test": Split(cifar[test], labels[test]),
        "test10k": Split(cifar[[*val, *test]], labels[[*val, *test]]),
    }


def copy_weights(folder, *model_ids):
    for model_id in model_ids:
        (folder / model_id).mkdir()
        shutil.copy(BUNDLED / model_id / "model.weights.h5", folder / model_id)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return copy_weights(tmp_path_factory.mktemp("weights"), "ir-initial", "color-report")


@pytest.fixture(scope="module")
def steps():
    """What `evaluate` told its `progress`, in that order."""
    return []


@pytest.fixture(scope="module")
def results(splits, folder, steps):
    return measure.evaluate(splits, IDS, folder, progress=lambda done, text: steps.append((done, text)))


def predict(model_id, images_u8):
    """8-bit predictions, without the code under test."""
    floats = images_u8.astype(np.float32) / 255
    if model_id == "gray-copy":
        return to_u8(np.repeat(luma(floats), 3, axis=-1))
    inputs = luma(floats) if ARCHITECTURES[model_id].task == "colorize" else floats
    return to_u8(bundled.load(model_id).predict_on_batch(inputs))


def test_what_is_returned_is_what_is_written(results, folder):
    assert json.loads((folder / "results.json").read_text()) == results == read_results(folder)
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == ["pca-4x4-16.npy", "results.json"]
    assert list(results) == IDS


def numbers(measured, path=""):
    """Yields (path, number) of what `evaluate` returns, in its order."""
    items = measured.items() if isinstance(measured, dict) else enumerate(measured)
    for key, value in items:
        if isinstance(value, dict | list):
            yield from numbers(value, f"{path}/{key}")
        elif not isinstance(value, str):
            yield f"{path}/{key}", value


def test_the_same_measurement_gives_the_same_numbers_in_the_same_order(results, splits, folder):
    again = dict(numbers(measure.evaluate(splits, IDS[::-1], folder)))
    first = dict(numbers(results))
    assert list(again) == list(first) and again == pytest.approx(first, abs=2e-5)


@pytest.mark.parametrize(
    "model_id, names", [("ir-initial", RECONSTRUCTION), ("color-report", COLORIZATION), ("gray-copy", COLORIZATION)]
)
@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_every_number_is_the_mean_of_its_metric(results, splits, model_id, names, split):
    truth = splits[split].images_u8
    prediction = predict(model_id, truth)
    expected = {name: getattr(metrics, name)(truth, prediction).mean() for name in names}
    assert results[model_id][split] == pytest.approx(expected, abs=2e-5)


@pytest.mark.parametrize("model_id", IDS)
def test_test10k_is_the_mean_over_validation_and_test_together(results, model_id):
    val, test, together = (results[model_id][split] for split in ("val", "test", "test10k"))
    assert together == pytest.approx({name: (40 * val[name] + 80 * test[name]) / 120 for name in val}, abs=1e-8)


def test_a_baseline_is_fitted_on_the_training_images(results, splits):
    test = splits["test"].images_u8
    baseline = BASELINES["pca-4x4-16"]
    axes = baseline.fitting(splits["train"].images_u8).astype(np.float16).astype(np.float32)  # as it is kept
    prediction = to_u8(baseline.function(test.astype(np.float32) / 255, axes))
    assert results["pca-4x4-16"]["test"]["mse"] == pytest.approx(metrics.mse(test, prediction).mean(), abs=1e-8)
    assert (results["pca-4x4-16"]["parameters"], results["pca-4x4-16"]["latent"]) == (816, 1024)


def test_a_model_s_size_and_layers(results):
    initial = results["ir-initial"]
    assert (initial["parameters"], initial["latent"]) == (4911, 1024)
    assert initial["layers"][:2] == [["input_layer", [32, 32, 3], 0], ["conv2d", [32, 32, 8], 224]]
    assert sum(count for _, _, count in initial["layers"]) == 4911
    assert "sky" not in initial and "layers" not in results["gray-copy"]


def test_the_sky_is_the_upper_third_of_planes_and_ships(results, splits):
    test = splits["test"]
    chosen = test.images_u8[(test.labels == 0) | (test.labels == 8)]
    assert len(chosen) == 16
    for name, images in (("truth", chosen), ("prediction", predict("color-report", chosen))):
        red, green, blue = (images[:, :10, :, channel].mean(dtype=np.float64) / 255 for channel in range(3))
        y = 0.299 * red + 0.587 * green + 0.114 * blue
        expected = [(blue - y) / 1.772, (red - y) / 1.402]
        assert results["color-report"]["sky"][name] == pytest.approx(expected, abs=1e-5)


def test_progress_goes_up_to_1_and_names_the_model_at_hand(results, steps):
    shares = [done for done, _ in steps]
    assert shares == sorted(shares) and len(set(shares)) == len(shares)
    assert 0 < shares[0] < 0.25 and shares[-1] == 1
    assert list(dict.fromkeys(text for _, text in steps)) == IDS


def test_other_results_stay_as_they_were(results, splits, tmp_path):
    before = {i: {"parameters": 7, "test": {"accuracy": 0.5}} for i in ("bicubic-16", "gray-copy", "ir-wide")}
    (tmp_path / "results.json").write_text(json.dumps(before))
    after = measure.evaluate(splits, ["gray-copy"], tmp_path)
    assert after == read_results(tmp_path) == before | {"gray-copy": results["gray-copy"]}
    assert list(after) == ["ir-wide", "gray-copy", "bicubic-16"]  # models first


@pytest.mark.parametrize(
    "ids, error", [(["gray-copy", "ir-initial", "ir-best"], FileNotFoundError), (["gray-copy", "ir-huge"], ValueError)]
)
def test_nothing_is_measured_or_written_if_a_model_does_not_load(splits, tmp_path, ids, error):
    copy_weights(tmp_path, "ir-initial")
    steps = []
    with pytest.raises(error, match=ids[-1]):
        measure.evaluate(splits, ids, tmp_path, progress=lambda done, text: steps.append(done))
    assert steps == [] and read_results(tmp_path) == {}


@pytest.mark.parametrize("model_id, accuracy", [("ir-initial", 0.80), ("ir-best", 0.82)])
def test_bundled_reconstructors_are_as_good_as_the_report_s(cifar, model_id, accuracy):
    assert metrics.accuracy(cifar, predict(model_id, cifar)).mean() >= accuracy


@pytest.mark.parametrize(
    "model_id, better", [("color-report", []), ("color-unet", ["accuracy", "mse", "chroma_error"])]
)
def test_the_bundled_colorizers_add_colors_and_ours_are_nearer_than_a_gray_copy(cifar, model_id, better):
    ours, gray = predict(model_id, cifar), predict("gray-copy", cifar)
    assert metrics.colorfulness(cifar, ours).mean() > 10 > metrics.colorfulness(cifar, gray).mean()
    for name in better:
        value, grays = (getattr(metrics, name)(cifar, picture).mean() for picture in (ours, gray))
        assert value > grays if name == "accuracy" else value < 0.9 * grays, name


def test_the_model_for_photos_sees_a_small_picture_enlarged_and_is_nearer_than_a_gray_copy(cifar):
    colorizer = Colorizer.load("color-photo", as_report=True)
    assert colorizer.seen_size((32, 32)) == (128, 128)
    images = cifar[::4]  # ten of each class
    ours, gray = to_u8(colorizer.paint(images / np.float32(255), 0)), predict("gray-copy", images)
    assert metrics.mse(images, ours).mean() < 0.9 * metrics.mse(images, gray).mean()


def test_bundled_results_cover_the_report_and_the_baselines():
    results = read_results()
    assert set(results) >= {*list(ARCHITECTURES)[:6], *BASELINES}
    for i, result in results.items():
        task = record(i).task
        names = COLORIZATION if task == "colorize" else RECONSTRUCTION
        assert all(set(result[split]) == names for split in SPLITS), i
        if i in ARCHITECTURES:
            parameters = ARCHITECTURES[i].build().count_params()
            assert result["parameters"] == parameters == sum(count for _, _, count in result["layers"])
            assert result["latent"] == facts(ARCHITECTURES[i])["latent"]


def test_bundled_results_reach_the_report_s_level():
    results = read_results()
    test10k = {i: result["test10k"] for i, result in results.items()}
    assert test10k["ir-initial"]["accuracy"] >= 0.80
    assert test10k["ir-best"]["accuracy"] >= 0.83
    assert seeds.spread(results["color-report"], "accuracy", "test10k").highest > test10k["gray-copy"]["accuracy"]
    assert test10k["color-unet"]["mse"] < 0.75 * test10k["gray-copy"]["mse"]
    assert test10k["color-report"]["colorfulness"] > 10 > test10k["gray-copy"]["colorfulness"]


@pytest.mark.skipif(not os.environ.get("AE_DATA"), reason="set AE_DATA to the binary version of CIFAR-10")
def test_bundled_results_are_those_of_the_bundled_weights():
    truth = cifar10.load()["test10k"].images_u8
    for model_id, result in read_results().items():
        if model_id in ARCHITECTURES:
            prediction = np.concatenate([predict(model_id, part) for part in np.split(truth, 10)])
            for name in ("accuracy", "mse", "psnr"):
                measured = getattr(metrics, name)(truth, prediction).mean()
                assert result["test10k"][name] == pytest.approx(measured, rel=0.001), (model_id, name)
