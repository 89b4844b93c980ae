"""The networks, one short builder each: it takes the input tensor and returns the output tensor.

One layer a line, in the order of the report's tables. The layer named "latent" is the last one of the encoder. Every
graph is fully convolutional. A record names its builder (`ae.models.catalog`); that of our own colorizers has a file of
its own.
"""

import math
from weakref import WeakKeyDictionary

from keras import layers

from ae.models.colorizer import Heads, unet  # noqa: F401
from ae.models.inference import one_graph  # noqa: F401
from ae.models.photo_colorizer import pretrained_unet  # noqa: F401

_SURROUNDINGS = WeakKeyDictionary()  # of models that were asked for before


def surroundings(model):
    """Returns (reach, width) of a fully convolutional `keras.Model`, from its graph.

    `reach` is by how many pixels of the input, to every side, its output looks around itself, math.inf with pooling
    over everything. `width` is how many numbers the widest of its layers gives for each pixel of the input.
    """
    if model not in _SURROUNDINGS:
        _SURROUNDINGS[model] = _surroundings(model)
    return _SURROUNDINGS[model]


def _surroundings(model):
    steps, reaches, width = {}, {}, 0  # by the tensor: pixels of the input from one of its to the next, and so far
    for layer in model.layers:
        inputs = layer.input if isinstance(layer.input, list) else [layer.input]
        step = max((steps.get(id(tensor), 1) for tensor in inputs), default=1)
        reach = max((reaches.get(id(tensor), 0) for tensor in inputs), default=0)
        if isinstance(layer, layers.GlobalAveragePooling2D):
            reach = math.inf
        elif isinstance(layer, layers.UpSampling2D):
            reach += step - step // layer.size[0]
            step //= layer.size[0]
        elif window := getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None):
            stride = layer.strides[0]
            beyond = max(0, window[0] - stride)
            if isinstance(layer, layers.Conv2DTranspose):
                reach += step - step // stride
                step //= stride
                reach += beyond * step
            else:
                reach += step * (-(-beyond // 2) if layer.padding == "same" else beyond)
                step *= stride
        steps[id(layer.output)], reaches[id(layer.output)] = step, reach
        width = max(width, (layer.output.shape[-1] or 0) / step**2)
    return reach, width


def convolution(x, channels, kernel=3, activation="relu", name=None):
    """Stride 1, "same" padding, then ReLU: what the report uses everywhere, the output included."""
    return layers.Conv2D(channels, kernel, padding="same", activation=activation, name=name)(x)


def max_pooling(x):
    return layers.MaxPooling2D(2)(x)


def average_pooling(x):
    return layers.AveragePooling2D(2)(x)


def up_sampling(x):
    """Nearest neighbour, 2×2."""
    return layers.UpSampling2D(2)(x)


POOLINGS = {"max": max_pooling, "average": average_pooling}


def initial(x, pooling="max"):
    pool = POOLINGS[pooling]
    x = convolution(x, 8)
    x = pool(x)
    x = convolution(x, 12)
    x = pool(x)
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


def mirrored(x, channels, kernel, pooling, activation):
    """As `ae.models.own` describes it. The last convolution is linear: behind a ReLU a color channel can die."""
    *outer, innermost = channels
    for count in outer:
        x = POOLINGS[pooling](convolution(x, count, kernel, activation))
    x = convolution(x, innermost, kernel, activation, name="latent")
    for count in reversed(outer):
        x = up_sampling(convolution(x, count, kernel, activation))
    return convolution(x, 3, kernel, "linear")
