"""The models: a record of facts and a short builder each.

A builder takes the input tensor and returns the output tensor, one layer a line, in the order of
the report's tables. The layer named ``latent`` is the last one of the encoder. Every graph is fully
convolutional: any height and width that `MULTIPLE` divides.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from math import prod

from ae import recipes

MULTIPLE = 4
TASKS = {"reconstruct": "image reconstruction", "colorize": "colorization"}


def convolution(x, channels, kernel=3, name=None):
    """Stride 1, "same" padding, then ReLU: what the report uses everywhere, the output included."""
    from keras import layers

    return layers.Conv2D(channels, kernel, padding="same", activation="relu", name=name)(x)


def max_pooling(x):
    from keras import layers

    return layers.MaxPooling2D(2)(x)


def average_pooling(x):
    from keras import layers

    return layers.AveragePooling2D(2)(x)


def up_sampling(x):
    """Nearest neighbour, 2×2."""
    from keras import layers

    return layers.UpSampling2D(2)(x)


def initial(x, pooling=max_pooling):
    x = convolution(x, 8)
    x = pooling(x)
    x = convolution(x, 12)
    x = pooling(x)
    x = convolution(x, 16, name="latent")
    x = up_sampling(x)
    x = convolution(x, 12)
    x = up_sampling(x)
    return convolution(x, 3)


def wide(x):
    x = convolution(x, 8)
    x = max_pooling(x)
    x = convolution(x, 16)
    x = max_pooling(x)
    x = convolution(x, 32, name="latent")
    x = up_sampling(x)
    x = convolution(x, 32)
    x = convolution(x, 16)
    x = up_sampling(x)
    x = convolution(x, 8)
    return convolution(x, 3)


def kernels(x):
    x = convolution(x, 8, kernel=3)
    x = max_pooling(x)
    x = convolution(x, 12, kernel=5)
    x = max_pooling(x)
    x = convolution(x, 16, kernel=7, name="latent")
    x = up_sampling(x)
    x = convolution(x, 16, kernel=3)
    x = convolution(x, 12, kernel=5)
    x = up_sampling(x)
    return convolution(x, 3, kernel=7)


def avgpool(x):
    return initial(x, pooling=average_pooling)


def best(x):
    x = convolution(x, 12)
    x = max_pooling(x)
    x = convolution(x, 24)
    x = max_pooling(x)
    x = convolution(x, 48, name="latent")
    x = up_sampling(x)
    x = convolution(x, 12)
    x = convolution(x, 6)
    x = up_sampling(x)
    return convolution(x, 3)


def residual(x, channels, blocks, kernel):
    """Two autoencoders that share a latent: a linear one of 4 × 4 patches, and a convolutional one on top of it.

    The convolutional branches end in zeros, so that training starts from the linear autoencoder.
    """
    from keras import layers

    def branch(y):
        for _ in range(blocks):
            y = layers.Add()([y, layers.Conv2D(channels, 3, padding="same")(convolution(y, channels))])
        return y

    linear = layers.Conv2D(16, 4, strides=4, name="to_latent")(x)
    y = branch(layers.Conv2D(channels, 4, strides=4)(x))
    y = layers.Conv2D(16, kernel, padding="same", kernel_initializer="zeros")(y)
    latent = layers.Add(name="latent")([linear, y])

    linear = layers.Conv2DTranspose(3, 4, strides=4, name="from_latent")(latent)
    y = branch(layers.Conv2D(channels, kernel, padding="same")(latent))
    y = layers.Conv2DTranspose(3, 4, strides=4, kernel_initializer="zeros")(y)
    return layers.Add()([linear, y])


def residual_large(x):
    return residual(x, channels=64, blocks=2, kernel=3)


def residual_small(x):
    return residual(x, channels=20, blocks=1, kernel=1)


@dataclass(frozen=True)
class Architecture:
    """What is known of a model before it is built.

    `task` is a key of `TASKS`: "reconstruct" maps RGB to RGB, "colorize" maps luma to RGB.
    `fixed` is what the report states (None of a model of ours), `chosen` what it leaves open and we decided.
    `published` is the report's (training, test) accuracy, as shares, or None where it prints none.
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

    @property
    def input_channels(self):
        return 3 if self.task == "reconstruct" else 1

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
            layers=initial,
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
            layers=wide,
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
            layers=kernels,
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
            layers=avgpool,
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
            layers=best,
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
            layers=best,
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
            layers=residual_large,
            recipe=recipes.ONE_CYCLE,
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
            layers=residual_small,
            recipe=recipes.ONE_CYCLE,
        ),
    ]
}


def get(model_id):
    """Returns the `Architecture` of that id. Raises ValueError, naming the known ones, if there is none."""
    if model_id not in ARCHITECTURES:
        raise ValueError(f"Expected one of the models {', '.join(ARCHITECTURES)}. Received: {model_id!r}")
    return ARCHITECTURES[model_id]


def layer_table(architecture, size=32):
    """Returns rows (layer, type, output shape, parameters) for inputs of size × size pixels.

    The layers are numbered as Keras numbers them in a fresh process, so that their names do not
    depend on what was built before.
    """
    rows, seen = [], Counter()
    for layer in architecture.build(size).layers:
        kind = type(layer).__name__
        name = re.sub("(?<!^)(?=[A-Z][a-z])", "_", kind).lower()
        rows.append((f"{name}_{seen[name]}" if seen[name] else name, kind, layer.output.shape, layer.count_params()))
        seen[name] += 1
    return rows
