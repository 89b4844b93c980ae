"""What a newcomer does: one builder, one record, and nothing else."""

import numpy as np
import pytest

import ae
from ae.__main__ import main
from ae.data.split import Split
from ae.evaluation import measure
from ae.models import catalog, networks
from ae.models.architecture import Architecture
from ae.training import run


def thumbnail(x, side):
    x = networks.layers.AveragePooling2D(side, name="latent")(x)
    x = networks.layers.UpSampling2D(side)(x)
    return networks.convolution(x, 3)


RECORD = Architecture("ir-thumbnail", "reconstruct", "Thumbnail", network="thumbnail", options={"side": 4}, epochs=1)


@pytest.fixture
def record(monkeypatch):
    monkeypatch.setattr(networks, "thumbnail", thumbnail, raising=False)
    monkeypatch.setitem(catalog.ARCHITECTURES, RECORD.id, RECORD)
    return RECORD


def test_a_builder_and_a_record_are_listed_trained_measured_and_loaded(cifar, tmp_path, record, capsys):
    split = Split(cifar, np.arange(10, dtype=np.uint8).repeat(40))
    splits = {"train": split[:320], "val": split[320:360], "test": split[360:], "test10k": split[320:]}
    history = run.train(catalog.get("ir-thumbnail"), splits, tmp_path / "ir-thumbnail")
    assert len(history["epochs"]) == 1

    result = measure.evaluate(splits, ["ir-thumbnail"], tmp_path)["ir-thumbnail"]
    assert (result["parameters"], result["latent"], result["latent_layer"]) == (84, 8 * 8 * 3, 1)
    assert 0 < result["test"]["mse"] < 1
    assert ae.load("ir-thumbnail", tmp_path).predict_on_batch(cifar[:1] / np.float32(255)).shape == (1, 32, 32, 3)

    assert ae.list_models()[-1] == "ir-thumbnail"
    main(["list"])
    assert capsys.readouterr().out.splitlines()[-1].split() == "ir-thumbnail image reconstruction ours 84 – –".split()
