"""Training for the visitors of a page: each in a process of its own, a few at once, the others in line.

`python -m ae.training.live` is that process. It ends with the one that started it, and at its limits of time and
memory.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections import deque
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Condition, Thread, Timer

import numpy as np
from PIL import Image

from ae.data import cifar10, sample
from ae.image.photos import to_image
from ae.models import catalog
from ae.models.weights import FILE_NAME

RUNS = int(os.environ.get("AE_RUNS", 2))
LINE = 10  # each visitor in line holds one of Gradio's 40 threads
EPOCHS = 50
SECONDS = 15 * 60
MEMORY_BYTES = 8 * 1024**3  # of data, the threads' stacks included: TensorFlow alone takes 2 to 3
PUBLISHED_EVERY_S = 10
PHOTOS = [27, 18, 92, 111]  # of the sample's test images: a horse, a ship, a bird, a car
OUT_OF_DISK = 75

_changed = Condition()
_line = []  # first come, first served: the first `RUNS` of these train, the others wait
_folders = {}  # visitor: TemporaryDirectory
_numbers = count()


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    `place` is the place in line, 0 from its turn on. Before the first finished epoch the other fields are None.
    `history` is that of `run.train`, `pictures` what the model makes of the four `photos()`, and `folder` holds
    `<model id>/model.weights.h5` with its `history.json`: copies that stay as they are, new ones every
    `PUBLISHED_EVERY_S` seconds and at the end; it is None again if they are gone. `seconds_left` is an estimate, within
    the limit of `SECONDS`. `ended` is at the end "finished", "stopped", "out of time", "out of disk" or "broken", which
    is what becomes of a run at its limit of memory.
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
    timer = Timer(SECONDS, _end, [run, "out of time"])
    timer.daemon = True
    try:
        place = None
        while place := _wait(run, place):
            yield Progress(place)
        if run.ended:
            yield Progress(ended=run.ended)
        else:
            timer.start()
            yield from _follow(run, model_id, epochs, images)
    finally:
        timer.cancel()
        _end(run, "stopped")
        if run.process:
            with run.process:  # waits for it and closes its pipes
                pass


def stop(visitor):
    """Ends the visitor's run, in line or not, if there is one; what its last finished epoch left stays."""
    for run in [run for run in list(_line) if run.visitor == visitor]:
        _end(run, "stopped")


def discard(visitor):
    """Ends the visitor's run and deletes what all the visitor's runs left."""
    stop(visitor)
    if folder := _folders.pop(visitor, None):
        folder.cleanup()


@dataclass(eq=False)
class _Run:
    visitor: str
    process: subprocess.Popen | None = None
    ended: str | None = None  # by this process


def _check(model_id, epochs, images):
    if catalog.get(model_id).photos:
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
        return 0 if run.ended else max(0, _line.index(run) - RUNS + 1)

    with _changed:
        _changed.wait_for(lambda: place() != known)
        return place()


def _end(run, ended):
    with _changed:
        if run in _line:
            run.ended = ended
            _line.remove(run)
            if run.process:
                run.process.kill()
            _changed.notify_all()


def _follow(run, model_id, epochs, images):
    progress, newest, published, published_at = Progress(), None, deque(maxlen=2), 0
    ends_at = time.monotonic() + SECONDS
    try:
        folder = _start(run, model_id, epochs, images)
        yield progress
        for line in run.process.stdout:
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
            seconds_left = min(done[-1]["seconds"] * (epochs - len(done)), ends_at - time.monotonic())
            progress = Progress(0, history, _read_pictures(newest), published[-1], max(0, seconds_left))
            yield progress
        ended = run.ended or {0: "finished", OUT_OF_DISK: "out of disk"}.get(run.process.wait(), "broken")
        shutil.rmtree(folder / "work", ignore_errors=True)
    except OSError:
        ended = "out of disk"
    kept = newest if newest and newest.exists() else None
    yield replace(progress, folder=kept, seconds_left=None, ended=ended)


def _start(run, model_id, epochs, images):
    """Starts the process and returns the folder that it fills."""
    with _changed:
        folder = _new_folder(run.visitor)
        command = [sys.executable, "-m", "ae.training.live", model_id, epochs, images, folder, MEMORY_BYTES]
        run.process = subprocess.Popen(
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
        if run.ended:  # meanwhile
            run.process.kill()
        return folder


def _new_folder(visitor):
    """Returns a new folder; of the visitor's earlier runs it leaves the last, whose model may be in use."""
    if visitor not in _folders:
        _folders[visitor] = TemporaryDirectory(prefix="autoencoder-", ignore_cleanup_errors=True)
    root = Path(_folders[visitor].name)
    root.mkdir(mode=0o700, exist_ok=True)  # what has lain long in a temporary folder may be cleared away
    for old in sorted(root.iterdir())[:-1]:
        shutil.rmtree(old, ignore_errors=True)
    folder = root / f"{next(_numbers):06d}"
    folder.mkdir()
    return folder


def _delete_before(newest, kept):
    for folder in newest.parent.glob("[0-9]*"):
        if folder.name < newest.name and folder not in kept:
            shutil.rmtree(folder, ignore_errors=True)


def _read_pictures(folder):
    with Image.open(folder / "pictures.png") as strip:
        side = strip.height
        return [strip.crop((left, 0, left + side, side)) for left in range(0, strip.width, side)]


def _child(model_id, epochs, images, folder, memory_bytes):
    """Trains in `folder / "work"` and says on stdout after each epoch which copy of the results it made."""
    Thread(target=_end_with_parent, args=[folder], daemon=True).start()
    _limit_resources(memory_bytes)
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

    if os.environ.get("AE_DATA"):
        try:
            splits = cifar10.load()
        except (ValueError, OSError) as error:
            return say(error=str(error))
    else:
        splits = sample.load()
    train = splits["train"]
    splits["train"] = train[sample.draw(train.labels, images)]
    from ae.training import run
    from ae.training.batches import example

    architecture = catalog.get(model_id)
    given, _ = example(photos().astype(np.float32) / 255, architecture)
    try:
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
            run.train(architecture, splits, folder / "work" / model_id, epochs, after_epoch=publish)
    except OSError:
        os._exit(OUT_OF_DISK)  # h5py may crash when it tidies up after a full disk


def _end_with_parent(folder):
    os.read(0, 1)  # nothing is ever written: it returns when the parent is gone
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def _limit_resources(memory_bytes):
    try:
        import resource
    except ImportError:  # Windows
        return
    os.nice(5)
    with suppress(OSError):  # Linux: where the machine's memory runs out, this process goes, not the server
        Path("/proc/self/oom_score_adj").write_text("1000")
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    limit = memory_bytes if most == resource.RLIM_INFINITY else min(memory_bytes, most)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, most))


if __name__ == "__main__":
    model_id, epochs, images, folder, memory_bytes = sys.argv[1:]
    _child(model_id, int(epochs), int(images), Path(folder), int(memory_bytes))
