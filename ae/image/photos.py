"""Photos: any picture file in, an upright 8-bit RGB image out, or a sentence that says why not."""

import io
import math
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageChops, ImageCms, UnidentifiedImageError

from ae.image import metadata
from ae.image.color import to_u8
from ae.stages import stage

# Raster formats only: an EPS, for one, would start Ghostscript.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF")
FORMATS_TO_TRY = "Use a JPEG, PNG, WebP, AVIF, GIF, BMP or TIFF file."
MAX_PIXELS = 50_000_000
COUNTED_SIDE = 8  # at least: Pillow keeps a pointer for every row, and of one pixel it would be most of the row
AT_ONCE = 250_000  # pixels of a photo: what is done with them takes up to 500 bytes each
ROWS = 256
GRAY_TOLERANCE = 8  # of 255: above what lossy formats leave in a gray photo, below any visible color
JPEG_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif")
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class PhotoError(ValueError):
    """A file that is not taken. The message is for a person: expected, received, what to do."""


@stage("decode")
def open_photo(path):
    """Returns the photo in the file `path` as a `PIL.Image.Image`: mode "RGB", upright, at full size.

    Of an animation it is the first frame. What is transparent becomes white, 16 bits are scaled to 8,
    and an embedded color profile is converted to sRGB. The size is checked before a pixel is decoded.

    Raises PhotoError for whatever is not such a photo: None, a file that is missing, empty, damaged or not a
    picture, more than `MAX_PIXELS`, or pixels without a known range.
    """
    rgb, method = _decode(path)
    return rgb if method is None else rgb.transpose(method)


def open_painted(path):
    """Returns the picture in the file `path` as it was painted: mode "RGBA". Raises PhotoError as above."""
    with _opened(path) as image:
        image.load()
        return image.convert("RGBA")


def count_pixels(path):
    """Returns how many pixels the picture in the file `path` has, from its header: none is decoded.

    A side counts as `COUNTED_SIDE` at least. Raises PhotoError as `open_photo` does.
    """
    with _opened(path) as image:
        return _count(*image.size)


def boxes(size):
    """Yields (left, top, right, bottom) of parts of at most `AT_ONCE` pixels, which together are a picture of `size`.

    `size` is (width, height). The parts are `ROWS` high, or higher where the picture is narrow.
    """
    width, height = size
    rows = min(height, max(ROWS, AT_ONCE // 4 // width))
    columns = min(width, AT_ONCE // rows)
    for top in range(0, height, rows):
        for left in range(0, width, columns):
            yield left, top, min(left + columns, width), min(top + rows, height)


def is_gray(image):
    """Whether the RGB `image` has no colors: all its channels within `GRAY_TOLERANCE` in every pixel."""
    return all(_spread(image.crop(box)) <= GRAY_TOLERANCE for box in boxes(image.size))


def center_square(image, size=32):
    """Returns the largest centered square of `image`, resized to size × size (none changes nothing)."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.crop((left, top, left + side, top + side)).resize((size, size), Image.Resampling.LANCZOS)


def suffix_of_result(path):
    """Returns the suffix of what is made of the photo at `path`: ".jpg" of a JPEG, ".png" of anything else."""
    return ".jpg" if Path(path).suffix.lower() in JPEG_SUFFIXES else ".png"


def said_by(path):
    """Returns what the photo in the file `path` says beside its pixels, for `save`; {} of a file that is no photo."""
    with suppress(PhotoError), _opened(path) as image:
        return metadata.read(image)
    return {}


@stage("encode")
def save(image, path, said=None, maker=""):
    """Saves the image as a JPEG file of high quality or, if `path` ends with ".png", without loss.

    A result of a photo keeps what `said_by` gave of that, see `metadata.of_result`; `maker` is the id of the model that
    made it.
    """
    options = {"compress_level": 1} if Path(path).suffix == ".png" else {"quality": 95, "subsampling": 0}
    if said is not None:
        options |= metadata.of_result(said, image.size, maker)
    if "icc_profile" in options:
        image = metadata.to_profile(image, options["icc_profile"])
    image.save(path, **options)


def to_array(image):
    """Returns the image as float32 (H, W, 3) in [0, 1]."""
    array = np.array(image.convert("RGB"), np.float32)
    array /= 255
    return array


def to_pixels(image, missing=(0, 0), mode="edge"):
    """Returns the RGB image as uint8 (H, W, 3), with so many (rows, columns) more below and right of it: `np.pad`'s."""
    pixels = np.asarray(image)
    return np.pad(pixels, [*((0, more) for more in missing), (0, 0)], mode) if any(missing) else pixels


def to_image(array):
    """Returns floats (H, W, 3 or 1) as an RGB image of 8 bits, rounded; what is outside [0, 1] is clipped."""
    pixels = to_u8(array)
    return Image.fromarray(np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3))))


