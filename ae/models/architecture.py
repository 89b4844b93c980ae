"""What is known of a model before it is built: one record, data alone."""

import gc
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from ae.models import recipes

TASKS = {"reconstruct": "image reconstruction", "colorize": "colorization"}

_importing = Lock()


@dataclass(frozen=True)
class Architecture:
    """`network` names the builder in `ae.models.networks`, which is called with `options`.

    `task` is a key of `TASKS`: "reconstruct" maps RGB to RGB, "colorize" maps luma to RGB.
    `source` says where in the report it stands, `fixed` what the report states (None of a model of ours), `published`
    is the report's (training, test) accuracy, as shares, or None where it prints none.
    `size` is the side in pixels of the images that the model is made for; `multiple` divides the height and width that
    the graph takes. `takes_hints`: luma may come with color hints. `photos`: trained on photos, not on CIFAR-10.
    `half_precision`: its weights are stored as float16. `data` names the images of the training.
    """

    id: str
    task: str
    title: str
    network: str
    options: dict = field(default_factory=dict)
    source: str = "ours"
    fixed: str | None = None
    published: tuple[float, float] | None = None
    recipe: recipes.Recipe = recipes.REPORT
    epochs: int = 50
    size: int = 32
    multiple: int = 4
    takes_hints: bool = False
    photos: bool = False
    half_precision: bool = False
    data: str = "CIFAR-10's 50,000 training images"

    @property
    def of_report(self):
        """Whether it is the report's."""
        return self.fixed is not None

    @property
    def input_channels(self):
        """None: 1 or 4, as the colorizers have it that take hints."""
        return None if self.takes_hints else 3 if self.task == "reconstruct" else 1

    def build(self, size=None):
        """Returns the untrained `keras.Model`: float32 (N, H, W, 3 or 1) in [0, 1] to (N, H, W, 3).

        `size` fixes H and W, which makes the shapes between the layers known.
        """
        keras, networks = import_keras()
        image = keras.Input((size, size, self.input_channels))
        output = getattr(networks, self.network)(image, **self.options)
        return keras.Model(image, output, name=self.id.replace("-", "_"))


def import_keras():
    """Imports Keras, its backend and the builders, and returns Keras and the builders.

    One thread at a time: TensorFlow breaks when two begin it at once.
    """
    with _importing, _without_garbage_collection():
        import keras

        from ae.models import networks
    return keras, networks


@contextmanager
def _without_garbage_collection():
    """What is imported stays: to look through it for garbage, again and again, takes 0.7 of 4.5 s."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
