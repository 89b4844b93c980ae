"""The colorizers of our own: luma and color hints in, a distribution over colors out, and from it one color a pixel.

At every fourth pixel the network predicts how likely each color of a grid over Cb × Cr is (Zhang et al. 2016,
"Colorful Image Colorization"), and how every pixel around there mixes the nine nearest of those colors (the convex
upsampling of Teed & Deng 2020, "RAFT"). Luma is never predicted: the grayscale of the result is the photo that came in.
"""

from functools import cached_property

import keras
import numpy as np
from keras import layers, ops

from ae.image.color import CHROMA_TO_RGB, chroma
from ae.models import backbone
from ae.models.inference import one_graph

STRIDE = 4
_steps = np.linspace(-1, 1, 13)
LEVELS = (0.5 * np.sign(_steps) * np.abs(_steps) ** 1.5).astype(np.float32)  # of Cb and of Cr, finer near gray
RAREST = 1e-4  # no color is rarer than that, or noise would come out as colors
GRID = np.stack(np.meshgrid(LEVELS, LEVELS, indexing="ij"), -1).reshape(-1, 2)  # (169, 2)
STRENGTHS = np.linalg.norm(GRID, axis=-1, keepdims=True)  # how far each is from gray, (169, 1)
MOST_LIFTED, FAINT = 2, 0.004  # times; the chroma of what is gray to the eye
MOST_STRENGTHENED = 2  # times what a photo has: what is all but gray does not become colorful


def unet(images, channels=64, deep_channels=160):
    """Luma, with or without hints, to RGB: (N, H, W, 1 or 4) to (N, H, W, 3), H and W divisible by 8.

    A hint is (Cb, Cr, 1) at a pixel whose color is given, (0, 0, 0) elsewhere. The layer "colors" gives the
    logits of `GRID`'s colors, (N, H / 4, W / 4, 169), "mixing" the logits of the upsampling's weights.
    """
    full = WithHints(name="hints")(images)
    half = convolution(full, 32, stride=2)
    quarter = block(block(convolution(half, channels, stride=2)))
    deep = block(block(convolution(quarter, deep_channels, stride=2)))

    everywhere = layers.GlobalAveragePooling2D(keepdims=True, name="global")(deep)
    everywhere = layers.Dense(deep_channels, activation="relu")(everywhere)
    everywhere = layers.Dense(deep_channels)(everywhere)
    deep = block(layers.ReLU()(layers.Add(name="latent")([deep, everywhere])))

    up = layers.Conv2DTranspose(channels, 2, strides=2)(deep)
    up = block(block(layers.ReLU()(layers.Add()([up, quarter]))))
    logits = layers.Conv2D(len(GRID), 1, name="colors")(up)

    fine = layers.Conv2D(32, STRIDE, strides=STRIDE, activation="relu")(full)
    mixing = layers.Conv2D(9 * STRIDE**2, 3, padding="same", name="mixing")(layers.Concatenate()([up, fine]))
    mean = ExpectedColor(name="mean")(logits)
    return WithChroma(name="rgb")([full, MixNeighbours(name="upsampling")([mean, mixing])])


def convolution(x, channels, kernel=3, stride=1, activation="relu"):
    x = layers.Conv2D(channels, kernel, strides=stride, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    return layers.Activation(activation)(x) if activation else x


def block(x):
    """A residual block (He et al. 2016) of two convolutions."""
    y = convolution(convolution(x, x.shape[-1]), x.shape[-1], activation=None)
    return layers.ReLU()(layers.Add()([x, y]))


class WithHints(layers.Layer):
    """Luma alone stands for luma without hints: (N, H, W, 1 or 4) to (N, H, W, 4)."""

    def call(self, images):
        if images.shape[-1] not in (1, 4, None):
            raise ValueError(
                "Expected luma, (N, H, W, 1), as `ae.image.color.luma` gives it of RGB, or luma and color hints, "
                f"(N, H, W, 4). Received: {tuple(images.shape)}"
            )
        no_hints = ops.zeros_like(images[..., :1])
        threes = ops.concatenate([images[..., 1:], no_hints, no_hints, no_hints], -1)
        sides = ops.shape(images)[:3]
        hints = ops.reshape(threes, (*sides, -1, 3))[..., 0, :]  # fails of others, in any graph
        return ops.reshape(ops.concatenate([images[..., :1], hints], -1), (*sides, 4))  # tells its number of channels

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 4)


