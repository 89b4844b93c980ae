"""Training for the visitors of a page: each in a process of its own, a few at once, the others in line."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Condition, Timer

import numpy as np
from PIL import Image

from ae.data import cifar10
from ae.models import catalog
from ae.training.child import OUT_OF_DISK, OWN_IMAGES, most_images

CHILD = (sys.executable, "-m", "ae.training.child")
RUNS = int(os.environ.get("AE_RUNS", 2))
WAITING = 10  # each visitor in line holds one of Gradio's 40 threads
EPOCHS = 50
SECONDS = 15 * 60
MEMORY_BYTES = 8 * 1024**3  # of data, the threads' stacks included: TensorFlow alone takes 2 to 3
PUBLISHED_EVERY_S = 10


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    `place` is the place in line, 0 from its turn on. Before the first finished epoch the other fields are None.
    `history` is that of `run.train`, `pictures` what the model makes of the four `child.photos()`, and `folder` holds
    `<model id>/model.weights.h5` with its `history.json`: copies that stay as they are, new ones every
    `PUBLISHED_EVERY_S` seconds and at the end; it is None again if they are gone. `step` is, within an epoch, (epoch,
    steps done, of how many, loss). `seconds_left` is an estimate, within the limit of time. `ended` is at the end
    "finished", "stopped", "out of time", "out of disk" or "broken", which is what becomes of a run at its limit of
    memory.
    """

    place: int = 0
    history: dict | None = None
    pictures: list | None = None
    folder: Path | None = None
    seconds_left: float | None = None
    step: tuple | None = None
    ended: str | None = None


