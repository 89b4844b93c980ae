"""How a model is trained: the loss, the optimizer, what is done to the images, and where the weights start."""

from collections.abc import Callable
from dataclasses import dataclass, replace

BATCH_SIZE = 32


@dataclass(frozen=True)
class Recipe:
    """`loss` is Keras's or a function of (truth, prediction), `loss_name` what the page calls it.

    `optimizer` is made from the run's number of updates. `flips` mirrors half of the images, drawn anew every
    epoch. `start`, if any, is called with the untrained model and the training images, uint8 (N, H, W, 3).
    `outputs`, if any, makes of the model the one that is trained, with several outputs, each having its `loss`
    and `loss_weights`; the model's own is "rgb". `crop` trains on random squares resized to that side, in pixels.
    """

    text: str
    loss_name: str
    loss: str | Callable | dict
    optimizer: Callable
    flips: bool = False
    start: Callable | None = None
    outputs: Callable | None = None
    loss_weights: dict | None = None
    crop: int | None = None


def adam(updates):
    import keras

    return keras.optimizers.Adam()


REPORT = Recipe(f"Adam with default parameters, mean squared error, batch size {BATCH_SIZE}", "MSE", "mse", adam)


def one_cycle(updates, peak=1e-3, weight_decay=1e-4):
    """AdamW whose learning rate rises for a tenth of the run and falls along a cosine to zero (Smith 2018)."""
    import keras

    warm_up = updates // 10
    schedule = keras.optimizers.schedules.CosineDecay(
        peak / 25, updates - warm_up, warmup_target=peak, warmup_steps=warm_up
    )
    return keras.optimizers.AdamW(schedule, weight_decay=weight_decay, global_clipnorm=1.0)


def negative_psnr(truth, prediction):
    """Minus the PSNR of every image in dB, the metric itself, up to 50 dB: a flat image must not outweigh the rest."""
    from keras import ops

    mse = ops.mean(ops.square(truth - prediction), axis=(1, 2, 3))
    return 10 * ops.log(mse + 1e-5) / ops.log(10.0)


def start_at_patch_pca(model, train_u8):
    """Sets the linear path, `to_latent` and `from_latent`, to the principal components of 4 × 4 patches."""
    from ae.baselines import principal_axes

    encoder, decoder = model.get_layer("to_latent"), model.get_layer("from_latent")
    mean, components = principal_axes(train_u8, 4, encoder.filters)
    kernel = components.reshape(4, 4, 3, -1)
    encoder.set_weights([kernel, -mean @ components])
    decoder.set_weights([kernel, mean.reshape(16, 3).mean(0)])  # a transposed convolution has one bias a color


ONE_CYCLE = Recipe(
    "AdamW (weight decay 1e-4, gradients of norm 1 at most), one cycle of the learning rate up to 1e-3, minus PSNR as "
    f"the loss, batch size {BATCH_SIZE}, half of the images mirrored, the linear path started at the principal "
    "components of 4 × 4 patches",
    "minus PSNR, dB",
    negative_psnr,
    one_cycle,
    flips=True,
    start=start_at_patch_pca,
)


def colors_one_cycle(updates):
    return one_cycle(updates, peak=1.5e-3, weight_decay=1e-2)


def photo_colors_one_cycle(updates):
    return one_cycle(updates, peak=2.5e-3, weight_decay=1e-2)


def with_distribution(model):
    from ae.colorizer import with_distribution

    return with_distribution(model)


def cross_entropy(truth, logits):
    from ae.colorizer import cross_entropy

    return cross_entropy(truth, logits)


def measure_prior(model, train_u8):
    from ae.colorizer import measure_prior

    measure_prior(model, train_u8)


COLORS = Recipe(
    "AdamW (weight decay 1e-2, gradients of norm 1 at most), one cycle of the learning rate up to 1.5e-3, the "
    "cross-entropy of the colors plus 200 times the mean squared error as the loss, "
    f"batch size {BATCH_SIZE}, half of the images mirrored, half of them with 1 to 16 color hints",
    "cross-entropy + 200 MSE",
    {"rgb": "mse", "colors": cross_entropy},
    colors_one_cycle,
    flips=True,
    start=measure_prior,
    outputs=with_distribution,
    loss_weights={"rgb": 200.0, "colors": 1.0},
)
PHOTO_COLORS = replace(
    COLORS,
    text=COLORS.text.replace("1.5e-3", "2.5e-3") + ", random squares of 64 to 96 pixels resized to 64",
    optimizer=photo_colors_one_cycle,
    crop=64,
)
