import json
import os
import random
import shutil
import subprocess
import sys
from dataclasses import replace

import h5py
import keras
import numpy as np
import pytest
import tensorflow
from processes import EPOCHS, FRESH, SMALL, TINY, train_by_word, train_on_two_devices

from ae.data import photo_folder
from ae.data.split import Split
from ae.image.color import luma
from ae.image.photos import open_photo
from ae.models import catalog, networks, recipes
from ae.models.weights import FILE_NAME
from ae.training import histories, run
from ae.ui.controls import EXAMPLES


@pytest.fixture(scope="module")
def splits(cifar):
    split = Split(cifar, np.zeros(len(cifar), np.uint8))
    return {"train": split[:336], "val": split[336:]}


@pytest.fixture(scope="module")
def trained(splits, tmp_path_factory):
    """(history, folder) of a run of two epochs, whose files stay as they are."""
    folder = tmp_path_factory.mktemp("trained")
    return run.train(TINY, splits, folder, epochs=2), folder


@pytest.fixture
def copied(trained, tmp_path):
    """Its folder, to be changed."""
    return shutil.copytree(trained[1], tmp_path / "copied")


def weights(folder):
    values = {}
    with h5py.File(folder / "model.weights.h5") as file:
        file.visititems(lambda name, item: values.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return values


def same_weights(one, other, tolerance=1e-3):
    """To a rounding error's consequences, for the last bits of a sum depend on how threads share it."""
    one, other = weights(one), weights(other)
    return one.keys() == other.keys() and all(np.allclose(one[i], other[i], tolerance, tolerance) for i in one)


def same_epochs(one, other, tolerance=1e-3):
    rows = [[{**row, "seconds": 0} for row in history["epochs"]] for history in (one, other)]
    return rows[0] == [pytest.approx(row, rel=tolerance) for row in rows[1]]


def test_history_and_weights_of_a_run(trained):
    history, folder = trained
    assert json.loads((folder / "history.json").read_text()) == history
    assert [row["epoch"] for row in history["epochs"]] == [1, 2]
    assert history["epochs"][-1]["loss"] < history["epochs"][0]["loss"]
    assert set(history["epochs"][0]) == {"epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds"}
    assert history["seed"] == 0 and "keras" in history["versions"]
    assert not any("optimizer" in name for name in weights(folder))


def test_the_same_seed_gives_the_same_weights_and_another_does_not(trained, splits, tmp_path):
    history, folder = trained
    again = run.train(TINY, splits, tmp_path / "again", epochs=2, seed=0)
    run.train(TINY, splits, tmp_path / "another", epochs=2, seed=2)
    assert same_epochs(history, again)
    assert same_weights(folder, tmp_path / "again")
    assert not same_weights(folder, tmp_path / "another")


def test_a_run_killed_at_random_moments_ends_as_one_that_was_not(cifar, tmp_path):
    """To the bit, on one thread. After each epoch a run waits for a word: it does not end before it is killed."""

    def start(name):
        here, there = FRESH.Pipe()
        process = FRESH.Process(target=train_by_word, args=[np.resize(cifar, (800, 32, 32, 3)), tmp_path / name, there])
        process.start()
        there.close()
        return process, here

    def finish(name):
        process, here = start(name)
        here.close()
        process.join()
        assert process.exitcode == 0

    finish("undisturbed")
    seed = random.randrange(1 << 30)
    moments = random.Random(seed)
    for _ in range(EPOCHS // 2):  # a run makes two at most before it is killed
        process, here = start("killed")
        here.recv()  # an epoch was finished
        here.send("go on")
        process.join(moments.uniform(0, 0.75))
        assert process.is_alive()
        process.kill()
        process.join()
    finish("killed")
    histories = [json.loads((tmp_path / name / "history.json").read_text()) for name in ("killed", "undisturbed")]
    assert [row["epoch"] for row in histories[0]["epochs"]] == list(range(1, EPOCHS + 1)), f"seed {seed}"
    assert same_epochs(*histories, tolerance=0), f"seed {seed}"
    assert same_weights(tmp_path / "killed", tmp_path / "undisturbed", tolerance=0), f"seed {seed}"


@pytest.fixture
def eagerly():
    """For a step an epoch: to make graphs of the colorizer and its optimizer takes longer than to train it."""
    tensorflow.config.run_functions_eagerly(True)
    yield
    tensorflow.config.run_functions_eagerly(False)


def test_a_photo_colorizer_interrupted_after_an_epoch_ends_as_one_that_was_not(tmp_path, eagerly):
    """From photos on disk: 32 for training, the others for validation and testing."""
    (tmp_path / "photos").mkdir()
    for i in range(48):
        photo = open_photo(EXAMPLES / ("coffee.jpg", "tabby.jpg", "rocket.jpg", "astronaut.jpg")[i % 4])
        left, top = 8 * i % (photo.width - 128), 16 * i % (photo.height - 128)
        photo.crop((left, top, left + 128, top + 128)).save(tmp_path / "photos" / f"{i:02}.png")
    splits = photo_folder.load(tmp_path / "photos")
    splits["train"] = splits["train"][:32]
    photo_colorizer = catalog.get("color-photo")
    recipe = replace(photo_colorizer.recipe, crop=recipes.Crop(sides=(32, 64), smallest=96))
    architecture = replace(photo_colorizer, recipe=recipe)

    def keep_first(model):
        if not (tmp_path / "stopped").exists():
            shutil.copytree(tmp_path / "whole", tmp_path / "stopped")

    whole = run.train(architecture, splits, tmp_path / "whole", epochs=2, after_epoch=keep_first)
    assert len(json.loads((tmp_path / "stopped" / "history.json").read_text())["epochs"]) == 1
    trained = []
    resumed = run.train(architecture, splits, tmp_path / "stopped", epochs=2, after_epoch=trained.append)

    assert len(trained) == 1  # it went on, and did not start over
    assert same_epochs(resumed, whole)
    assert same_weights(tmp_path / "stopped", tmp_path / "whole")
    assert {"loss", "accuracy", "val_loss", "val_accuracy"} <= set(whole["epochs"][1])
    prior = next(
        value for name, value in weights(tmp_path / "whole").items() if value.shape == (169,) and value.min() >= 0
    )
    assert prior.sum() == pytest.approx(1, abs=1e-4)


def test_a_history_ahead_of_its_checkpoint_is_cut_back(splits, tmp_path):
    def stop(model):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.train(TINY, splits, tmp_path, epochs=2, after_epoch=stop)
    history = histories.read(tmp_path)
    history["epochs"].append({**history["epochs"][0], "epoch": 2, "loss": -1})
    histories.write(tmp_path, history)
    finished = run.train(TINY, splits, tmp_path, epochs=2)
    assert [row["epoch"] for row in finished["epochs"]] == [1, 2]
    assert finished["epochs"][1]["loss"] > 0


def test_a_dead_channel_starts_the_run_over_with_the_next_seed(splits, tmp_path, capsys, monkeypatch):
    offsets = iter([-100.0])

    def half_dead(image):
        """One convolution, but the first time it is built its blue output lies far below zero."""
        x = keras.layers.Rescaling(1.0, offset=[0.0, 0.0, next(offsets, 0.5)])(networks.convolution(image, 3))
        return keras.layers.ReLU()(x)

    monkeypatch.setattr(networks, "half_dead", half_dead, raising=False)
    history = run.train(replace(TINY, network="half_dead", options={}), splits, tmp_path, epochs=2)
    assert history["seed"] == 1
    assert [(a["seed"], a["epoch"]) for a in history["abandoned"]] == [(0, 1)]
    assert "blue output channel is zero" in history["abandoned"][0]["reason"]
    assert [row["epoch"] for row in history["epochs"]] == [1, 2]
    assert "Starting over with seed 1" in capsys.readouterr().out


def test_weights_that_a_kill_left_behind_the_checkpoint_are_written_again(splits, copied):
    finished = weights(copied)
    (copied / "model.weights.h5").unlink()
    run.train(TINY, splits, copied, epochs=2)
    assert all(np.array_equal(weights(copied)[name], value) for name, value in finished.items())


def test_another_models_folder_is_refused(splits, copied):
    with pytest.raises(ValueError, match=f"Expected .* to hold ir-best. It holds {TINY.id}"):
        run.train(catalog.get("ir-best"), splits, copied, epochs=2)


def test_other_images_or_another_number_of_epochs_for_a_run_that_began_are_refused(trained, splits, copied):
    history, _ = trained
    assert history["run"]["epochs"] == 2 and history["run"]["images"] == 336
    files = {path: path.read_bytes() for path in copied.iterdir()}
    with pytest.raises(ValueError, match=f"Expected 2 epochs, as the run in {copied} began with: .* Received: 3"):
        run.train(TINY, splits, copied, epochs=3)
    for others in (splits["train"][:300], splits["train"][::-1]):
        with pytest.raises(ValueError, match=f"Expected the 336 images .* Received: {len(others)} of which some"):
            run.train(TINY, splits | {"train": others}, copied)
    assert {path: path.read_bytes() for path in copied.iterdir()} == files
    assert run.train(TINY, splits, copied) == history  # as many epochs as it began with


def test_a_run_of_before_goes_on_and_what_it_lacked_is_recorded(trained, splits, copied):
    began = trained[0]["run"]
    histories.write(copied, {key: value for key, value in histories.read(copied).items() if key != "run"})
    again = run.train(TINY, splits, copied, epochs=2)
    assert again["run"] == began == histories.read(copied)["run"]


@pytest.mark.parametrize(
    "content, received",
    [
        ("{}", "does not say its model"),
        ("[]", "does not say its model"),
        ("{", "what is not JSON"),
        (
            '{"model": "ir-initial", "recipe": "", "seed": 0, "abandoned": [], "versions": {}, "epochs": [1]}',
            "its epochs",
        ),
    ],
)
def test_what_is_no_history_is_refused(splits, tmp_path, content, received):
    (tmp_path / "history.json").write_text(content)
    with pytest.raises(ValueError, match=f"Expected {tmp_path}/history.json to be a run's history. .*{received}"):
        run.train(TINY, splits, tmp_path, epochs=1)


def test_another_seed_for_a_run_that_began_is_refused(splits, copied):
    with pytest.raises(ValueError, match="began with seed 0, not 7"):
        run.train(TINY, splits, copied, seed=7)


def test_published_weights_are_not_trained_on_without_their_optimizer(splits, copied):
    (copied / "checkpoint.weights.h5").unlink()
    assert len(run.train(TINY, splits, copied, epochs=2)["epochs"]) == 2
    with pytest.raises(ValueError, match="cannot be trained to 3. Train into another folder"):
        run.train(TINY, splits, copied, epochs=3)


def test_devices_that_share_the_batches_train_as_one_does(splits, tmp_path):
    """To five digits, though they were interrupted; in a process of their own, for a processor is divided once."""
    two_devices = FRESH.Process(target=train_on_two_devices, args=[splits, tmp_path / "two"])
    two_devices.start()
    one = run.train(SMALL, splits, tmp_path / "one", epochs=2)
    two_devices.join()
    assert two_devices.exitcode == 0
    two = json.loads((tmp_path / "two" / "history.json").read_text())
    assert len(two["epochs"]) == 2 and same_epochs(two, one, tolerance=1e-5)
    assert same_weights(tmp_path / "one", tmp_path / "two")


NARROW = {
    "ir-residual-s": SMALL.options,
    "color-unet": {"channels": 8, "deep_channels": 8},  # as deep as it is
}
ON_JAX = f"""
import sys
from dataclasses import replace
import numpy as np
from ae.training import run
from ae.models.catalog import get
from ae.data.split import Split

images, folder = sys.argv[1:]
split = Split(np.load(images), np.zeros(96, np.uint8))
for model_id, options in {NARROW}.items():
    architecture = replace(get(model_id), options=options)
    run.train(architecture, {{"train": split[:64], "val": split[64:]}}, f"{{folder}}/{{model_id}}", epochs=1)
"""


def test_weights_trained_on_jax_are_the_same_on_tensorflow(cifar, tmp_path):
    """In a process of its own, for Keras chooses its backend once."""
    np.save(tmp_path / "images.npy", cifar[:96])
    command = [sys.executable, "-c", ON_JAX, tmp_path / "images.npy", tmp_path]
    for_two_steps = {"XLA_FLAGS": "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"}
    subprocess.run(command, check=True, env=os.environ | for_two_steps | {"KERAS_BACKEND": "jax"})
    images = cifar[64:96] / np.float32(255)
    for model_id, loss, x in (("ir-residual-s", "val_loss", images), ("color-unet", "val_rgb_loss", luma(images))):
        history = json.loads((tmp_path / model_id / "history.json").read_text())
        assert "jax" in history["versions"]
        model = replace(catalog.get(model_id), options=NARROW[model_id]).build()
        model.load_weights(tmp_path / model_id / FILE_NAME)
        error = np.square(model.predict_on_batch(x) - images)
        here = (10 * np.log10(error.mean((1, 2, 3)) + 1e-5)).mean() if loss == "val_loss" else error.mean()
        assert history["epochs"][0][loss] == pytest.approx(here, rel=1e-3)