@contextmanager
def _opened(path):
    """The image in a file: its size is checked, nothing is decoded. Failures become `PhotoError`s."""
    try:
        if path is None:
            raise PhotoError("No photo was given. Choose one, or take one of the examples.")
        if not Path(path).is_file():
            raise PhotoError(f"There is no file called {Path(path).name!r}. Choose the photo again.")
        if Path(path).stat().st_size == 0:
            raise PhotoError("This file is empty (0 bytes). Choose the photo again.")
        with Image.open(path, formats=FORMATS) as image:
            if _count(*image.size) > MAX_PIXELS:
                raise PhotoError(_too_large(f"{math.ceil(_count(*image.size) / 1e5) / 10:g}"))
            yield image
    except PhotoError:
        raise
    except Image.DecompressionBombError as error:
        raise PhotoError(_too_large(f"more than {2 * Image.MAX_IMAGE_PIXELS // 10**6}")) from error
    except UnidentifiedImageError as error:
        raise PhotoError(f"This file is no photo that can be read here, or it is damaged. {FORMATS_TO_TRY}") from error
    except Exception as error:  # decoders raise almost anything on garbage
        raise PhotoError("This photo is damaged or incomplete. Download it again or choose another.") from error


def _decode(path):
    """Returns the RGB image in the file, and the method of `Image.transpose` that turns it upright, or None."""
    with _opened(path) as image:
        _scale_transparent_color(image)
        image.load()
        rgb, to_srgb = Image.new("RGB", image.size), _to_srgb(image)
        for box in boxes(image.size):
            rgb.paste(_to_rgb(image.crop(box), to_srgb), box)
        return rgb, UPRIGHT.get(_orientation(image))


def _count(width, height):
    return max(width, COUNTED_SIDE) * max(height, COUNTED_SIDE)


def _spread(image):
    """The largest difference of two channels in any pixel."""
    red, green, blue = image.split()
    highest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    lowest = ImageChops.darker(ImageChops.darker(red, green), blue)
    return ImageChops.difference(highest, lowest).getextrema()[1]


def _too_large(megapixels):
    return f"This photo has {megapixels} megapixels; the limit is {MAX_PIXELS // 10**6}. Make it smaller and try again."


def _orientation(image):
    try:
        return image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # broken metadata is no reason to refuse the photo
        return None


def _scale_transparent_color(image):
    """Pillow scales a PNG's 2-, 4- and 16-bit samples to 8 bits, but not the color declared transparent."""
    color = image.info.get("transparency")
    if image.format != "PNG" or color is None:
        return
    match image.tile[0].args:
        case "L;2":
            image.info["transparency"] = color * 85
        case "L;4":
            image.info["transparency"] = color * 17
        case "RGB;16B":
            image.info["transparency"] = tuple(sample >> 8 for sample in color)


def _to_rgb(image, to_srgb):
    if image.mode == "F":
        raise PhotoError(
            "The pixels of this file are decimal numbers without a known range, expected were 8 or 16 bits. "
            "Export it as an ordinary JPEG or PNG."
        )
    if image.mode.startswith("I"):
        image = _to_8_bits(image)
    if image.has_transparency_data:
        image = over_white(image.convert("RGBA"))
    elif image.mode not in ("L", "RGB", "CMYK"):
        image = image.convert("RGB")
    return to_srgb(image).convert("RGB")


def _to_8_bits(image):
    wide = image.convert("I")
    low, high = wide.getextrema()
    if low < 0 or high > 65535:
        raise PhotoError(
            f"The pixels of this file are numbers from {low:,} to {high:,}, expected were 0 to 65,535 (16 bits). "
            "Export it as an ordinary JPEG or PNG."
        )
    gray = wide.point([round(value / 257) for value in range(65536)], "L")
    if "transparency" not in image.info:
        return gray
    alpha = wide.point([255 * (value != image.info["transparency"]) for value in range(65536)], "L")
    return Image.merge("LA", (gray, alpha))


def over_white(rgba):
    """Returns an "RGBA" image as "RGB": what is transparent becomes white."""
    white = Image.new("RGB", rgba.size, "white")
    white.paste(rgba, mask=rgba)
    return white


def _to_srgb(image):
    """Returns the function that brings parts of the image from its color profile to sRGB, one way for all of them."""
    profile = image.info.get("icc_profile")
    transforms = {}

    def convert(part):
        if not profile:
            return part
        try:
            if part.mode not in transforms:
                source = ImageCms.getOpenProfile(io.BytesIO(profile))
                transforms[part.mode] = ImageCms.buildTransform(source, metadata.SRGB, part.mode, "RGB")
            return ImageCms.applyTransform(part, transforms[part.mode])
        except ImageCms.PyCMSError:  # broken, or made for another kind of pixel
            return part

    return convert
