"""Training for the visitors of a page: each in a process of its own, a few at once, the others in line.

`python -m ae.live` is that process. It ends with the one that started it, and at its limits of time and memory.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections import deque
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Condition, Thread, Timer

import numpy as np
from PIL import Image

from ae import architectures, cifar10, sample
from ae.photos import to_image
from ae.weights import FILE_NAME

RUNS = int(os.environ.get("AE_RUNS", 2))
LINE = 10  # each visitor in line holds one of Gradio's 40 threads
EPOCHS = 50
SECONDS = 15 * 60
MEMORY_BYTES = 8 * 1024**3  # of data, the threads' stacks included: TensorFlow alone takes 2 to 3
PUBLISHED_EVERY_S = 10
PHOTOS = [27, 18, 92, 111]  # of the sample's test images: a horse, a ship, a bird, a car
OUT_OF_TIME = 75

_changed = Condition()
_line = []  # first come, first served: the first `RUNS` of these train, the others wait
_folders = {}  # visitor: TemporaryDirectory
_numbers = count()


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    `place` is the place in line, 0 from its turn on. Before the first finished epoch the other fields are None.
    `history` is that of `training.train`, `pictures` what the model makes of the four `photos()`, and `folder` holds
    `<model id>/model.weights.h5` with its `history.json`: copies that stay as they are, new ones every
    `PUBLISHED_EVERY_S` seconds and at the end. `ended` is then "finished", "stopped", "out of time" or "broken".
    """

    place: int = 0
    history: dict | None = None
    pictures: list | None = None
    folder: Path | None = None
    seconds_left: float | None = None
    ended: str | None = None


def most_images():
    """The number of training images there are: the sample's, or the whole set's where AE_DATA names it."""
    return 50_000 if os.environ.get("AE_DATA") else sample.SIZES["train"]


def photos():
    """Returns the four photos to be watched, uint8 (4, 32, 32, 3): no run is trained on them."""
    return sample.load()["test"].images_u8[PHOTOS]


def train(visitor, model_id, epochs, images):
    """Yields the `Progress` of training a model, in line first, to the end. `visitor` is any name of who asks.

    Closing the generator ends the run. Raises ValueError for a model, a number of epochs or of training images that
    cannot be, for a visitor who has a run already, for a line that is full, and for data that cannot be read.
    """
    _check(model_id, epochs, images)
    run = _enter(visitor)
    try:
        place = None
        while place := _wait(run, place):
            yield Progress(place)
        yield from _follow(run, model_id, epochs, images)
    finally:
        _leave(run)


def stop(visitor):
    """Ends the visitor's run, in line or not, if there is one; what its last finished epoch left stays."""
    with _changed:
        for run in [run for run in _line if run.visitor == visitor]:
            run.stopped = True
            _line.remove(run)
            if run.process:
                run.process.kill()
        _changed.notify_all()


def discard(visitor):
    """Ends the visitor's run and deletes what all the visitor's runs left."""
    stop(visitor)
    if folder := _folders.pop(visitor, None):
        folder.cleanup()


@dataclass(eq=False)
class _Run:
    visitor: str
    process: subprocess.Popen | None = None
    stopped: bool = False


def _check(model_id, epochs, images):
    if architectures.get(model_id).photos:
        raise ValueError(f"{model_id} is not trained on CIFAR-10. Choose another model.")
    if not 1 <= epochs <= EPOCHS:
        raise ValueError(f"Expected 1 to {EPOCHS} epochs. Received: {epochs}")
    least = len(cifar10.CLASSES)
    if not least <= images <= most_images() or images % least:
        raise ValueError(f"Expected {least} to {most_images():,} training images, in tens. Received: {images}")


def _enter(visitor):
    with _changed:
        if any(run.visitor == visitor for run in _line):
            raise ValueError("You are training a model already. Stop it, then start again.")
        if len(_line) >= RUNS + LINE:
            raise ValueError(f"{LINE} others are waiting for their turn already. Try again in some minutes.")
        run = _Run(visitor)
        _line.append(run)
        return run


def _wait(run, known):
    """Returns the place in line as soon as it is another than the `known` one; 0 when the waiting is over."""

    def place():
        return 0 if run.stopped else max(0, _line.index(run) - RUNS + 1)

    with _changed:
        _changed.wait_for(lambda: place() != known)
        return place()


def _leave(run):
    with _changed:
        if run in _line:
            _line.remove(run)
        _changed.notify_all()
    if run.process:
        run.process.kill()
        with run.process:  # waits for it and closes its pipes
            pass


