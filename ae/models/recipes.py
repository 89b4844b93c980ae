"""How a model is trained, as data: `ae.training.ingredients` has the functions that a recipe names."""

from dataclasses import dataclass, replace

BATCH_SIZE = 32


@dataclass(frozen=True)
class Crop:
    """Random squares of `smallest` pixels or more, resized to each of the `sides` in an equal part of the run.

    They reach up to `margin` pixels beyond the border, where the image goes on as its mirror image. A share of them,
    `coarse`, shows no more than a small photo does: they are reduced to 0.4 to 0.7 of their side first.
    """

    sides: tuple[int, ...]
    smallest: int
    margin: int = 0
    coarse: float = 0.0


@dataclass(frozen=True)
class Recipe:
    """`loss` is the name of a loss, Keras's or ours, `loss_name` what the page calls it.

    The optimizer is Adam as it comes; or where there are `peaks`, AdamW with that `weight_decay`, whose learning rate
    rises to each of them in turn and falls to zero, a cycle each. `first` is the share of a run's epochs that comes
    before the second cycle, in which alone there are crops; it is 0 where there is one cycle. `text` may name the
    epochs of both, {first} and {second}. `flips` mirrors half of the images, drawn anew every epoch. `start`, if any,
    is called with the untrained model and the training images, uint8 (N, H, W, 3). `outputs`, if any, makes of the
    model the one that is trained, with several outputs, each having its `loss` and `loss_weights`; the model's own is
    "rgb". `crop`, if any, says what squares of the images it is trained on, `hinted` how many of them have hints, as
    squares with sides of up to `largest_hint` of the image's.
    `aged`: half of them have the luma of old photos. `balanced`: kinds of photos are drawn in proportion to the square
    root of their number. `backbone_rate` is the learning rate of a pretrained encoder, as a share of the decoder's.
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
    hinted: float = 0.5
    largest_hint: float = 1 / 8
    aged: bool = False
    balanced: bool = False
    backbone_rate: float = 1.0

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
    crop=Crop(sides=(32,), smallest=24, margin=4),
    first=28 / 60,
)
PHOTO_COLORS = replace(
    COLORS,
    text="AdamW (weight decay 1e-2, gradients of norm 1 at most), one cycle of the learning rate up to 2e-3, a tenth "
    "of it for the pretrained encoder, whose first block stays as it is; the cross-entropy of the colors plus "
    f"200 times the mean squared error as the loss, batch size {BATCH_SIZE}; random squares of half the photo's side "
    "and more, resized to 128, then 160, then 192 pixels, for a third of the run each; half of them mirrored, half "
    "with the luma of old photos (contrast, gamma, grain, blur, JPEG traces), half with 1 to 16 color hints, three "
    "tenths as coarse as small photos; kinds of photos drawn in proportion to the square root of their number",
    peaks=(2e-3,),
    start="start_pretrained",
    crop=Crop(sides=(128, 160, 192), smallest=96, coarse=0.3),
    first=0.0,
    largest_hint=1 / 3,
    aged=True,
    balanced=True,
    backbone_rate=0.1,
)