class ExpectedColor(layers.Layer):
    """The mean of the distribution over `GRID`: logits (N, H, W, 169) to chroma (N, H, W, 2).

    Its weight `prior` is how frequent each color of `GRID` is in the training images; it is measured, not trained.
    `sharpening`, `rebalancing`, `lifting` and `strengthening` are what the full vividness does, see `Heads`: they are
    set so that half of it makes the results about as colorful as the originals.
    """

    def __init__(self, sharpening=0.4, rebalancing=1.4, lifting=0.0, strengthening=0.0, **keywords):
        super().__init__(**keywords)
        self.sharpening, self.rebalancing = sharpening, rebalancing
        self.lifting, self.strengthening = lifting, strengthening

    def build(self, input_shape):
        self.prior = self.add_weight(shape=(len(GRID),), initializer="ones", trainable=False, name="prior")

    def call(self, logits):
        return ops.matmul(ops.softmax(logits), GRID)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 2)


class MixNeighbours(layers.Layer):
    """Convex upsampling: every pixel is a weighted mean of the nine coarse pixels around it.

    Takes coarse pixels (N, H, W, C) and the logits of the weights (N, H, W, 9 · 16); gives (N, 4 H, 4 W, C), or
    `doubled` (N, 8 H, 8 W, C).
    """

    def __init__(self, doubled=False, **keywords):
        super().__init__(**keywords)
        self.doubled, self.stride = doubled, 2 * STRIDE if doubled else STRIDE

    def call(self, inputs):
        coarse, mixing = inputs
        _, height, width, channels = ops.shape(coarse)
        padded = ops.pad(coarse, ((0, 0), (1, 1), (1, 1), (0, 0)), "symmetric")
        shifts = [(i, j) for i in range(3) for j in range(3)]
        neighbours = ops.stack([padded[:, i : i + height, j : j + width] for i, j in shifts], -2)
        weights = ops.softmax(ops.reshape(mixing, (-1, height, width, STRIDE**2, 9)))
        pixels = ops.reshape(ops.matmul(weights, neighbours), (-1, height, width, STRIDE, STRIDE, channels))
        pixels = ops.transpose(pixels, (0, 1, 3, 2, 4, 5))
        pixels = ops.reshape(pixels, (-1, STRIDE * height, STRIDE * width, channels))
        return _double(_double(pixels, 1), 2) if self.doubled else pixels

    def compute_output_shape(self, input_shapes):
        batch, height, width, channels = input_shapes[0]
        return (batch, height and self.stride * height, width and self.stride * width, channels)


def _double(pixels, axis):
    """Returns pixels (N, H, W, C) with twice as many along the axis, 1 or 2, interpolated linearly between centers.

    Keras's own layer wants to know the sides beforehand.
    """
    side = ops.shape(pixels)[axis]
    before = ops.take(pixels, ops.maximum(ops.arange(side) - 1, 0), axis)
    after = ops.take(pixels, ops.minimum(ops.arange(side) + 1, side - 1), axis)
    pairs = ops.stack([0.75 * pixels + 0.25 * before, 0.75 * pixels + 0.25 * after], axis + 1)
    shape = list(ops.shape(pixels))
    shape[axis] = 2 * side
    return ops.reshape(pairs, shape)


class WithChroma(layers.Layer):
    """RGB (N, H, W, 3), not clipped, of luma with hints (N, H, W, 4) and chroma (N, H, W, 2)."""

    def call(self, inputs):
        luma, chroma = inputs
        return luma[..., :1] + ops.matmul(chroma, np.float32(CHROMA_TO_RGB))

    def compute_output_shape(self, input_shapes):
        return (*input_shapes[1][:-1], 3)


def with_distribution(model):
    """Returns the model with two outputs for training: "rgb", its own, and "colors", the logits of the distribution."""
    return keras.Model(model.input, {"rgb": model.output, "colors": model.get_layer("colors").output})


