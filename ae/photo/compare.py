"""One photo, what every model and every baseline of a task makes of it, best first."""

from dataclasses import dataclass, field
from functools import lru_cache, partial

import numpy as np
from PIL import Image

from ae.evaluation import measure
from ae.image import metrics
from ae.image.color import model_input, to_u8
from ae.image.photos import center_square, is_gray, open_photo, to_array
from ae.models import baselines
from ae.models.architecture import TASKS
from ae.models.baselines import BASELINES
from ae.models.weights import BUNDLED
from ae.photo import pipeline


@dataclass(frozen=True)
class Result:
    """A model's or baseline's picture of the photo, or the `reason` why there is none (`image` is None).

    `image` is RGB at 32 × 32; `metrics` compares it with the original, {} where that makes no sense. `parameters`
    and `latent` (how many numbers stand for the photo) are None of a model that results.json does not have.
    `weights` is the sentence on a model's weights.
    """

    id: str
    title: str
    parameters: int | None
    latent: int | None
    image: Image.Image | None = None
    metrics: dict = field(default_factory=dict)
    weights: str = ""
    reason: str = ""


def rank(path, task, models, progress=lambda share, text: None):
    """Returns the photo at `path`, cropped to its central square at 32 × 32, and a list of `Result`s, best PSNR first.

    `task` is "reconstruct" or "colorize", `models` a list of (title, model id, `Source`) of that task; the task's
    baselines follow them. Metrics are "psnr" (dB), "ssim" and "accuracy" (the report's). A photo without colors has
    no accuracy, and nothing to compare a colorization with: those stay as listed. What cannot be computed comes
    last. `progress` is called with the share that is done, in [0, 1], and the title at hand.

    Raises `PhotoError` for a file that is no usable photo, ValueError for an unknown task.
    """
    if task not in TASKS:
        raise ValueError(f"Expected one of the tasks {', '.join(TASKS)}. Received: {task!r}")
    photo = center_square(open_photo(path), pipeline.SIZE)
    original = to_array(photo)[None]
    images = model_input(original, task)
    runs = [(i, title, partial(pipeline.predict, i, images, source)) for title, i, source in models]
    runs += [
        (baseline.id, baseline.title, partial(_predict, baseline, original))
        for baseline in BASELINES.values()
        if baseline.task == task
    ]

    made, predictions, failed = [], [], []
    for number, (i, title, predict) in enumerate(runs):
        progress(number / len(runs), title)
        facts = i, title, *_sizes(i)
        try:
            prediction, weights = predict()
            predictions.append(prediction)
            made.append((facts, weights))
        except (ValueError, OSError) as error:
            failed.append(Result(*facts, reason=str(error)))
    pictures_u8 = to_u8(np.concatenate(predictions))
    results = [
        Result(*facts, Image.fromarray(picture_u8), compared, weights)
        for (facts, weights), picture_u8, compared in zip(made, pictures_u8, _compare(photo, pictures_u8, task))
    ]
    return photo, sorted(results, key=lambda result: -result.metrics.get("psnr", 0)) + failed


@lru_cache
def _sizes(i):
    """Returns (parameters, latent) as results.json has them."""
    measured = measure.read().get(i, {})
    return measured.get("parameters"), measured.get("latent")


def _compare(photo, pictures_u8, task):
    """Returns the metrics of every picture, uint8 (N, 32, 32, 3): those of `pipeline.compare`, all at once."""
    without_colors = is_gray(photo)
    if without_colors and task == "colorize":
        return [{} for _ in pictures_u8]
    names = ("psnr", "ssim") if without_colors else ("psnr", "ssim", "accuracy")
    columns = [getattr(metrics, name)(np.asarray(photo)[None], pictures_u8).tolist() for name in names]
    return [dict(zip(names, row)) for row in zip(*columns)]


def _predict(baseline, images):
    return _load(baseline.id)(images), ""


@lru_cache
def _load(baseline_id):
    return baselines.load(BASELINES[baseline_id], BUNDLED)
