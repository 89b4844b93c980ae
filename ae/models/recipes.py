"""How a model is trained, as data: `ae.training.ingredients` has the functions that a recipe names."""

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
    """`loss` is the name of a loss, Keras's or ours, `loss_name` what the page calls it.

    The optimizer is Adam as it comes; or where there are `peaks`, AdamW with that `weight_decay`, whose learning rate
    rises to each of them in turn and falls to zero, a cycle each. `first` is the share of a run's epochs that comes
    before the second cycle, in which alone there are crops; it is 0 where there is one cycle. `text` may name the
    epochs of both, {first} and {second}. `flips` mirrors half of the images, drawn anew every epoch. `start`, if any,
    is called with the untrained model and the training images, uint8 (N, H, W, 3). `outputs`, if any, makes of the
    model the one that is trained, with several outputs, each having its `loss` and `loss_weights`; the model's own is
    "rgb". `crop`, if any, says what squares of the images it is trained on.
    """

    text: str
    loss_name: str
    loss: str | dict
    peaks: tuple[float, ...] = ()
    weight_decay: float = 0.0
    flips: bool = False
    start: str | None = None
    outputs: str | None = None
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


REPORT = Recipe(f"Adam with default parameters, mean squared error, batch size {BATCH_SIZE}", "MSE", "mse")

ONE_CYCLE = Recipe(
    "AdamW (weight decay 1e-4, gradients of norm 1 at most), one cycle of the learning rate up to 1e-3, minus PSNR as "
    f"the loss, batch size {BATCH_SIZE}, half of the images mirrored, the linear path started at the principal "
    "components of 4 × 4 patches",
    "minus PSNR, dB",
    "negative_psnr",
    peaks=(1e-3,),
    weight_decay=1e-4,
    flips=True,
    start="start_at_patch_pca",
)

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
    {"rgb": "mse", "colors": "cross_entropy"},
    peaks=(1.5e-3, 7e-4),
    weight_decay=1e-2,
    flips=True,
    start="measure_prior",
    outputs="with_distribution",
    loss_weights={"rgb": 200.0, "colors": 1.0},
    crop=Crop(side=32, smallest=24, margin=4),
    first=28 / 60,
)
PHOTO_COLORS = replace(
    COLORS,
    text=COLORS_TEXT.format(
        cycles="one cycle of the learning rate up to 2.5e-3", crops="random squares of 64 to 96 pixels resized to 64"
    ),
    peaks=(2.5e-3,),
    crop=Crop(side=64, smallest=64),
    first=0.0,
)
