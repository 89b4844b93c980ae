"""How a model is trained: the loss, the optimizer, what is done to the images, and where the weights start."""

from collections.abc import Callable
from dataclasses import dataclass, replace

BATCH_SIZE = 32


@dataclass(frozen=True)
class Crop:
    """Random squares of `smallest` pixels or more, resized to `side`.

    They reach up to `margin` pixels beyond the border, where the image goes on as its mirror image.
    """

    side: int
    smallest: int
    margin: int = 0


@dataclass(frozen=True)
class Recipe:
    """`loss` is Keras's or a function of (truth, prediction), `loss_name` what the page calls it.

    `first` is the share of a run's epochs that comes before its second cycle, in which alone there are crops; it is 0
    where there is one cycle. `optimizer` is made from the number of updates in the run and in its first cycle, and
    `text` may name the epochs of both, {first} and {second}. `flips` mirrors half of the images, drawn anew every
    epoch. `start`, if any, is called with the untrained model and the training images, uint8 (N, H, W, 3).
    `outputs`, if any, makes of the model the one that is trained, with several outputs, each having its `loss`
    and `loss_weights`; the model's own is "rgb". `crop`, if any, says what squares of the images it is trained on.
    """

    text: str
    loss_name: str
    loss: str | Callable | dict
    optimizer: Callable
    flips: bool = False
    start: Callable | None = None
    outputs: Callable | None = None
    loss_weights: dict | None = None
    crop: Crop | None = None
    first: float = 0.0

    def first_epochs(self, epochs):
        """Returns how many of a run's `epochs` come before its second cycle and its crops."""
        return round(self.first * epochs)

    def describe(self, epochs):
        """Returns the `text` for a run of that many epochs."""
        first = self.first_epochs(epochs)
        return self.text.format(first=first, second=epochs - first)


def adam(updates, first):
    import keras

    return keras.optimizers.Adam()


REPORT = Recipe(f"Adam with default parameters, mean squared error, batch size {BATCH_SIZE}", "MSE", "mse", adam)


def one_cycle(updates, first, peak=1e-3, weight_decay=1e-4):
    """AdamW whose learning rate rises for a tenth of the run and falls along a cosine to zero (Smith 2018)."""
    return _adamw(_cycle(updates, peak), weight_decay)


def _adamw(learning_rate, weight_decay):
    import keras

    return keras.optimizers.AdamW(learning_rate, weight_decay=weight_decay, global_clipnorm=1.0)


def _cycle(updates, peak):
    import keras

    warm_up = updates // 10
    falling = max(1, updates - warm_up)  # the shortest run, of one update, has a cycle without any
    return keras.optimizers.schedules.CosineDecay(peak / 25, falling, warmup_target=peak, warmup_steps=warm_up)


def negative_psnr(truth, prediction):
    """Minus the PSNR of every image in dB, the metric itself, up to 50 dB: a flat image must not outweigh the rest."""
    from keras import ops

    mse = ops.mean(ops.square(truth - prediction), axis=(1, 2, 3))
    return 10 * ops.log(mse + 1e-5) / ops.log(10.0)


def start_at_patch_pca(model, train_u8):
    """Sets the linear path, `to_latent` and `from_latent`, to the principal components of 4 × 4 patches."""
    from ae.models.baselines import principal_axes

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


def colors_two_cycles(updates, first):
    """AdamW, its rate in two cycles: in the `first` updates up to 1.5e-3, in the others up to 7e-4."""
    import keras

    cycles = _cycle(first, 1.5e-3), _cycle(updates - first, 7e-4)

    class TwoCycles(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return keras.ops.where(step < first, cycles[0](step), cycles[1](step - first))

    return _adamw(TwoCycles(), 1e-2)


def photo_colors_one_cycle(updates, first):
    return one_cycle(updates, first, peak=2.5e-3, weight_decay=1e-2)


def with_distribution(model):
    from ae.models.colorizer import with_distribution

    return with_distribution(model)


def cross_entropy(truth, logits):
    from ae.models.colorizer import cross_entropy

    return cross_entropy(truth, logits)


def measure_prior(model, train_u8):
    from ae.models.colorizer import measure_prior

    measure_prior(model, train_u8)


COLORS_TEXT = (
    "AdamW (weight decay 1e-2, gradients of norm 1 at most), {cycles}, the cross-entropy of the colors plus 200 times "
    f"the mean squared error as the loss, batch size {BATCH_SIZE}, half of the images mirrored, half of them with 1 to "
    "16 color hints, {crops}"
)
COLORS = Recipe(
    COLORS_TEXT.format(
        cycles="two cycles of the learning rate, {first} epochs up to 1.5e-3 and {second} up to 7e-4",
        crops="in the second cycle random squares of 24 to 40 pixels (beyond the border the mirror image) resized to "
        "32",
    ),
    "cross-entropy + 200 MSE",
    {"rgb": "mse", "colors": cross_entropy},
    colors_two_cycles,
    flips=True,
    start=measure_prior,
    outputs=with_distribution,
    loss_weights={"rgb": 200.0, "colors": 1.0},
    crop=Crop(side=32, smallest=24, margin=4),
    first=28 / 60,
)
PHOTO_COLORS = replace(
    COLORS,
    text=COLORS_TEXT.format(
        cycles="one cycle of the learning rate up to 2.5e-3", crops="random squares of 64 to 96 pixels resized to 64"
    ),
    optimizer=photo_colors_one_cycle,
    crop=Crop(side=64, smallest=64),
    first=0.0,
)
