"""Prints how long an epoch takes with plain `fit` and with `ae.training.run`, in turn, and the ratio of the two.

    python tests/load/training_speed.py [MODEL] [--images N] [--rounds N]

Both do the same optimization: the same images, batch size and updates, the order aside.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import keras
import numpy as np
from PIL import Image

from ae.data.split import Split
from ae.models import catalog
from ae.training import run
from ae.training.batches import example


class EpochTimes(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self.started)


def plain(architecture, splits):
    x, y = example(splits["train"].images_u8.astype(np.float32) / 255, architecture)
    val = example(splits["val"].images_u8.astype(np.float32) / 255, architecture)
    model = architecture.build(32)
    model.compile("adam", "mse", metrics=["accuracy"])
    times = EpochTimes()
    model.fit(x, y, batch_size=32, epochs=2, validation_data=val, verbose=0, callbacks=[times])
    return times.seconds[1]


def ours(architecture, splits):
    with tempfile.TemporaryDirectory() as folder:
        return run.train(architecture, splits, folder, epochs=2)["epochs"][1]["seconds"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", default="ir-best")
    parser.add_argument("--images", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    sheet = np.asarray(Image.open(Path(__file__).parents[1] / "cifar10-test-400.png"))
    sample = sheet.reshape(10, 32, 40, 32, 3).swapaxes(1, 2).reshape(400, 32, 32, 3)
    images = np.resize(sample, (options.images, 32, 32, 3))
    split = Split(images, np.zeros(len(images), np.uint8))
    splits = {"train": split, "val": split[:512]}
    architecture = catalog.get(options.model)
    ratios = []
    for _ in range(options.rounds):
        seconds = [run(architecture, splits) * 50_000 / options.images for run in (plain, ours)]
        ratios.append(seconds[1] / seconds[0])
        print(f"an epoch of 50,000 images: plain fit {seconds[0]:.1f} s, ours {seconds[1]:.1f} s", flush=True)
    print(f"ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
