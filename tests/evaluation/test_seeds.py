import shutil

import numpy as np
import pytest

from ae.data.split import Split
from ae.evaluation import measure, seeds
from ae.evaluation.results import read_results
from ae.models.weights import BUNDLED
from ae.training import histories

TRAINED = ("ir-initial", "ir-best", "color-report")


@pytest.mark.parametrize("model_id", TRAINED)
def test_the_bundled_weights_are_those_of_the_lowest_validation_loss(model_id):
    losses = {}
    for seed, source in seeds.sources(model_id, BUNDLED).items():
        history = histories.read(source.folder / model_id)
        assert history["seed"] == seed and not history["abandoned"] and len(history["epochs"]) == 50
        losses[seed] = history["epochs"][-1]["val_loss"]
    assert sorted(losses) == [0, 1, 2, 3, 4]
    assert histories.read(BUNDLED / model_id)["seed"] == min(losses, key=losses.get)


@pytest.mark.parametrize("model_id", TRAINED)
def test_the_chosen_run_is_measured_as_the_model_is(model_id):
    result = read_results()[model_id]
    chosen = result["seeds"][str(histories.read(BUNDLED / model_id)["seed"])]
    assert all(chosen[split] == result[split] for split in ("val", "test", "test10k"))
    spread = seeds.spread(result, "accuracy")
    values = np.array([run["test"]["accuracy"] for run in result["seeds"].values()])
    assert (spread.runs, spread.lowest, spread.highest) == (5, values.min(), values.max())
    assert spread.mean == pytest.approx(values.mean()) and spread.deviation == pytest.approx(values.std() * 1.25**0.5)
    assert seeds.text(result, "accuracy") == f"{spread.mean:.1%} ± {spread.deviation:.1%}"


def test_every_run_in_the_folder_is_measured(cifar, tmp_path):
    for run in ("", "seeds/1/"):
        shutil.copytree(BUNDLED / f"{run}ir-best", tmp_path / f"{run}ir-best")
    split = Split(cifar[:100], np.zeros(100, np.uint8))
    splits = dict.fromkeys(("train", "val", "test", "test10k"), split)
    result = measure.evaluate(splits, ["ir-best"], tmp_path)["ir-best"]
    assert list(result["seeds"]) == ["0", "1"]
    assert result["seeds"]["0"]["test"] == result["test"] != result["seeds"]["1"]["test"]


def test_one_run_has_no_spread(tmp_path):
    shutil.copytree(BUNDLED / "ir-best", tmp_path / "ir-best")
    assert seeds.sources("ir-best", tmp_path) == {}
    result = {"test": {"accuracy": 0.8}}
    assert seeds.spread(result, "accuracy") == seeds.Spread(1, 0.8, 0.0, 0.8, 0.8)
    assert seeds.text(result, "accuracy") == "–"