def _follow(run, model_id, epochs, images):
    folder = _new_folder(run.visitor)
    with _changed:
        if not run.stopped:
            run.process = _start(model_id, epochs, images, folder, SECONDS)
    progress, newest, published, published_at = Progress(), None, deque(maxlen=2), 0
    if run.process:
        yield progress
    for line in run.process.stdout if run.process else ():
        message = json.loads(line)
        if "error" in message:
            raise ValueError(message["error"])
        newest = folder / message["epoch"]
        history = json.loads((newest / model_id / "history.json").read_text())
        if not published or time.monotonic() - published_at >= PUBLISHED_EVERY_S:
            published.append(newest)
            published_at = time.monotonic()
        _delete_before(newest, published)
        done = history["epochs"]
        seconds_left = done[-1]["seconds"] * (epochs - len(done))
        progress = Progress(0, history, _read_pictures(newest), published[-1], seconds_left)
        yield progress
    endings = {0: "finished", OUT_OF_TIME: "out of time"}
    ended = "stopped" if run.stopped else endings.get(run.process.wait(), "broken")
    shutil.rmtree(folder / "work", ignore_errors=True)
    yield replace(progress, folder=newest, seconds_left=None, ended=ended)


def _new_folder(visitor):
    """Returns a new folder; of the visitor's earlier runs it leaves the last, whose model may be in use."""
    with _changed:
        if visitor not in _folders:
            _folders[visitor] = TemporaryDirectory(prefix="autoencoder-", ignore_cleanup_errors=True)
        root = Path(_folders[visitor].name)
    for old in sorted(root.iterdir())[:-1]:
        shutil.rmtree(old, ignore_errors=True)
    folder = root / f"{next(_numbers):06d}"
    folder.mkdir()
    return folder


def _start(model_id, epochs, images, folder, seconds):
    command = [sys.executable, "-m", "ae.live", model_id, epochs, images, folder, seconds]
    return subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.PIPE,  # its end tells the child that this process is gone
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for this process
        env=os.environ
        | {
            "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path)),
            "CUDA_VISIBLE_DEVICES": "-1",  # the GPU, if any, serves the page
            "TF_CPP_MIN_LOG_LEVEL": "3",
        },
    )


def _delete_before(newest, kept):
    for folder in newest.parent.glob("[0-9]*"):
        if folder.name < newest.name and folder not in kept:
            shutil.rmtree(folder, ignore_errors=True)


def _read_pictures(folder):
    with Image.open(folder / "pictures.png") as strip:
        return [
            strip.crop((left, 0, left + strip.height, strip.height)) for left in range(0, strip.width, strip.height)
        ]


def _child(model_id, epochs, images, folder, seconds):
    """Trains in `folder / "work"` and says on stdout after each epoch which copy of the results it made."""
    Thread(target=_end_with_parent, args=[folder], daemon=True).start()
    timer = Timer(seconds, os._exit, [OUT_OF_TIME])
    timer.daemon = True
    timer.start()
    _limit_resources()

    stdout, numbers = sys.stdout, count(1)

    def say(**message):
        print(json.dumps(message), file=stdout, flush=True)

    def publish(model):
        copy = folder / f"{next(numbers):06d}"
        (copy / model_id).mkdir(parents=True)
        for name in (FILE_NAME, "history.json"):
            shutil.copyfile(folder / "work" / model_id / name, copy / model_id / name)
        to_image(np.concatenate(model.predict_on_batch(given), 1)).save(copy / "pictures.png")
        say(epoch=copy.name)

    try:
        splits = _splits(images)
        from ae import training
        from ae.batches import example

        architecture = architectures.get(model_id)
        given, _ = example(photos().astype(np.float32) / 255, architecture)
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
            training.train(architecture, splits, folder / "work" / model_id, epochs, after_epoch=publish)
    except (ValueError, OSError) as error:
        say(error=str(error))


def _end_with_parent(folder):
    os.read(0, 1)  # nothing is ever written: it returns when the parent is gone
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def _limit_resources():
    try:
        import resource
    except ImportError:  # Windows
        return
    os.nice(5)
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    limit = MEMORY_BYTES if most == resource.RLIM_INFINITY else min(MEMORY_BYTES, most)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, most))


def _splits(images):
    splits = cifar10.load() if os.environ.get("AE_DATA") else sample.load()
    train = splits["train"]
    return {"train": train[sample.draw(train.labels, images)], "val": splits["val"]}


if __name__ == "__main__":
    model_id, epochs, images, folder, seconds = sys.argv[1:]
    _child(model_id, int(epochs), int(images), Path(folder), float(seconds))
