"""One training run: the report's recipe, a checkpoint an epoch, and a history that survives `kill -9`."""

import json
import platform
import sys
import time
from pathlib import Path

import keras
import numpy as np

from ae.color import luma
from ae.files import replace
from ae.recipes import BATCH_SIZE

STEPS_PER_CALL = 32
WATCHED_IMAGES = 512


def train(architecture, splits, folder, epochs=None, seed=None):
    """Trains `architecture` on `splits` (see `cifar10.load`) and returns the history, a dict.

    `epochs` is the whole run's number (the architecture's own if None), `seed` the first seed tried
    (0 if None). After every epoch `folder` receives `history.json`, `checkpoint.weights.h5` (weights
    and optimizer) and `model.weights.h5` (weights alone).

    A run found in `folder` goes on from its last finished epoch and ends as if it had never been
    stopped: the order of the images depends on the seed and the epoch alone. If an output channel
    dies, the run starts over with the next seed, and `history["abandoned"]` says so.

    Raises ValueError if `folder` holds another model's run, or one that cannot go on as asked.
    """
    epochs = epochs or architecture.epochs
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    history = _read_history(folder, architecture, seed)
    if _is_finished_elsewhere(folder, history, epochs):
        return history
    while True:
        try:
            return _run(architecture, splits, folder, epochs, history)
        except DeadChannel as death:
            print(f"\n{death} Starting over with seed {history['seed'] + 1}.", flush=True)
            abandoned = {"seed": history["seed"], "epoch": len(history["epochs"]), "reason": str(death)}
            (folder / "checkpoint.weights.h5").unlink(missing_ok=True)
            history = _new_history(architecture, history["seed"] + 1, [*history["abandoned"], abandoned])
            _write_history(folder, history)


