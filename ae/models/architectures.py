"""The models: a record of facts each; its graph is built by `ae.models.networks`."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from math import prod

from ae.models import networks, recipes

TASKS = {"reconstruct": "image reconstruction", "colorize": "colorization"}


@dataclass(frozen=True)
class Architecture:
    """What is known of a model before it is built.

    `task` is a key of `TASKS`: "reconstruct" maps RGB to RGB, "colorize" maps luma to RGB.
    `fixed` is what the report states (None of a model of ours), `chosen` what it leaves open and we decided.
    `published` is the report's (training, test) accuracy, as shares, or None where it prints none.
    `layers` is the builder in `ae.models.networks`; `multiple` divides the height and width that the graph takes.
    `takes_hints`: luma may come with color hints. `photos`: trained on photos, not on CIFAR-10.
    `data` names the images of the training; `tried` is what else was tried, and what it gave.
    """

    id: str
    task: str
    title: str
    source: str
    fixed: str | None
    chosen: str
    published: tuple[float, float] | None
    epochs: int
    layers: Callable
    recipe: recipes.Recipe = recipes.REPORT
    multiple: int = 4
    takes_hints: bool = False
    photos: bool = False
    data: str = "CIFAR-10's 50,000 training images"
    tried: str = ""

    @property
    def input_channels(self):
        """None: 1 or 4, as `ae.models.colorizer.unet` has it."""
        return None if self.takes_hints else 3 if self.task == "reconstruct" else 1

    @property
    def size(self):
        """The side in pixels of the images that the model is made for."""
        return 96 if self.photos else 32

    def build(self, size=None):
        """Returns the untrained `keras.Model`: float32 (N, H, W, 3 or 1) in [0, 1] to (N, H, W, 3).

        `size` fixes H and W, which makes the shapes between the layers known.
        """
        import keras

        image = keras.Input((size, size, self.input_channels))
        return keras.Model(image, self.layers(image), name=self.id.replace("-", "_"))

    def latent_size(self, size=32):
        """How many numbers the encoder leaves of an image of size × size pixels."""
        return prod(self.build(size).get_layer("latent").output.shape[1:])


NOTHING_CHOSEN = "Nothing: the table gives every layer."

ARCHITECTURES = {
    architecture.id: architecture
    for architecture in [
        Architecture(
            id="ir-initial",
            task="reconstruct",
            title="Initial model",
            source="Figure 1",
            fixed="Every layer; 4,911 parameters; 50 epochs.",
            chosen=NOTHING_CHOSEN,
            published=(0.805, 0.812),
            epochs=50,
            layers=networks.initial,
        ),
        Architecture(
            id="ir-wide",
            task="reconstruct",
            title="Wide model",
            source="Experiment 1",
            fixed="The channels 3-8-16-32-32-16-8-3; a test accuracy slightly over 80 %.",
            chosen="Pooling after the first two convolutions, up-sampling before the fourth and the "
            "sixth, 3×3 kernels and 50 epochs, as in the initial model.",
            published=None,
            epochs=50,
            layers=networks.wide,
        ),
        Architecture(
            id="ir-kernels",
            task="reconstruct",
            title="Growing kernels",
            source="Experiment 2",
            fixed="More convolutions than the initial model, each kernel larger than the one before; "
            "results more or less the same.",
            chosen="Kernels 3, 5, 7 in the encoder and again 3, 5, 7 in the decoder; the initial "
            "model's latent, 16 channels, so that only the kernels and the depth differ; 50 epochs.",
            published=None,
            epochs=50,
            layers=networks.kernels,
        ),
        Architecture(
            id="ir-avgpool",
            task="reconstruct",
            title="Average pooling",
            source="Experiment 3",
            fixed="Average pooling in the place of max pooling.",
            chosen="All else as in the initial model, 50 epochs included.",
            published=None,
            epochs=50,
            layers=networks.avgpool,
        ),
        Architecture(
            id="ir-best",
            task="reconstruct",
            title="Best model",
            source="Experiment 4, Figure 6",
            fixed="Every layer; 19,383 parameters.",
            chosen="50 epochs, as for the initial model: the report gives no number.",
            published=(0.832, 0.844),
            epochs=50,
            layers=networks.best,
        ),
        Architecture(
            id="color-report",
            task="colorize",
            title="Report's colorizer",
            source="Figure 12",
            fixed="Every layer; 19,167 parameters.",
            chosen="50 epochs: the report says 30 in one place and 50 in another.",
            published=(0.503, 0.486),
            epochs=50,
            layers=networks.best,
        ),
        Architecture(
            id="ir-residual",
            task="reconstruct",
            title="Residual",
            source="ours",
            fixed=None,
            chosen="The initial model's latent. A linear autoencoder of 4×4 patches with a convolutional one beside "
            "it, two residual blocks of 64 channels a side.",
            published=None,
            epochs=40,
            layers=networks.residual_large,
            recipe=recipes.ONE_CYCLE,
            tried="a peak rate of 2e-3 without a limit on the gradients became unstable in the fifth epoch (its PSNR "
            "fell from 37.9 to 36.2 dB).",
        ),
        Architecture(
            id="ir-residual-s",
            task="reconstruct",
            title="Residual, small",
            source="ours",
            fixed=None,
            chosen="The initial model's latent, and fewer parameters than the best model: as the residual model, with "
            "one residual block of 20 channels a side.",
            published=None,
            epochs=100,
            layers=networks.residual_small,
            recipe=recipes.ONE_CYCLE,
        ),
        Architecture(
            id="color-unet",
            task="colorize",
            title="Colorizer",
            source="ours",
            fixed=None,
            chosen="A U-Net with a global path, which takes color hints and predicts a distribution over colors.",
            published=None,
            epochs=60,
            layers=networks.colorizer,
            recipe=recipes.COLORS,
            tried="a peak rate of 2.5e-3 was given up after four epochs: the running statistics of the batch "
            "normalization lagged so far behind the weights that the validation MSE rose to 0.016. Squares of 24 "
            "pixels from the first epoch on were given up after seven: it rose to 0.013, and they are hardly faster. "
            "A second cycle of 42 epochs up to 1e-3 on whole images overfitted: after 34 of them the training MSE had "
            "fallen from 0.0029 to 0.0022, and that of the validation images had risen from 0.0047 to 0.0051. After "
            "the first cycle, softer distributions (temperatures of 1.1 to 1.6) lowered that MSE by 0.4 % at most, the "
            "mean of the answers to an image and to its mirror image by 1.6 %, at twice the time.",
            multiple=8,
            takes_hints=True,
        ),
        Architecture(
            id="color-photo",
            task="colorize",
            title="Photo colorizer",
            source="ours",
            fixed=None,
            chosen="The same network, trained on photos of scenes and objects.",
            published=None,
            epochs=20,
            layers=networks.colorizer,
            recipe=recipes.PHOTO_COLORS,
            tried="the first three epochs ran at the rates of a schedule of 24 epochs, the others at those of 20. Half "
            "way, on 293 validation photos, three ways to vivid colors were compared at the originals' "
            "colorfulness: scaling the mean gave an MSE of 0.0075, sharpening and scaling 0.0082, rebalancing by "
            "the colors' frequencies 0.0066; sharpening alone left the colorfulness at two thirds. A second "
            "cycle of 12 epochs up to 1e-3 was not kept: the MSE on the test photos fell from 0.00434 to "
            "0.00429, of the skies 84 % instead of 83 % were blue at vividness 0.5, of the leaves 79 % instead of 80 % "
            "green.",
            multiple=8,
            takes_hints=True,
            photos=True,
            data="photos of scenes (the Intel scene set) and of objects (Imagenette), 96 × 96 pixels",
        ),
    ]
}


def get(model_id):
    """Returns the `Architecture` of that id. Raises ValueError, naming the known ones, if there is none.

    An id that begins with "own-" describes an architecture by itself, see `ae.models.own`.
    """
    if str(model_id).startswith("own-"):
        from ae.models import own

        return own.architecture(model_id)
    if str(model_id) not in ARCHITECTURES:
        raise ValueError(f"Expected one of the models {', '.join(ARCHITECTURES)}. Received: {model_id!r:.100}")
    return ARCHITECTURES[model_id]


def facts(architecture):
    """Returns what a model is built of, a dict of plain values: at 32 × 32 pixels, whatever it is made for.

    "parameters", "latent" (how many numbers its encoder leaves), "latent_layer" (the index of the encoder's last one)
    and "layers": [name, [height, width, channels], parameters].
    """
    layers = [[name, list(shape[1:]), count] for name, _, shape, count in layer_table(architecture)]
    latent_layer = [layer.name for layer in architecture.build().layers].index("latent")
    return {
        "parameters": sum(count for *_, count in layers),
        "latent": architecture.latent_size(),
        "latent_layer": latent_layer,
        "layers": layers,
    }


def layer_table(architecture, size=32):
    """Returns rows (layer, type, output shape, parameters) for inputs of size × size pixels.

    The layers are numbered as Keras numbers them in a fresh process, so that their names do not
    depend on what was built before.
    """
    rows, seen = [], Counter()
    for layer in architecture.build(size).layers:
        kind = type(layer).__name__
        name = re.sub("(?<!^)(?=[A-Z][a-z])", "_", kind).lower()
        *sides, channels = layer.output.shape
        shape = (*sides, channels or 1)  # where hints may come with the luma, it is listed alone
        rows.append((f"{name}_{seen[name]}" if seen[name] else name, kind, shape, layer.count_params()))
        seen[name] += 1
    return rows
