"""A photo in, four pictures out, each with how close it comes to the original."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from ae.image import metrics
from ae.image.color import luma, model_input
from ae.image.photos import boxes, center_square, is_gray, open_photo, to_array, to_image, to_pixels
from ae.models.architecture import import_keras
from ae.models.cache import MODELS
from ae.models.catalog import get
from ae.models.weights import Source
from ae.photo import tiles
from ae.photo.colorizer import VIVIDNESS, Colorizer, known
from ae.stages import stage

SIZE = 32
PICTURES = ("original", "grayscale", "reconstruction", "colorization")
# "ir-residual" is 1.7 dB nearer to a photo, which nobody sees, and takes three times as long for a large one.
DEFAULT_RECONSTRUCTOR, DEFAULT_COLORIZER = "ir-residual-s", "color-photo"
SSIM_SIDE = 256


@dataclass(frozen=True)
class Picture:
    """`image` is RGB; `metrics` compares it with the original, {} where that makes no sense.

    `weights` is the sentence on the weights that made it, "" where none did.
    """

    name: str
    image: Image.Image
    metrics: dict | None
    weights: str


def colorize(
    path,
    reconstructor,
    colorizer,
    source=Source(),
    colorizer_source=None,
    *,
    names=PICTURES,
    as_report=False,
    vividness=VIVIDNESS,
    detail=1.0,
    alternative=0,
    progress=lambda share, text: None,
):
    """Yields the `Picture`s of those `names` of the photo at `path`, all four if not told, each when it is asked for.

    Whoever lets go of one before the next has no more than two in memory. They have the photo's size; or `as_report`,
    which crops it to its central square and resizes that to 32 × 32.
    `vividness`, `detail` and `alternative` are those of `Colorizer.process`, `colorizer_source` is `source` if None;
    `progress` is called with the share that is done and what is being done.

    Metrics are "psnr" (dB), "ssim" and "accuracy" (the report's). A photo without colors has no accuracy, and
    nothing to compare its grayscale and its colorization with.

    Raises `PhotoError` for a file that is no usable photo, ValueError for an unknown model or setting.
    """
    settings = {"vividness": vividness, "detail": detail, "alternative": alternative}
    settings |= {"names": names, "as_report": as_report, "progress": progress}
    photo = opened(path, as_report)
    for picture in steps(photo, reconstructor, colorizer, source, colorizer_source or source, **settings):
        if picture.metrics is not None:
            yield picture
        del picture


def opened(path, as_report=False):
    """Returns the photo at `path`, an RGB image, as large as it is worked on. Raises as `open_photo` does."""
    photo = open_photo(path)
    return center_square(photo, SIZE) if as_report else photo


def steps(photo, reconstructor, colorizer, source, colorizer_source, *, names, as_report, progress, **settings):
    """As `colorize`, of an `opened` photo; yields every `Picture` before it is compared, too: with no `metrics`."""

    def colorization():
        progress(0.8, "Colorizing")
        model = Colorizer.load(colorizer, colorizer_source, as_report)
        return model.process(photo, **settings), model.weights

    make = {
        "original": lambda: (photo, ""),
        "grayscale": lambda: (grayscale(photo), ""),
        "reconstruction": lambda: reconstruct(photo, reconstructor, source, progress),
        "colorization": colorization,
    }
    without_colors = is_gray(photo)
    for name in names:
        image, weights = make[name]()
        yield Picture(name, image, None, weights)
        comparable = name == "reconstruction" or name != "original" and not without_colors
        if name == names[-1]:
            progress(0.9, "Comparing")
        yield Picture(name, image, compare(photo, image, without_colors) if comparable else {}, weights)
        del image


def reconstruct_photo(path, reconstructor, source=Source(), progress=lambda share, text: None):
    """Returns the photo at `path` as the model gives it back, an RGB image of its size, and a sentence on the weights.

    Raises as `colorize` does.
    """
    return reconstruct(open_photo(path), reconstructor, source, progress)


@stage("reconstruct")
def reconstruct(photo, model_id, source=Source(), progress=lambda share, text: None):
    """Returns the RGB image `photo` as the model gives it back, an image of its size, and a sentence on the weights."""
    architecture = known(model_id, "reconstruct")
    progress(0, "Reconstructing")
    network, weights = MODELS.get(model_id, source)
    _, networks = import_keras()
    image = tiles.map_tiles(
        network.predict_on_batch,
        photo,
        architecture.multiple,
        *networks.surroundings(network),
        lambda share: progress(0.8 * share, "Reconstructing"),
    )
    return image, weights


def grayscale(photo):
    """Returns the luma of the RGB image `photo`, as an RGB image."""
    result = Image.new("RGB", photo.size)
    for box in boxes(photo.size):
        result.paste(to_image(luma(to_array(photo.crop(box)))), box)
    return result


def gallery(path, model_ids, source=Source()):
    """Returns RGB images at 32 × 32: the photo at `path`, then what every model of `model_ids` makes of it."""
    photo = center_square(open_photo(path), SIZE)
    rgb = to_array(photo)[None]
    return [photo, *(to_image(predict(i, model_input(rgb, get(i).task), source)[0][0]) for i in model_ids)]


def predict(model_id, images, source=Source()):
    """Returns the model's output for float32 (N, H, W, C) in [0, 1], and a sentence on its weights."""
    network, weights = MODELS.get(model_id, source)
    return network.predict_on_batch(images), weights


@stage("compare")
def compare(original, image, without_colors=False):
    """Returns {"psnr", "ssim", "accuracy"} of an RGB image; without colors there is no accuracy.

    SSIM is that of the two pictures reduced by a whole number to a shorter side of about 256, as its authors advise;
    a side that is shorter than its window is continued in mirror image.
    """
    errors, accuracies, counts = [], [], []
    for box in boxes(original.size):
        truth, prediction = (to_pixels(picture.crop(box))[None] for picture in (original, image))
        errors.append(metrics.mse(truth, prediction)[0])
        accuracies.append(0 if without_colors else metrics.accuracy(truth, prediction)[0])
        counts.append(truth.size)
    mse = np.average(errors, weights=counts)
    values = {"psnr": float(metrics.decibels(mse)), "ssim": _ssim(original, image)}
    if not without_colors:
        values["accuracy"] = float(np.average(accuracies, weights=counts))
    return values


def _ssim(original, image):
    """In parts, each with the pixels around it that belong to its windows."""
    factor = max(1, round(min(original.size) / SSIM_SIDE))
    reduced = [picture.reduce(factor) if factor > 1 else picture for picture in (original, image)]
    beyond = metrics.SSIM_WINDOW - 1
    missing = [max(0, beyond + 1 - side) for side in reduced[0].size[::-1]]
    windows = [side + added - beyond for side, added in zip(reduced[0].size[::-1], missing)]
    values, counts = [], []
    for left, top, right, bottom in boxes(windows[::-1]):
        parts = (
            picture.crop((left, top, min(right + beyond, picture.width), min(bottom + beyond, picture.height)))
            for picture in reduced
        )
        truth, prediction = (to_pixels(part, missing, "symmetric")[None] for part in parts)
        values.append(metrics.ssim(truth, prediction)[0])
        counts.append((right - left) * (bottom - top))
    return float(np.average(values, weights=counts))
