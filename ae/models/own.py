"""An architecture of one's own: its id says everything, so that nothing of it has to be kept.

"own-8-12-16-k3-max-relu" has three levels of 8, 12 and 16 channels, the last being the latent, 3 × 3 kernels, max
pooling between the levels and ReLU after each convolution; the decoder mirrors the encoder.
"""

import re
from functools import partial

from ae.models.architectures import Architecture, facts, get
from ae.models.networks import average_pooling, max_pooling, up_sampling

LEVELS = 4
CHANNELS = 64
KERNELS = (1, 3, 5, 7)
POOLINGS = {"max": max_pooling, "average": average_pooling}
ACTIVATIONS = ("relu", "leaky_relu", "elu", "gelu", "tanh", "linear")
EPOCHS = 20


def model_id(channels, kernel, pooling, activation):
    """Returns the id of an architecture: `channels` are those of each level. `architecture` checks it."""
    return f"own-{'-'.join(map(str, channels))}-k{kernel}-{pooling}-{activation}"


def architecture(model_id):
    """Returns the `Architecture` that an id describes. Raises ValueError for an id that describes none."""
    form = rf"own((?:-[1-9]\d?){{1,{LEVELS}}})-k([{''.join(map(str, KERNELS))}])-(\w+)-(\w+)"
    match = re.fullmatch(form, model_id, re.ASCII)
    channels = [int(number) for number in match[1].split("-")[1:]] if match else []
    if not match or max(channels) > CHANNELS or match[3] not in POOLINGS or match[4] not in ACTIVATIONS:
        raise ValueError(
            f"Expected own-CHANNELS-kKERNEL-POOLING-ACTIVATION, as own-8-12-16-k3-max-relu: 1 to {LEVELS} levels of 1 "
            f"to {CHANNELS} channels, the kernel one of {', '.join(map(str, KERNELS))}, {' or '.join(POOLINGS)} "
            f"pooling, the activation one of {', '.join(ACTIVATIONS)}. Received: {model_id[:100]!r}"
        )
    kernel, pooling, activation = int(match[2]), match[3], match[4]
    return Architecture(
        id=model_id,
        task="reconstruct",
        title=f"Own, {'-'.join(map(str, channels))}",
        source="a visitor",
        fixed=None,
        chosen=f"{len(channels)} levels of {', '.join(map(str, channels))} channels, {kernel}×{kernel} kernels, "
        f"{pooling} pooling, {activation} after each convolution but the last; the decoder mirrors the encoder.",
        published=None,
        epochs=EPOCHS,
        data="images of CIFAR-10, as many as were asked for",
        layers=partial(_layers, channels=channels, kernel=kernel, pooling=POOLINGS[pooling], activation=activation),
        multiple=2 ** (len(channels) - 1),
    )


def describe(model_id):
    """Returns the id, title, task and `facts` of any model in one dict. Raises ValueError for an unknown id."""
    architecture = get(model_id)
    named = {name: getattr(architecture, name) for name in ("id", "title", "task", "chosen")}
    return named | facts(architecture)


def _layers(x, channels, kernel, pooling, activation):
    """The last convolution is linear: behind a ReLU a color channel can die."""
    from keras import layers

    def convolution(x, channels, activation=activation, name=None):
        return layers.Conv2D(channels, kernel, padding="same", activation=activation, name=name)(x)

    *outer, innermost = channels
    for count in outer:
        x = pooling(convolution(x, count))
    x = convolution(x, innermost, name="latent")
    for count in reversed(outer):
        x = up_sampling(convolution(x, count))
    return convolution(x, 3, activation="linear")
