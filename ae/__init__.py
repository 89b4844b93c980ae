"""A report's autoencoders for CIFAR-10: reconstruct a photo, colorize a photo.

>>> import ae
>>> model = ae.load("ir-best")
>>> reconstruction = model(photos)  # float32 (N, H, W, 3) in [0, 1], H and W divisible by 4
"""

from ae.models.catalog import ARCHITECTURES
from ae.models.weights import Source
from ae.models.weights import load as load_from


def list_models():
    """Returns the ids of all models, the report's order."""
    return list(ARCHITECTURES)


def load(model_id, weights=None):
    """Returns the `keras.Model` of that id with trained weights, in inference mode.

    Takes float32 (N, H, W, 3) for "ir-*" and (N, H, W, 1), luma, for "color-*", in [0, 1], with H and
    W divisible by 4, or 8 for "color-unet" and "color-photo"; these two also take luma with color hints,
    (N, H, W, 4), see `ae.models.colorizer.unet`. Gives RGB (N, H, W, 3), not clipped to [0, 1]. `weights` is
    a folder that holds `<model id>/model.weights.h5` (the bundled one if None).

    Raises ValueError for an unknown id or a file that does not fit, FileNotFoundError for none.
    """
    return load_from(model_id, Source(folder=weights))
