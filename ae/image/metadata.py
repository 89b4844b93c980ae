"""What a photo's file says beside its pixels, and what the file of a result keeps of it."""

import io
import math
from contextlib import suppress

from PIL import ExifTags, Image, ImageCms

LONGEST_EXIF = 65_000  # bytes: a JPEG's segment ends there
SRGB = ImageCms.createProfile("sRGB")
SIDES = {ExifTags.Base.ExifImageWidth: 0, ExifTags.Base.ExifImageHeight: 1}


def read(photo):
    """Returns what is true of any upright result, too, of what the opened `photo` says: options of `Image.save`.

    That is its EXIF without orientation and thumbnail, its resolution, and the profile of an RGB photo. What is broken
    is left out. Of a PNG file all pixels are decoded for it, for its EXIF may come last.
    """
    said = _resolution(photo.info.get("dpi"))
    with suppress(Exception):
        if _is_rgb(photo.info.get("icc_profile")):
            said["icc_profile"] = photo.info["icc_profile"]
    with suppress(Exception):
        exif = photo.getexif()
        exif.pop(ExifTags.Base.Orientation, None)
        said["exif"] = exif.tobytes()
    return said


def of_result(said, size, maker):
    """Returns what a result of that `size` is saved with, of what `read` gave: options of `Image.save`.

    `maker`, a model's id, stands in the standard's field "Software". To the profile `to_profile` brings the result.
    """
    exif = Image.Exif()
    with suppress(Exception):
        exif.load(said["exif"])
        if ExifTags.IFD.Exif in exif:
            details = exif.get_ifd(ExifTags.IFD.Exif)
            details.update({tag: size[side] for tag, side in SIDES.items() if tag in details})
    return said | {"exif": _bytes(exif, maker) or _bytes(Image.Exif(), maker)}


def to_profile(image, icc_profile):
    """Returns the sRGB `image` in the colors of an RGB profile, as it is if that cannot be."""
    try:
        profile = ImageCms.getOpenProfile(io.BytesIO(icc_profile))
        return ImageCms.applyTransform(image, ImageCms.buildTransform(SRGB, profile, "RGB", "RGB"))
    except ImageCms.PyCMSError:
        return image


def _is_rgb(icc_profile):
    if not icc_profile:
        return False
    return ImageCms.getOpenProfile(io.BytesIO(icc_profile)).profile.xcolor_space.strip() == "RGB"


def _resolution(dpi):
    values = dpi if isinstance(dpi, tuple) else ()
    plausible = len(values) == 2 and all(math.isfinite(value) and 1 <= value < 65_536 for value in values)
    return {"dpi": tuple(map(float, values))} if plausible else {}


def _bytes(exif, maker):
    """Returns the EXIF with its maker, b"" where it is broken or longer than a file can hold."""
    try:
        exif[ExifTags.Base.Software] = f"Autoencoders, {maker}" if maker else "Autoencoders"
        written = exif.tobytes()
    except Exception:
        return b""
    return written if len(written) <= LONGEST_EXIF else b""
