import numpy as np
import pytest

from ae.data.split import Split
from ae.image import metrics
from ae.image.color import to_u8
from ae.image.pca import project
from ae.models import catalog, recipes
from ae.models.baselines import principal_components
from ae.models.weights import BUNDLED
from ae.training import histories, ingredients, run


@pytest.mark.parametrize("model_id", ["ir-residual", "ir-residual-s"])
def test_residual_models_start_as_the_patch_pca(cifar, model_id):
    model = catalog.get(model_id).build(32)
    ingredients.start_at_patch_pca(model, cifar)
    images = cifar / np.float32(255)
    ours, pca = model.predict_on_batch(images), project(images, principal_components(4, 16)(cifar))
    assert metrics.psnr(cifar, to_u8(ours)).mean() == pytest.approx(metrics.psnr(cifar, to_u8(pca)).mean(), abs=0.05)


def test_negative_psnr_is_the_metric(cifar):
    rng = np.random.default_rng(0)
    prediction = to_u8(cifar / 255 + rng.normal(0, 0.05, cifar.shape))
    loss = np.asarray(ingredients.negative_psnr(np.float32(cifar) / 255, np.float32(prediction) / 255))
    assert -loss == pytest.approx(metrics.psnr(cifar, prediction), abs=0.05)


def test_one_cycle_rises_then_falls_to_zero():
    optimizer = ingredients.optimizer(recipes.ONE_CYCLE, 1000, 0)
    rates = []
    for step in (0, 50, 100, 550, 1000):
        optimizer.iterations.assign(step)
        rates.append(float(optimizer.learning_rate))
    assert rates[0] < rates[1] < rates[2] == pytest.approx(1e-3)
    assert rates[2] > rates[3] > rates[4] == pytest.approx(0, abs=1e-6)


def test_the_second_cycle_rises_from_where_the_first_ended():
    optimizer = ingredients.optimizer(recipes.COLORS, 600, 280)
    rates = []
    for step in (0, 28, 279, 280, 312, 599):
        optimizer.iterations.assign(step)
        rates.append(float(optimizer.learning_rate))
    start, first_peak, end, again, second_peak, last = rates
    assert first_peak == pytest.approx(1.5e-3) and second_peak == pytest.approx(7e-4)
    assert start == pytest.approx(1.5e-3 / 25) and again == pytest.approx(7e-4 / 25)
    assert max(end, last) < 1e-6


@pytest.mark.parametrize("updates", [1, 2, 4])
def test_the_shortest_runs_have_a_rate_too(updates):
    optimizer = ingredients.optimizer(recipes.COLORS, updates, recipes.COLORS.first_epochs(updates))
    for step in range(updates):
        optimizer.iterations.assign(step)
        assert 0 < float(optimizer.learning_rate) < 1.6e-3


@pytest.mark.parametrize(
    "epochs, cycles", [(60, "28 epochs up to 1.5e-3 and 32 up"), (20, "9 epochs up to 1.5e-3 and 11 up")]
)
def test_a_recipe_says_how_many_epochs_its_cycles_have(epochs, cycles):
    assert cycles in recipes.COLORS.describe(epochs)
    assert recipes.PHOTO_COLORS.describe(epochs) == recipes.PHOTO_COLORS.text


@pytest.mark.parametrize("model_id", catalog.ARCHITECTURES)
def test_the_bundled_histories_say_what_the_recipes_do(model_id):
    history = histories.read(BUNDLED / model_id)
    if model_id == "color-photo":  # its weights are of a forerunner of the recipe, and both say so
        assert "followed the clock" in history["recipe"]
        assert "forerunner" in (BUNDLED / model_id / "notes.md").read_text("utf-8")
    else:
        assert history["recipe"] == catalog.get(model_id).recipe.describe(len(history["epochs"]))


def test_a_run_that_starts_at_the_patch_pca_is_there_after_its_first_epochs(cifar, tmp_path):
    split = Split(cifar, np.zeros(len(cifar), np.uint8))
    splits = {"train": split[:320], "val": split[320:]}
    history = run.train(catalog.get("ir-residual-s"), splits, tmp_path, epochs=2)
    assert history["epochs"][-1]["val_loss"] < -34
