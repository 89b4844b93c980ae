"""A photo in, four pictures out, each with how close it comes to the original."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from ae.image import metrics
from ae.image.color import chroma, fit_chroma, luma, model_input
from ae.image.photos import boxes, center_square, is_gray, open_photo, to_array, to_image
from ae.models.architecture import import_keras
from ae.models.cache import MODELS
from ae.models.catalog import ARCHITECTURES, get
from ae.models.weights import Source
from ae.photo import guided, strokes, tiles
from ae.stages import stage

SIZE = 32
PICTURES = ("original", "grayscale", "reconstruction", "colorization")
LONGEST_SIDE = 2048  # of what a colorizer is given: a strip of a million by eight pixels must not become huge
DEFAULT_RECONSTRUCTOR, DEFAULT_COLORIZER = "ir-residual", "color-photo"
VIVIDNESS = 0.5
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
    progress=lambda share, text: None,
):
    """Yields the `Picture`s of those `names` of the photo at `path`, all four if not told, each when it is asked for.

    Whoever lets go of one before the next has no more than two in memory. They have the photo's size; or `as_report`,
    which crops it to its central square and resizes that to 32 × 32.
    `vividness` and `detail` are those of `colorize_photo`, `colorizer_source` is `source` if None; `progress` is
    called with the share that is done and what is being done.

    Metrics are "psnr" (dB), "ssim" and "accuracy" (the report's). A photo without colors has no accuracy, and
    nothing to compare its grayscale and its colorization with.

    Raises `PhotoError` for a file that is no usable photo, ValueError for an unknown model or setting.
    """
    settings = {"names": names, "as_report": as_report, "vividness": vividness, "detail": detail, "progress": progress}
    for picture in steps(path, reconstructor, colorizer, source, colorizer_source or source, **settings):
        if picture.metrics is not None:
            yield picture
        del picture


def steps(path, reconstructor, colorizer, source, colorizer_source, *, names, as_report, vividness, detail, progress):
    """As `colorize`, and yields every `Picture` before it is compared, too: its `metrics` are None then."""
    photo = open_photo(path)
    if as_report:
        photo = center_square(photo, SIZE)
    make = {
        "original": lambda: (photo, ""),
        "grayscale": lambda: (grayscale(photo), ""),
        "reconstruction": lambda: _reconstruct(photo, reconstructor, source, progress),
        "colorization": lambda: _colorize(
            photo, colorizer, colorizer_source, vividness, detail, as_report, progress=progress
        ),
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
    return _reconstruct(open_photo(path), reconstructor, source, progress)


def colorize_photo(path, colorizer, source=Source(), *, vividness=VIVIDNESS, detail=1.0, painted=None):
    """Returns the photo at `path` in the model's colors, an RGB image of its size, and a sentence on the weights.

    The model sees the photo at the size that it was trained on, times `detail` in [1, 2], and the photo keeps its own
    luma. `vividness` in [0, 1] goes from the mean of the likely colors, safe and grayish, to the most colorful of
    them; the report's colorizer has no such choice. `painted` is an RGBA picture of strokes over the photo, of any
    size: their colors spread over what is near and alike, for the models that take hints.

    Raises as `colorize` does.
    """
    return _colorize(open_photo(path), colorizer, source, vividness, detail, painted=painted)


def colorize_frame(
    frame, colorizer, source=Source(), *, vividness=VIVIDNESS, detail=1.0, hold=lambda y, chroma: chroma
):
    """Returns the RGB image `frame`, one of a film's, in the model's colors, as `colorize_photo` does.

    `hold` is given luma (h, w, 1) and the chroma (h, w, 2) predicted for it, float32, both as small as the model sees
    the frame, and returns the chroma to use.
    """
    return _colorize(frame, colorizer, source, vividness, detail, hold=hold)[0]


@stage("reconstruct")
def _reconstruct(photo, model_id, source, progress):
    architecture = _known(model_id, "reconstruct")
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


@stage("colorize")
def _colorize(
    photo,
    model_id,
    source,
    vividness,
    detail,
    as_report=False,
    painted=None,
    progress=lambda share, text: None,
    hold=lambda y, chroma: chroma,
):
    architecture = _known(model_id, "colorize")
    if not 0 <= vividness <= 1:
        raise ValueError(f"Expected a vividness from 0 to 1. Received: {vividness}")
    if not 1 <= detail <= 2:
        raise ValueError(f"Expected a detail from 1 to 2. Received: {detail}")
    if painted is not None and not architecture.takes_hints:
        raise ValueError(f"Expected a model that takes strokes of color. {architecture.title} takes none.")
    progress(0.8, "Colorizing")
    network, weights = MODELS.get(model_id, source)
    if as_report and not architecture.takes_hints:
        return to_image(network.predict_on_batch(luma(to_array(photo))[None])[0]), weights

    size = photo.size if as_report else _model_size(photo.size, architecture, detail)
    y = luma(to_array(photo.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)))
    if not architecture.takes_hints:
        return _with_chroma(photo, y, hold(y, chroma(np.clip(network.predict_on_batch(y[None])[0], 0, 1)))), weights
    hints = strokes.to_hints(painted or Image.new("RGBA", size), size)
    predicted = _chroma(network, np.concatenate([y, np.zeros_like(hints)], -1), vividness)
    image = _with_chroma(photo, y, hold(y, predicted))
    if hints.any():
        where = strokes.mask(photo, y, painted, hints)
        answered = _chroma(network, np.concatenate([y, hints], -1), vividness)
        image = _with_chroma(photo, y, strokes.follow(answered, y, hints), where, image)
        strokes.lay_over(image, photo, painted)
    return image, weights


def _with_chroma(photo, y, chroma, mask=None, result=None):
    """As `guided.colorize`, which a photo of the model's own size has no need of."""
    if y.shape[:2] != photo.size[::-1]:
        return guided.colorize(photo, y, chroma, mask, result)
    image = to_image(fit_chroma(y, chroma))
    return Image.composite(image, result, mask) if mask else image


def grayscale(photo):
    """Returns the luma of the RGB image `photo`, as an RGB image."""
    result = Image.new("RGB", photo.size)
    for box in boxes(photo.size):
        result.paste(to_image(luma(to_array(photo.crop(box)))), box)
    return result


def _chroma(network, inputs, vividness):
    return MODELS.heads(network)(inputs[None], vividness)[0]


def _model_size(size, architecture, detail):
    """The (width, height) that a colorizer is given of a photo of that size: the same aspect, in whole multiples."""
    scale = detail * architecture.size / min(size)
    multiple = architecture.multiple
    return tuple(multiple * max(1, round(min(scale * side, LONGEST_SIDE) / multiple)) for side in size)


def _known(model_id, task):
    architecture = get(model_id)
    if architecture.task != task:
        known = [architecture.id for architecture in ARCHITECTURES.values() if architecture.task == task]
        raise ValueError(f"Expected a model that can {task}: {', '.join(known)}. Received: {model_id!r}")
    return architecture


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
        truth, prediction = (np.asarray(picture.crop(box))[None] for picture in (original, image))
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
    missing = [(0, max(0, beyond + 1 - side)) for side in reduced[0].size[::-1]]
    windows = [side + added - beyond for side, (_, added) in zip(reduced[0].size[::-1], missing)]
    values, counts = [], []
    for left, top, right, bottom in boxes(windows[::-1]):
        parts = (
            picture.crop((left, top, min(right + beyond, picture.width), min(bottom + beyond, picture.height)))
            for picture in reduced
        )
        truth, prediction = (np.pad(part, (*missing, (0, 0)), "symmetric")[None] for part in parts)
        values.append(metrics.ssim(truth, prediction)[0])
        counts.append((right - left) * (bottom - top))
    return float(np.average(values, weights=counts))
