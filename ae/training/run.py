"""One training run: the report's recipe, a checkpoint an epoch, and a history that survives `kill -9`."""

import hashlib
import platform
import sys
import time
from pathlib import Path

import keras
import numpy as np

from ae.data.photo_folder import Squares
from ae.files import replace
from ae.models import weights
from ae.models.recipes import BATCH_SIZE
from ae.training import histories, ingredients
from ae.training.batches import example, training_batches, validation_batches
from ae.training.devices import share_batches

STEPS_PER_CALL = 32
WATCHED_STEPS = 4  # where somebody is told of them
WATCHED_IMAGES = 512


def train(architecture, splits, folder, epochs=None, seed=None, after_epoch=None, after_steps=None):
    """Trains `architecture` on `splits` (see `cifar10.load`) and returns the history, a dict.

    `epochs` is the whole run's number (if None that of the run in `folder`, else the architecture's own), `seed` the
    first seed tried (0 if None). After every epoch `folder` receives `history.json`, `checkpoint.weights.h5` (weights
    and optimizer) and `model.weights.h5` (weights alone); then `after_epoch`, if any, is called with the model.
    `after_steps` is called every few steps: with the epoch, how many of its steps are done, of how many, and its loss.

    A run found in `folder` goes on from its last finished epoch and ends as if it had never been
    stopped: the order of the images depends on the seed and the epoch alone. If an output channel
    dies, the run starts over with the next seed, and `history["abandoned"]` says so.

    Raises ValueError if `folder` holds another model's run, or one that cannot go on as asked: on other images, or to
    another number of epochs, on which the learning rates depend. `history["run"]` has both as the run began.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    found = _read_history(folder, architecture, seed)
    began = found.get("run", {})
    run = {"epochs": epochs or began.get("epochs", architecture.epochs), **_identify(splits["train"].images_u8)}
    finished = _is_finished_elsewhere(folder, found, run["epochs"])
    if began:
        _refuse_another(run, began, folder)
    if finished:
        return found
    history = {**found, "run": run} if found else _new_history(architecture, run, seed or 0, [])
    while True:
        try:
            return _run(architecture, splits, folder, history, after_epoch, after_steps)
        except DeadChannel as death:
            print(f"\n{death} Starting over with seed {history['seed'] + 1}.", flush=True)
            abandoned = {"seed": history["seed"], "epoch": len(history["epochs"]), "reason": str(death)}
            (folder / "checkpoint.weights.h5").unlink(missing_ok=True)
            history = _new_history(architecture, run, history["seed"] + 1, [*history["abandoned"], abandoned])
            histories.write(folder, history)


def _run(architecture, splits, folder, history, after_epoch, after_steps):
    keras.utils.set_random_seed(history["seed"])
    train_u8, val_u8 = splits["train"].images_u8, splits["val"].images_u8
    epochs, steps_per_epoch = history["run"]["epochs"], -(-len(train_u8) // BATCH_SIZE)
    recipe = architecture.recipe
    one_size = not recipe.crop or recipe.crop.sides == (architecture.size,)
    model = architecture.build(size=architecture.size if one_size else None)
    if recipe.start and not (folder / "checkpoint.weights.h5").exists():
        ingredients.STARTS[recipe.start](model, train_u8)
    fitted = ingredients.OUTPUTS[recipe.outputs](model) if recipe.outputs else model
    fitted.compile(
        ingredients.optimizer(recipe, epochs * steps_per_epoch, recipe.first_epochs(epochs) * steps_per_epoch),
        ingredients.losses(recipe),
        recipe.loss_weights,
        metrics={"rgb": ["accuracy"]} if recipe.outputs else ["accuracy"],
        steps_per_execution=1 if share_batches(fitted) else WATCHED_STEPS if after_steps else STEPS_PER_CALL,
    )
    _resume(fitted, folder, history, steps_per_epoch)
    if history["epochs"]:
        _save(fitted, architecture, folder, history)  # the run may have been killed between two files
    watched, _ = example(val_u8[:WATCHED_IMAGES].astype(np.float32) / 255, architecture)
    if keras.backend.backend() == "tensorflow" and not architecture.takes_hints:
        import tensorflow

        train_u8, val_u8 = tensorflow.constant(train_u8), tensorflow.constant(val_u8)

    for epoch in range(len(history["epochs"]) + 1, epochs + 1):
        started = time.perf_counter()
        logs = fitted.fit(
            training_batches(train_u8, architecture, history["seed"], epoch, epochs, splits["train"].kinds),
            validation_data=validation_batches(val_u8, architecture),
            initial_epoch=epoch - 1,
            epochs=epoch,
            shuffle=False,  # the order is ours
            verbose=0,
            callbacks=[ProgressBar(epoch, epochs), *([Told(epoch, after_steps)] if after_steps else [])],
        ).history
        row = {name.replace("rgb_accuracy", "accuracy"): float(values[-1]) for name, values in logs.items()}
        history["epochs"].append({"epoch": epoch, **row, "seconds": round(time.perf_counter() - started, 2)})
        _refuse_dead_channels(model.predict_on_batch(watched))
        _save(fitted, architecture, folder, history)
        if after_epoch:
            after_epoch(model)
    return history


class DeadChannel(Exception):
    """An output channel is zero everywhere: behind a final ReLU no gradient brings it back."""


def _refuse_dead_channels(images):
    for channel, name in enumerate(("red", "green", "blue")):
        if not np.any(images[..., channel]):
            raise DeadChannel(f"The {name} output channel is zero on all of {len(images)} validation images.")


def _new_history(architecture, run, seed, abandoned):
    backend = keras.backend.backend()
    return {
        "model": architecture.id,
        "recipe": architecture.recipe.describe(run["epochs"]),
        "run": run,
        "seed": seed,
        "abandoned": abandoned,
        "versions": {
            "python": platform.python_version(),
            "keras": keras.__version__,
            backend: sys.modules[backend].__version__,
            "numpy": np.__version__,
        },
        "epochs": [],
    }


def _read_history(folder, architecture, seed):
    """Returns the history of the run in the folder, {} for none."""
    try:
        history = histories.read(folder)
    except FileNotFoundError:
        return {}
    if history["model"] != architecture.id:
        raise ValueError(f"Expected {folder} to be empty or to hold {architecture.id}. It holds {history['model']}.")
    first_seed = histories.first_seed(history)
    if seed not in (None, first_seed):
        raise ValueError(f"The run in {folder} began with seed {first_seed}, not {seed}. Train into another folder.")
    return history


def _identify(images_u8):
    if isinstance(images_u8, Squares):
        return {"images": len(images_u8), "sha256": images_u8.sha256()}
    return {"images": len(images_u8), "sha256": hashlib.sha256(np.ascontiguousarray(images_u8)).hexdigest()}


def _refuse_another(run, began, folder):
    """Raises ValueError if `run` is not the one that `began` in the folder."""
    if run["epochs"] != began.get("epochs"):
        raise ValueError(
            f"Expected {began.get('epochs')} epochs, as the run in {folder} began with: its learning rates depend on "
            f"them. Received: {run['epochs']}. Train into another folder."
        )
    if run != began:
        raise ValueError(
            f"Expected the {began.get('images')} images that the run in {folder} began with. Received: "
            f"{run['images']} of which some are others. Give the same, or train into another folder."
        )


def _is_finished_elsewhere(folder, history, epochs):
    """Published weights come without a checkpoint: they can be used, not trained on."""
    if (folder / "checkpoint.weights.h5").exists() or not (folder / "model.weights.h5").exists():
        return False
    done = len(history.get("epochs", []))
    if done < epochs:
        raise ValueError(
            f"{folder} holds {done} epochs but not their optimizer (checkpoint.weights.h5), "
            f"so it cannot be trained to {epochs}. Train into another folder."
        )
    return True


def _resume(model, folder, history, steps_per_epoch):
    """Loads the checkpoint, the truth about how far the run came, and drops later epochs from the history."""
    model.optimizer.build(model.trainable_variables)
    checkpoint = folder / "checkpoint.weights.h5"
    if checkpoint.exists():
        model.load_weights(checkpoint)
    finished = int(keras.ops.convert_to_numpy(model.optimizer.iterations)) // steps_per_epoch
    history["epochs"] = history["epochs"][:finished]


def _save(model, architecture, folder, history):
    """The history goes first: it may be ahead of the checkpoint, never behind."""
    histories.write(folder, history)
    replace(folder / "checkpoint.weights.h5", model.save_weights)
    weights_alone = architecture.build()
    weights_alone.set_weights(model.get_weights())
    replace(folder / "model.weights.h5", lambda path: weights.save(weights_alone, path, architecture.half_precision))


class Told(keras.callbacks.Callback):
    """Calls `tell` with the epoch, its steps that are done, all of them, and the loss."""

    def __init__(self, epoch, tell):
        super().__init__()
        self.epoch, self.tell = epoch, tell

    def on_train_batch_end(self, batch, logs=None):
        self.tell(self.epoch, min(batch + 1, self.params["steps"]), self.params["steps"], float(logs["loss"]))


class ProgressBar(keras.callbacks.Callback):
    """One line: the epoch, its metrics, and the time left in the epoch and in the run."""

    def __init__(self, epoch, epochs):
        super().__init__()
        self.epoch, self.epochs = epoch, epochs

    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        if sys.stdout.isatty():
            done = (batch + 1) / self.params["steps"]
            elapsed = time.perf_counter() - self.started
            bar = "█" * round(20 * done) + "░" * (20 - round(20 * done))
            left = elapsed / done * (self.epochs - self.epoch + 1) - elapsed
            self._show(f"{bar} {_duration(elapsed / done - elapsed)} left, {_duration(left)} to the end", logs, "\r")

    def on_epoch_end(self, epoch, logs=None):
        elapsed = time.perf_counter() - self.started
        left = elapsed * (self.epochs - self.epoch)
        self._show(f"{_duration(elapsed)}, {_duration(left)} to the end", logs, "\n")

    def _show(self, text, logs, end):
        metrics = "  ".join(f"{name} {value:.5f}" for name, value in logs.items())
        clear = "\x1b[2K\r" if sys.stdout.isatty() else ""
        print(f"{clear}epoch {self.epoch}/{self.epochs}  {metrics}  {text}", end=end, flush=True)


def _duration(seconds):
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"