def _run(architecture, splits, folder, epochs, history):
    keras.utils.set_random_seed(history["seed"])
    train_u8, val_u8 = splits["train"].images_u8, splits["val"].images_u8
    steps_per_epoch = -(-len(train_u8) // BATCH_SIZE)
    recipe = architecture.recipe
    model = architecture.build(size=32)
    if recipe.start:
        recipe.start(model, train_u8)
    optimizer = recipe.optimizer(epochs * steps_per_epoch)
    model.compile(optimizer, recipe.loss, metrics=["accuracy"], steps_per_execution=STEPS_PER_CALL)
    _resume(model, folder, history, steps_per_epoch)
    if history["epochs"]:
        _save(model, architecture, folder, history)  # the run may have been killed between two files
    watched, _ = example(val_u8[:WATCHED_IMAGES].astype(np.float32) / 255, architecture.task)
    if keras.backend.backend() == "tensorflow":
        import tensorflow

        train_u8, val_u8 = tensorflow.constant(train_u8), tensorflow.constant(val_u8)

    for epoch in range(len(history["epochs"]) + 1, epochs + 1):
        started = time.perf_counter()
        random = np.random.default_rng([history["seed"], epoch])
        order = random.permutation(len(train_u8))
        flips = random.random(len(train_u8)) < 0.5 if recipe.flips else None
        logs = model.fit(
            batches(train_u8, order, architecture.task, flips),
            validation_data=batches(val_u8, np.arange(len(val_u8)), architecture.task),
            initial_epoch=epoch - 1,
            epochs=epoch,
            shuffle=False,  # the order is ours
            verbose=0,
            callbacks=[ProgressBar(epoch, epochs)],
        ).history
        row = {name: float(values[-1]) for name, values in logs.items()}
        history["epochs"].append({"epoch": epoch, **row, "seconds": round(time.perf_counter() - started, 2)})
        _refuse_dead_channels(model.predict_on_batch(watched))
        _save(model, architecture, folder, history)
    return history


def example(rgb, task):
    """Returns (x, y) for RGB images in [0, 1], y the images, x what the model is given of them."""
    return (luma(rgb) if task == "colorize" else rgb), rgb


def batches(images_u8, order, task, flips=None):
    """Returns the batches of one pass over `images_u8` in the given order, for `fit`; flipped images are mirrored.

    With TensorFlow, `images_u8` may be a tensor: the images then never leave the device.
    """
    if keras.backend.backend() != "tensorflow":
        return Batches(images_u8, order, task, flips)
    import tensorflow as tf

    def read(chosen):
        images = tf.cast(tf.gather(images_u8, chosen), tf.float32) / 255
        if flips is not None:
            images = tf.where(tf.gather(flips, chosen)[:, None, None, None], images[:, :, ::-1], images)
        return example(images, task)

    return tf.data.Dataset.from_tensor_slices(order).batch(BATCH_SIZE).map(read).prefetch(8)


class Batches(keras.utils.PyDataset):
    """What `batches` returns for the backends without a data pipeline of their own."""

    def __init__(self, images_u8, order, task, flips=None):
        super().__init__()
        self.images_u8, self.order, self.task, self.flips = images_u8, order, task, flips

    def __len__(self):
        return -(-len(self.order) // BATCH_SIZE)

    def __getitem__(self, index):
        chosen = self.order[index * BATCH_SIZE : (index + 1) * BATCH_SIZE]
        images = self.images_u8[chosen].astype(np.float32) / 255
        if self.flips is not None:
            images = np.where(self.flips[chosen, None, None, None], images[:, :, ::-1], images)
        return example(images, self.task)


class DeadChannel(Exception):
    """An output channel is zero everywhere: behind a final ReLU no gradient brings it back."""


def _refuse_dead_channels(images):
    for channel, name in enumerate(("red", "green", "blue")):
        if not np.any(images[..., channel]):
            raise DeadChannel(f"The {name} output channel is zero on all of {len(images)} validation images.")


def _new_history(architecture, seed, abandoned):
    backend = keras.backend.backend()
    return {
        "model": architecture.id,
        "recipe": architecture.recipe.text,
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
    path = folder / "history.json"
    if not path.exists():
        return _new_history(architecture, seed or 0, [])
    try:
        history = json.loads(path.read_text())
    except ValueError as error:
        raise ValueError(f"Expected {path} to be a run's history. It is not JSON: {error}. Train elsewhere.") from error
    if history["model"] != architecture.id:
        raise ValueError(f"Expected {folder} to be empty or to hold {architecture.id}. It holds {history['model']}.")
    first_seed = history["abandoned"][0]["seed"] if history["abandoned"] else history["seed"]
    if seed not in (None, first_seed):
        raise ValueError(f"The run in {folder} began with seed {first_seed}, not {seed}. Train into another folder.")
    return history


def _is_finished_elsewhere(folder, history, epochs):
    """Published weights come without a checkpoint: they can be used, not trained on."""
    if (folder / "checkpoint.weights.h5").exists() or not (folder / "model.weights.h5").exists():
        return False
    if len(history["epochs"]) < epochs:
        raise ValueError(
            f"{folder} holds {len(history['epochs'])} epochs but not their optimizer (checkpoint.weights.h5), "
            f"so it cannot be trained to {epochs}. Train into another folder."
        )
    return True


def _resume(model, folder, history, steps_per_epoch):
    """Loads the checkpoint, the truth about how far the run came, and drops later epochs from the history."""
    model.optimizer.build(model.trainable_variables)
    checkpoint = folder / "checkpoint.weights.h5"
    if checkpoint.exists():
        model.load_weights(checkpoint)
    finished = int(model.optimizer.iterations) // steps_per_epoch
    history["epochs"] = history["epochs"][:finished]


def _save(model, architecture, folder, history):
    """The history goes first: it may be ahead of the checkpoint, never behind."""
    _write_history(folder, history)
    replace(folder / "checkpoint.weights.h5", model.save_weights)
    weights_alone = architecture.build()
    weights_alone.set_weights(model.get_weights())
    replace(folder / "model.weights.h5", weights_alone.save_weights)


def _write_history(folder, history):
    replace(folder / "history.json", lambda path: path.write_text(json.dumps(history, indent=1) + "\n"))


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
