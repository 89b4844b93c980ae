"""The colorizer of photos: it recognises what it sees, in luma alone, and knows what colors such things have.

The encoder is `ae.models.backbone`, trained to recognise; the decoder, a U-Net's, predicts at every eighth pixel how
likely each color of `GRID` is, and how every second pixel around there mixes the nine nearest of those colors.
"""

from keras import layers, ops

from ae.models import backbone
from ae.models.colorizer import GRID, STRIDE, ExpectedColor, MixNeighbours, WithChroma, WithHints, block, convolution

VIVID = {"sharpening": 0.4, "rebalancing": 0.5, "lifting": 1.0, "strengthening": 0.035}
WIDTHS = {32: 256, 16: 160, 8: 96}  # channels of the decoder at each stride


def pretrained_unet(images):
    """Luma, with or without hints, to RGB: (N, H, W, 1 or 4) to (N, H, W, 3), H and W divisible by 32.

    The layers "colors" and "mixing" are those of `ae.models.colorizer.unet`, at a stride of 8.
    """
    full = WithHints(name="hints")(images)
    seen = backbone.features(Luma(name="luma")(full))

    deep = convolution(layers.Concatenate()([seen[32], MeanHints(32)(full)]), WIDTHS[32], kernel=1)
    everywhere = layers.GlobalAveragePooling2D(keepdims=True, name="global")(deep)
    everywhere = layers.Dense(WIDTHS[32], activation="relu")(everywhere)
    everywhere = layers.Dense(WIDTHS[32])(everywhere)
    up = block(layers.ReLU()(layers.Add(name="latent")([deep, everywhere])))
    for stride in (16, 8):
        up = layers.UpSampling2D(2)(convolution(up, WIDTHS[stride], kernel=1))
        beside = layers.Concatenate()([seen[stride], MeanHints(stride)(full)])
        beside = convolution(beside, WIDTHS[stride], kernel=1)
        up = block(layers.ReLU()(layers.Add()([up, beside])))
    logits = layers.Conv2D(len(GRID), 1, name="colors")(up)

    half = layers.AveragePooling2D(2)(full)
    fine = layers.Conv2D(32, STRIDE, strides=STRIDE, activation="relu")(half)
    fine = layers.Conv2D(32, 3, padding="same", activation="relu")(fine)
    mixing = layers.Conv2D(9 * STRIDE**2, 1, name="mixing")(layers.Concatenate()([up, fine]))
    mean = ExpectedColor(**VIVID, name="mean")(logits)
    return WithChroma(name="rgb")([full, MixNeighbours(doubled=True, name="upsampling")([mean, mixing])])


class Luma(layers.Layer):
    """Luma and hints (N, H, W, 4) to the luma as RGB (N, H, W, 3)."""

    def call(self, inputs):
        return ops.repeat(inputs[..., :1], 3, -1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 3)


class MeanHints(layers.Layer):
    """Luma and hints (N, H, W, 4) to the hint of every square of `stride` pixels: (N, H / stride, W / stride, 3).

    Its color is the mean over the hinted pixels alone, so that a small patch tells it as a large one does.
    """

    def __init__(self, stride, **keywords):
        super().__init__(**keywords)
        self.stride = stride

    def call(self, inputs):
        hints = ops.average_pool(inputs[..., 1:], self.stride, self.stride)
        return hints / (hints[..., 2:] + 0.01)

    def compute_output_shape(self, input_shape):
        batch, height, width, _ = input_shape
        return (batch, height and height // self.stride, width and width // self.stride, 3)
