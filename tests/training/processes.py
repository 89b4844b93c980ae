"""Runs in processes of their own that have TensorFlow from the first: to import it takes longer than most runs here."""

import multiprocessing
import sys
from contextlib import suppress
from dataclasses import replace

import numpy as np
import tensorflow

from ae.data.split import Split
from ae.models import catalog, recipes
from ae.training import devices, run

EPOCHS = 4
TINY = catalog.get("own-2-k1-max-linear")  # most of a short run is the making of its graph
SMALL = replace(catalog.get("ir-residual-s"), options={"channels": 20, "blocks": 0, "kernel": 1})
FRESH = multiprocessing.get_context("spawn" if sys.platform == "win32" else "forkserver")
FRESH.set_forkserver_preload(["ae.training.run"])


def train_by_word(images, folder, connection):
    """A run, on one thread, that says when an epoch is finished and waits for a word until nobody listens."""

    def wait(model):
        with suppress(EOFError, BrokenPipeError):
            connection.send("an epoch")
            connection.recv()

    tensorflow.config.threading.set_intra_op_parallelism_threads(1)
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    split = Split(images, np.zeros(len(images), np.uint8))
    architecture = replace(TINY, recipe=replace(recipes.ONE_CYCLE, start=None))
    run.train(architecture, {"train": split, "val": split[:64]}, folder, EPOCHS, after_epoch=wait)


def train_on_two_devices(splits, folder):
    """A run that is stopped after its first epoch, and resumed."""

    def stop(model):
        raise KeyboardInterrupt

    with devices.all_devices(2):
        with suppress(KeyboardInterrupt):
            run.train(SMALL, splits, folder, epochs=2, after_epoch=stop)
        run.train(SMALL, splits, folder, epochs=2)