class Line:
    """First come, first served: `runs` train at once, so many are `waiting` at most, each trains for `seconds`
    at most and in `memory_bytes`.

    A run is a process: `command` with the model's id, the number of epochs and of images, a folder to fill and its
    limit of memory. It says on stdout, a JSON object a line, {"step": …} or {"epoch": name of a new folder there},
    see `child`, or {"error": sentence}. It ends when its stdin does, or on its own with 0 or `OUT_OF_DISK`.
    """

    def __init__(self, command=CHILD, runs=RUNS, waiting=WAITING, seconds=SECONDS, memory_bytes=MEMORY_BYTES):
        self.command, self.runs, self.waiting = command, runs, waiting
        self.seconds, self.memory_bytes = seconds, memory_bytes
        self._changed = Condition()
        self._line = []  # the first `runs` of these train, the others wait
        self._folders = {}  # visitor: TemporaryDirectory
        self._numbers = count()

    def train(self, visitor, model_id, epochs, images):
        """Yields the `Progress` of training a model, in line first, to the end. `visitor` is any name of who asks.

        `images` is how many of CIFAR-10's it is trained on, or a visitor's own, uint8 (N, 32, 32, 3). Closing the
        generator ends the run. Raises ValueError for a model, a number of epochs or of training images that cannot be,
        for a visitor who has a run already, for a line that is full, and for data that cannot be read.
        """
        _check(model_id, epochs, images)
        run = self._enter(visitor)
        timer = Timer(self.seconds, self._end, [run, "out of time"])
        timer.daemon = True
        try:
            place = None
            while place := self._wait(run, place):
                yield Progress(place)
            if run.ended:
                yield Progress(ended=run.ended)
            else:
                timer.start()
                yield from self._follow(run, model_id, epochs, images)
        finally:
            timer.cancel()
            self._end(run, "stopped")
            if run.process:
                with run.process:  # waits for it and closes its pipes
                    pass
                shutil.rmtree(run.folder / "work", ignore_errors=True)

    def stop(self, visitor=None):
        """Ends the run of the visitor, or everybody's, in line or not; what its last finished epoch left stays."""
        for run in [run for run in list(self._line) if visitor in (None, run.visitor)]:
            self._end(run, "stopped")

    def discard(self, visitor):
        """Ends the visitor's run and deletes what all the visitor's runs left."""
        self.stop(visitor)
        if folder := self._folders.pop(visitor, None):
            folder.cleanup()

    def _enter(self, visitor):
        with self._changed:
            if any(run.visitor == visitor for run in self._line):
                raise ValueError("You are training a model already. Stop it, then start again.")
            if len(self._line) >= self.runs + self.waiting:
                raise ValueError(
                    f"{self.waiting} others are waiting for their turn already. Try again in some minutes."
                )
            run = _Run(visitor)
            self._line.append(run)
            return run

    def _wait(self, run, known):
        """Returns the place in line as soon as it is another than the `known` one; 0 when the waiting is over."""

        def place():
            return 0 if run.ended else max(0, self._line.index(run) - self.runs + 1)

        with self._changed:
            self._changed.wait_for(lambda: place() != known)
            return place()

    def _end(self, run, ended):
        with self._changed:
            if run in self._line:
                run.ended = ended
                self._line.remove(run)
                if run.process:
                    run.process.kill()
                self._changed.notify_all()

    def _follow(self, run, model_id, epochs, images):
        progress, newest, published, published_at = Progress(), None, deque(maxlen=2), 0
        ends_at = time.monotonic() + self.seconds
        try:
            self._start(run, model_id, epochs, images)
            yield progress
            for line in run.process.stdout:
                message = json.loads(line)
                if "error" in message:
                    raise ValueError(message["error"])
                if "step" in message:
                    progress = replace(progress, step=tuple(message["step"]))
                    yield progress
                    continue
                newest = run.folder / message["epoch"]
                history = json.loads((newest / model_id / "history.json").read_text())
                if not published or time.monotonic() - published_at >= PUBLISHED_EVERY_S:
                    published.append(newest)
                    published_at = time.monotonic()
                _delete_before(newest, published)
                done = history["epochs"]
                seconds_left = min(done[-1]["seconds"] * (epochs - len(done)), ends_at - time.monotonic())
                progress = Progress(0, history, _read_pictures(newest), published[-1], max(0, seconds_left))
                yield progress
            exit_code = run.process.wait()  # before it is said that a run has ended
            ended = run.ended or {0: "finished", OUT_OF_DISK: "out of disk"}.get(exit_code, "broken")
        except OSError:
            ended = "out of disk"
        kept = newest if newest and newest.exists() else None
        yield replace(progress, folder=kept, seconds_left=None, step=None, ended=ended)

    def _start(self, run, model_id, epochs, images):
        """Starts the process that fills the run's folder."""
        with self._changed:
            run.folder = self._new_folder(run.visitor)
            (run.folder / "work").mkdir()
            if isinstance(images, np.ndarray):
                np.save(run.folder / "work" / OWN_IMAGES, images)
                images = len(images)
            command = [*self.command, model_id, epochs, images, run.folder, self.memory_bytes]
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
                    "TF_ENABLE_ONEDNN_OPTS": "1",  # faster, where all images are of one size
                    "TMPDIR": str(run.folder / "work"),  # TensorFlow leaves files there when it is killed
                },
            )
            if run.ended:  # meanwhile
                run.process.kill()

    def _new_folder(self, visitor):
        """Returns a new folder; of the visitor's earlier runs it leaves the last, whose model may be in use."""
        if visitor not in self._folders:
            self._folders[visitor] = TemporaryDirectory(prefix="autoencoder-", ignore_cleanup_errors=True)
        root = Path(self._folders[visitor].name)
        root.mkdir(mode=0o700, exist_ok=True)  # what has lain long in a temporary folder may be cleared away
        for old in sorted(root.iterdir())[:-1]:
            shutil.rmtree(old, ignore_errors=True)
        folder = root / f"{next(self._numbers):06d}"
        folder.mkdir()
        return folder


LINE = Line()


@dataclass(eq=False)
class _Run:
    visitor: str
    folder: Path | None = None
    process: subprocess.Popen | None = None
    ended: str | None = None  # by this process


def _check(model_id, epochs, images):
    if catalog.get(model_id).photos:
        raise ValueError(f"{model_id} is not trained on CIFAR-10. Choose another model.")
    if not 1 <= epochs <= EPOCHS:
        raise ValueError(f"Expected 1 to {EPOCHS} epochs. Received: {epochs}")
    if isinstance(images, np.ndarray):
        return
    least = len(cifar10.CLASSES)
    if not least <= images <= most_images() or images % least:
        raise ValueError(f"Expected {least} to {most_images():,} training images, in tens. Received: {images}")


def _delete_before(newest, kept):
    for folder in newest.parent.glob("[0-9]*"):
        if folder.name < newest.name and folder not in kept:
            shutil.rmtree(folder, ignore_errors=True)


def _read_pictures(folder):
    with Image.open(folder / "pictures.png") as strip:
        side = strip.height
        return [strip.crop((left, 0, left + side, side)) for left in range(0, strip.width, side)]
