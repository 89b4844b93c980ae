"""A visitor's training, the process: python -m ae.training.child MODEL EPOCHS IMAGES FOLDER MEMORY_BYTES.

It is trained on so many of CIFAR-10's IMAGES, or on those in `OWN_IMAGES`, uint8 (N, 32, 32, 3), if its folder of work
has that file; every tenth of them is for validation. Every `SAID_EVERY_S` seconds stdout says how far it is, {"step":
[epoch, steps done, of how many, loss]}. After each epoch FOLDER has a new folder with `<model id>/model.weights.h5`,
its `history.json` and `pictures.png`, what the model makes of the four `photos()`, and stdout says its name, {"epoch":
"000001"}. It ends with the process that started it, whose end closes its stdin, and at its limit of memory.
"""

import json
import os
import shutil
import sys
import time
from contextlib import redirect_stdout, suppress
from itertools import count
from pathlib import Path
from threading import Lock, Thread

import numpy as np

from ae.data import cifar10, sample
from ae.data.split import Split
from ae.image.photos import to_image
from ae.models import catalog
from ae.models.architecture import import_keras
from ae.models.weights import FILE_NAME

PHOTOS = [27, 18, 92, 111]  # of the sample's test images: a horse, a ship, a bird, a car
OUT_OF_DISK = 75
OWN_IMAGES = "images.npy"
SAID_EVERY_S = 0.3
REMOVED_AT_MOST = 100  # times

_ending = Lock()  # had to write into FOLDER and to end: who removes FOLDER keeps it


def most_images():
    """The number of training images there are: the sample's, or the whole set's where AE_DATA names it."""
    return 50_000 if os.environ.get("AE_DATA") else sample.SIZES["train"]


def photos():
    """Returns the four photos to be watched, uint8 (4, 32, 32, 3): no run is trained on them."""
    return sample.load()["test"].images_u8[PHOTOS]


def main(model_id, epochs, images, folder, memory_bytes):
    """Trains in `folder / "work"` and says on stdout after each epoch which copy of the results it made."""
    end_with_parent = Thread(target=_end_with_parent, args=[folder], daemon=True)
    end_with_parent.start()
    _limit_resources(memory_bytes)
    stdout, numbers, said = sys.stdout, count(1), 0

    def say(**message):
        try:
            print(json.dumps(message), file=stdout, flush=True)
        except BrokenPipeError:  # nobody is there any more
            end_with_parent.join()

    def tell(*step):
        nonlocal said
        if time.monotonic() - said >= SAID_EVERY_S:
            said = time.monotonic()
            say(step=step)

    def publish(model):
        copy, pictures = folder / f"{next(numbers):06d}", np.concatenate(model.predict_on_batch(given), 1)
        with _ending:
            (copy / model_id).mkdir(parents=True)
            for name in (FILE_NAME, "history.json"):
                shutil.copyfile(folder / "work" / model_id / name, copy / model_id / name)
            to_image(pictures).save(copy / "pictures.png")
        say(epoch=copy.name)

    try:
        splits = _splits(folder / "work" / OWN_IMAGES, images)
    except (ValueError, OSError) as error:
        return say(error=str(error))
    import_keras()  # after the limits are set
    from ae.training import run
    from ae.training.batches import example

    architecture = catalog.get(model_id)
    given, _ = example(photos().astype(np.float32) / 255, architecture)
    is_disk_full = False
    try:
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
            run.train(architecture, splits, folder / "work" / model_id, epochs, after_epoch=publish, after_steps=tell)
    except OSError:
        is_disk_full = True
    finally:
        _ending.acquire()
    if is_disk_full:
        os._exit(OUT_OF_DISK)  # h5py may crash when it tidies up after a full disk


def _splits(own, images):
    if own.exists():
        every = np.load(own)
        is_val = np.arange(len(every)) % 10 == 9
        return {
            name: Split(every[chosen], np.zeros(chosen.sum(), np.uint8))
            for name, chosen in (("train", ~is_val), ("val", is_val))
        }
    splits = cifar10.load() if os.environ.get("AE_DATA") else sample.load()
    train = splits["train"]
    return splits | {"train": train[sample.draw(train.labels, images)]}


def _end_with_parent(folder):
    os.read(0, 1)  # nothing is ever written: it returns when the parent is gone
    with _ending:
        for _ in range(REMOVED_AT_MOST):  # the training may be writing a file into what is being removed
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                break
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
    main(model_id, int(epochs), int(images), Path(folder), int(memory_bytes))
