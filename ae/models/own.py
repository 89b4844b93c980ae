"""An architecture of one's own: its id says everything, so that nothing of it has to be kept.

"own-8-12-16-k3-max-relu" has three levels of 8, 12 and 16 channels, the last being the latent, 3 × 3 kernels, max
pooling between the levels and ReLU after each convolution; the decoder mirrors the encoder.
"""

import re

from ae.models.architecture import Architecture

NETWORK = "mirrored"
LEVELS = 4
CHANNELS = 64
KERNELS = (1, 3, 5, 7)
POOLINGS = ("max", "average")
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
    return Architecture(
        id=model_id,
        task="reconstruct",
        title=f"Own, {'-'.join(map(str, channels))}",
        network=NETWORK,
        options={"channels": channels, "kernel": int(match[2]), "pooling": match[3], "activation": match[4]},
        source="a visitor",
        epochs=EPOCHS,
        multiple=2 ** (len(channels) - 1),
        data="images of CIFAR-10, as many as were asked for",
    )


def in_words(channels, kernel, pooling, activation):
    """Returns what the options of an architecture say, one sentence."""
    return (
        f"{len(channels)} levels of {', '.join(map(str, channels))} channels, {kernel}×{kernel} kernels, {pooling} "
        f"pooling, {activation} after each convolution but the last; the decoder mirrors the encoder."
    )
