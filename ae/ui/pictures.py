"""Pictures on their way to the browser: a preview to look at, and a file to keep."""

from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from threading import Lock

from gradio.utils import get_upload_folder
from PIL import Image

from ae.files import replace
from ae.image import photos

LONGEST_PREVIEW = 1600  # pixels; enough for a quarter of a wide screen, and for zooming in a little

_keeping = Lock()  # two that keep the same would write beside it under one name


def preview(photo, image, name):
    """Returns the path of the picture as a PNG file of at most `LONGEST_PREVIEW`, named after the photo."""
    scale = min(1, LONGEST_PREVIEW / max(image.size))
    size = [max(1, round(scale * side)) for side in image.size]
    small = image if scale == 1 else image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
    return _save(small, photo, name, ".png")


def full_size(photo, said, image, name, maker=""):
    """Returns the path of the whole picture: PNG, without loss, but a JPEG file for the larger picture of a JPEG.

    It keeps what the photo `said`, see `photos.said_by`; `maker` is the id of the model that has made it, if any.
    """
    suffix = ".png" if is_small(image) else photos.suffix_of_result(photo)
    return _save(image, photo, name, suffix, said=said, maker=maker)


def keep(data, name):
    """Returns the path of a file of that name with these bytes, the same for the same ones.

    It is never written in place, for another visitor may be reading it.
    """
    path = Path(get_upload_folder()) / sha256(data).hexdigest() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with _keeping:
        replace(path, lambda whole: whole.write_bytes(data))
    return str(path)


def is_small(image):
    """Whether its pixels are to be seen as squares."""
    return max(image.size) <= 64


def _save(image, photo, name, suffix, **metadata):
    cache = Path(get_upload_folder())
    cache.mkdir(parents=True, exist_ok=True)
    path = Path(mkdtemp(dir=cache)) / f"{Path(photo).stem}-{name}{suffix}"
    photos.save(image, path, **metadata)
    return str(path)