def measure_prior(model, train_u8, chunk=1000):
    """Sets the weight `prior` of the layer "mean" to the frequency of the colors of uint8 images (N, H, W, 3)."""
    stride = model.get_layer("upsampling").stride
    total = np.zeros((len(LEVELS), len(LEVELS)))
    for start in range(0, len(train_u8), chunk):
        images = train_u8[start : start + chunk].astype(np.float32) / 255
        cb, cr = (_spread(plane) for plane in _coarse_chroma(images, *(side // stride for side in images.shape[1:3])))
        total += np.tensordot(cb, cr, ((0, 1, 2), (0, 1, 2)))
    model.get_layer("mean").set_weights([(total / total.sum()).ravel()])


class Heads:
    """What a colorizer knows beyond its answer. `inputs` are float32 (N, H, W, 4), luma and hints; arrays come out."""

    grid = GRID

    def __init__(self, model):
        heads = [model.get_layer("colors").output, model.get_layer("mixing").output]
        self.network = one_graph(keras.Model(model.input, heads))
        self.mean, self.mix = model.get_layer("mean"), model.get_layer("upsampling")
        self.frequency = np.log(np.asarray(self.mean.prior) + RAREST)

    def __call__(self, inputs, vividness=0.0):
        """Returns chroma (N, H, W, 2)."""
        return self.colors(*self.logits(inputs), vividness)

    def logits(self, inputs):
        """Returns those of the colors of `GRID`, (N, h, w, 169), and of the mixing."""
        return self.network.predict_on_batch(inputs)

    def colors(self, logits, mixing, vividness=0.0):
        """Returns chroma (N, H, W, 2) of what `logits` gave.

        `vividness` in [0, 1] rebalances the distribution by the colors' frequencies and sharpens it (Zhang et al.
        2016), then moves its mean away from gray. Where the likely colors are far apart, their mean is nearer to gray
        than they are: it is lifted towards their mean distance, and what is sure stays as it is. Then a photo's colors
        become stronger alike, by so much that every photo gains the same chroma: a faint one gains most, for its share.
        0 is the mean as it is, and from about 0.7 on rare colors are favored.
        """
        return self.upsample(self.coarse(logits, vividness), mixing)

    def coarse(self, logits, vividness=0.0):
        """As `colors`, before they are mixed: (N, h, w, 2)."""
        logits = np.asarray(logits) / (1 - self.mean.sharpening * vividness)
        shares = _softmax(logits - self.mean.rebalancing * vividness * self.frequency)
        mean = shares @ GRID
        lifted = (shares @ STRENGTHS + FAINT) / (np.linalg.norm(mean, axis=-1, keepdims=True) + FAINT)
        mean = (1 + vividness * self.mean.lifting * (np.minimum(lifted, MOST_LIFTED) - 1)) * mean
        strength = np.sqrt(np.square(mean).sum(-1, keepdims=True).mean((1, 2), keepdims=True))
        stronger = np.minimum(self.mean.strengthening / np.maximum(strength, FAINT), MOST_STRENGTHENED)
        return (1 + vividness * stronger) * mean

    def upsample(self, coarse, mixing):
        """Returns chroma (N, H, W, 2) of (N, h, w, 2), as `logits` said that it is to be mixed."""
        return np.asarray(self.mix([coarse, mixing]))

    def features(self, inputs):
        """Returns what the encoder sees, [(N, h, w, C)] by stride, the finest, that of the logits, first.

        Raises ValueError for a model whose encoder is not `ae.models.backbone`.
        """
        return [np.asarray(plane) for plane in self._encoder.predict_on_batch(inputs)]

    @cached_property
    def _encoder(self):
        return one_graph(keras.Model(self.network.input, backbone.seen(self.network)))

    def shares(self, logits):
        """Returns how likely each color of `GRID` is, (N, h, w, 169), of what `logits` gave of the colors."""
        return _softmax(logits)

    def unsure(self, inputs):
        """Returns how far apart the likely colors are, (N, H, W, 1): their standard deviation, in chroma."""
        logits, mixing = self.logits(inputs)
        shares = self.shares(logits)
        variance = shares @ np.square(GRID).sum(-1, keepdims=True) - np.square(shares @ GRID).sum(-1, keepdims=True)
        return np.sqrt(np.maximum(np.asarray(self.mix([variance, mixing])), 0))


def _softmax(logits):
    likely = np.exp(logits - logits.max(-1, keepdims=True))
    return likely / likely.sum(-1, keepdims=True)


def cross_entropy(rgb, logits):
    """Of the predicted distribution against the true one: each coarse pixel's mean chroma, spread bilinearly.

    Takes RGB (N, H, W, 3) and the layer "colors"; returns one number an image, (N,), in nats.
    """
    cb, cr = (_spread(plane) for plane in _coarse_chroma(rgb, *ops.shape(logits)[1:3]))
    spread = ops.reshape(cb[..., :, None] * cr[..., None, :], ops.shape(logits))
    return -ops.mean(ops.sum(spread * ops.log_softmax(logits), -1), (1, 2))


def _coarse_chroma(rgb, height, width):
    """Returns (Cb, Cr), each (N, height, width, 1): the mean chroma of RGB images (N, H, W, 3), of whole multiples."""
    _, full_height, full_width, _ = ops.shape(rgb)
    squares = ops.reshape(chroma(rgb), (-1, height, full_height // height, width, full_width // width, 2))
    coarse = ops.mean(squares, (2, 4))
    return coarse[..., :1], coarse[..., 1:]


def _spread(values):
    """Returns each value's shares in `LEVELS`, linear between the two neighbours: (..., 1) to (..., 13)."""
    below, above = LEVELS - np.roll(LEVELS, 1), np.roll(LEVELS, -1) - LEVELS
    below[0], above[-1] = 1, 1
    return ops.clip(ops.minimum(1 + (values - LEVELS) / below, 1 - (values - LEVELS) / above), 0, 1)
