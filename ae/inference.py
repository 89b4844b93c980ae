"""A photo in, four pictures out, each with how close it comes to the original."""

import threading
import time
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image

from ae import metrics
from ae.architectures import ARCHITECTURES, get
from ae.color import luma
from ae.photos import PhotoError, center_square, is_gray, open_photo, to_array, to_image
from ae.weights import Source, load_or_bundled

SIZE = 32
RETRY_AFTER_S = 600
MODELS_IN_MEMORY = 24

_importing = threading.Lock()


@dataclass(frozen=True)
class Picture:
    """`image` is RGB; `metrics` compares it with the original, {} where that makes no sense."""

    name: str
    image: Image.Image
    metrics: dict


def colorize(path, reconstructor, colorizer, source=Source()):
    """Returns four `Picture`s of the photo at `path` and the sentences that say which weights made them.

    The photo is cropped to its central square and resized to 32 × 32, as in the report; its pictures are
    named "original", "grayscale", "reconstruction" and "colorization". Metrics are "psnr" (dB), "ssim" and
    "accuracy" (the report's). A photo without colours has no accuracy, and nothing to compare its
    grayscale and its colorization with.

    Raises `PhotoError` for a file that is no usable photo, ValueError for an unknown model.
    """
    if path is None:
        raise PhotoError("No photo was given. Choose one, or take one of the examples.")
    for model_id, task in ((reconstructor, "reconstruct"), (colorizer, "colorize")):
        known = [architecture.id for architecture in ARCHITECTURES.values() if architecture.task == task]
        if model_id not in known:
            raise ValueError(f"Expected a model that can {task}: {', '.join(known)}. Received: {model_id!r}")
    photo = center_square(open_photo(path), SIZE)
    original = to_array(photo)[None]
    gray = luma(original)
    reconstruction, reconstructor_weights = predict(reconstructor, original, source)
    colorization, colorizer_weights = predict(colorizer, gray, source)

    without_colors = is_gray(photo)
    pictures = [Picture("original", photo, {})]
    for name, picture in (("grayscale", gray), ("reconstruction", reconstruction), ("colorization", colorization)):
        image = to_image(picture[0])
        comparable = not without_colors or name == "reconstruction"
        pictures.append(Picture(name, image, compare(photo, image, without_colors) if comparable else {}))
    return pictures, list(dict.fromkeys([reconstructor_weights, colorizer_weights]))


def gallery(path, model_ids, source=Source()):
    """Returns RGB images at 32 × 32: the photo at `path`, then what every model of `model_ids` makes of it."""
    photo = center_square(open_photo(path), SIZE)
    rgb = to_array(photo)[None]
    inputs = {"reconstruct": rgb, "colorize": luma(rgb)}
    return [photo, *(to_image(predict(i, inputs[get(i).task], source)[0][0]) for i in model_ids)]


def import_keras():
    """Imports Keras and its backend, one thread at a time: TensorFlow breaks when two begin it at once."""
    with _importing:
        import keras  # noqa: F401


def predict(model_id, images, source=Source()):
    """Returns the model's output for float32 (N, H, W, C) in [0, 1], and a sentence on its weights."""
    import_keras()
    model, weights = _load(model_id, source, int(time.time() // RETRY_AFTER_S))
    return model.predict_on_batch(images), weights


@lru_cache(maxsize=MODELS_IN_MEMORY)
def _load(model_id, source, period):
    """A new `period` asks the source again: a Hub that was out of reach may be back."""
    return load_or_bundled(model_id, source)


def compare(original, image, without_colors=False):
    """Returns {"psnr", "ssim", "accuracy"} of an RGB image; without colours there is no accuracy."""
    truth, prediction = np.asarray(original)[None], np.asarray(image)[None]
    names = ("psnr", "ssim") if without_colors else ("psnr", "ssim", "accuracy")
    return {name: float(getattr(metrics, name)(truth, prediction)[0]) for name in names}
