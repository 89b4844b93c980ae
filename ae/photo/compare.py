"""One photo, what every model and every baseline of a task makes of it, best first."""

import math
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from ae.image.color import to_u8
from ae.image.metrics import METRICS
from ae.image.photos import center_square, is_gray, open_photo, to_array
from ae.models import predictors
from ae.models.architecture import TASKS
from ae.models.baselines import BASELINES
from ae.models.cache import MODELS
from ae.photo import pipeline
from ae.photo.colorizer import Colorizer, painter
from ae.photo.memory import share_for

LONGEST = 1024  # pixels: a side of a photo that is compared at its own size


@dataclass(frozen=True)
class Result:
    """A model's or baseline's picture of the photo, or the `reason` why there is none (`image` is None).

    `image` is RGB of the photo's size; `metrics` compares it with the original, {} where that makes no sense. `latent`
    is how many numbers stand for the photo, as large as the model sees it; without a picture it and `parameters` are
    None. `weights` is the sentence on a model's weights.
    """

    id: str
    title: str
    parameters: int | None = None
    latent: int | None = None
    image: Image.Image | None = None
    metrics: dict = field(default_factory=dict)
    weights: str = ""
    reason: str = ""

    @property
    def exact(self):
        return self.id in BASELINES and BASELINES[self.id].exact


def rank(path, task, models, progress=lambda share, text: None, own_size=False):
    """Returns the photo at `path`, cropped to its central square at 32 × 32, and a list of `Result`s, best PSNR first.

    At its `own_size` it is whole, no side of it over `LONGEST` pixels, and there are no baselines: they are made for
    32 × 32.

    `task` is "reconstruct" or "colorize", `models` a list of (title, model id, `Source`) of that task; the task's
    baselines follow them. Metrics are "psnr" (dB), "ssim" and "accuracy" (the report's). A photo without colors has
    no accuracy, and nothing to compare a colorization with: those stay as listed. What cannot be computed comes
    last, after what is `exact` and so has no rank. `progress` is called with the share that is done, in [0, 1], and
    the title at hand.

    Raises `PhotoError` for a file that is no usable photo, ValueError for an unknown task.
    """
    if task not in TASKS:
        raise ValueError(f"Expected one of the tasks {', '.join(TASKS)}. Received: {task!r}")
    with share_for(path):
        photo = open_photo(path)
        if own_size:
            photo.thumbnail((LONGEST, LONGEST))
        else:
            photo = center_square(photo, pipeline.SIZE)
    if own_size:
        without_colors = is_gray(photo)
        results = [
            _result_at_own_size(photo, without_colors, task, model, progress, number / len(models))
            for number, model in enumerate(models)
        ]
        return photo, sorted(results, key=_order)
    original = to_array(photo)[None]
    compared = models + [(baseline.title, i, None) for i, baseline in BASELINES.items() if baseline.task == task]

    made, predictions, failed = [], [], []
    for number, (title, i, source) in enumerate(compared):
        progress(number / len(compared), title)
        try:
            predictor = _load(i, source)
            predictions.append(painter(predictor)(original, 0))
            made.append((title, predictor))
        except (ValueError, OSError) as error:
            failed.append(Result(i, title, reason=str(error)))
    pictures_u8 = to_u8(np.concatenate(predictions))
    results = [
        Result(predictor.record.id, title, *_sizes(predictor), Image.fromarray(picture_u8), values, predictor.weights)
        for (title, predictor), picture_u8, values in zip(made, pictures_u8, _compare(photo, pictures_u8, task))
    ]
    return photo, sorted(results + failed, key=_order)


def _order(result):
    """The best first, what is exact after them, what there is no picture of last."""
    return result.image is None, result.exact, -result.metrics.get("psnr", 0)


def _result_at_own_size(photo, without_colors, task, model, progress, share):
    title, i, source = model
    progress(share, title)
    try:
        predictor = _load(i, source)
        if task == "colorize":
            colorizer = Colorizer(i, predictor.network)
            image, seen = colorizer.process(photo), colorizer.seen_size(photo.size)
        else:
            image, _ = pipeline.reconstruct(photo, i, source)
            seen = photo.size
    except (ValueError, OSError) as error:
        return Result(i, title, reason=str(error))
    nothing_to_compare = without_colors and task == "colorize"
    metrics = {} if nothing_to_compare else pipeline.compare(photo, image, without_colors)
    sizes = predictor.facts["parameters"], _latent_of(predictor.facts, seen)
    return Result(i, title, *sizes, image, metrics, predictor.weights)


def _latent_of(facts, size):
    """Returns how many numbers the model keeps of a photo of that size, (width, height), from its facts at 32 × 32."""
    _, (side, _, channels), _ = facts["layers"][facts["latent_layer"]]
    return channels * math.prod(math.ceil(length * side / pipeline.SIZE) for length in size)


def _load(i, source):
    return predictors.of_baseline(i) if i in BASELINES else predictors.of_model(i, *MODELS.get(i, source))


def _sizes(predictor):
    return predictor.facts["parameters"], predictor.facts["latent"]


def _compare(photo, pictures_u8, task):
    """Returns the metrics of every picture, uint8 (N, 32, 32, 3): those of `pipeline.compare`, all at once."""
    without_colors = is_gray(photo)
    if without_colors and task == "colorize":
        return [{} for _ in pictures_u8]
    names = ("psnr", "ssim") if without_colors else ("psnr", "ssim", "accuracy")
    columns = [METRICS[name].function(np.asarray(photo)[None], pictures_u8).tolist() for name in names]
    return [dict(zip(names, row)) for row in zip(*columns)]
