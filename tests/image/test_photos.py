import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from ae.image import photos
from ae.image.photos import PhotoError, boxes, center_square, count_pixels, is_gray, open_photo, to_array, to_image

EXAMPLES = Path(photos.__file__).parents[1] / "ui" / "examples"
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def corners(image):
    """The pixels top left, top right, bottom left, bottom right."""
    right, bottom = image.width - 1, image.height - 1
    return [image.getpixel(xy) for xy in ((0, 0), (right, 0), (0, bottom), (right, bottom))]


def four_colors(width=16, height=24):
    """Red, green, blue and white quarters: no rotation or reflection looks like another."""
    image = Image.new("RGB", (width, height), WHITE)
    image.paste(RED, (0, 0, width // 2, height // 2))
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (0, height // 2, width // 2, height))
    return image


def save(image, path, **options):
    image.save(path, **options)
    return path


def png(path, bits, color_type, row, transparent=b"", size=(8, 8)):
    """Writes the kinds of PNG that Pillow cannot write: every row is `row`, raw samples."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    parts = [b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", struct.pack(">IIBBBBB", *size, bits, color_type, 0, 0, 0))]
    if transparent:
        parts.append(chunk(b"tRNS", transparent))
    parts += [chunk(b"IDAT", zlib.compress((b"\0" + row) * 8)), chunk(b"IEND", b"")]
    path.write_bytes(b"".join(parts))
    return path


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tif", "a.ppm", "a.gif"])
def test_lossless_formats_come_out_exact(tmp_path, name):
    photo = open_photo(save(four_colors(), tmp_path / name))
    assert photo.mode == "RGB"
    assert np.array_equal(photo, four_colors())


@pytest.mark.parametrize("name", ["a.jpg", "a.webp", "a.avif", "a.mpo"])
def test_lossy_formats_come_out_close(tmp_path, name):
    photo = open_photo(save(four_colors(64, 64), tmp_path / name, quality=95))
    assert np.abs(np.subtract(corners(photo), [RED, GREEN, BLUE, WHITE])).max() <= 4


def test_the_content_counts_not_the_name(tmp_path):
    path = save(four_colors(), tmp_path / "a.png").rename(tmp_path / "holiday.JPG")
    assert corners(open_photo(path)) == [RED, GREEN, BLUE, WHITE]


@pytest.mark.parametrize("file", ["a.png", "a.tif", "a.webp"])
@pytest.mark.parametrize(
    "orientation, expected",
    [
        (1, [RED, GREEN, BLUE, WHITE]),
        (2, [GREEN, RED, WHITE, BLUE]),
        (3, [WHITE, BLUE, GREEN, RED]),
        (4, [BLUE, WHITE, RED, GREEN]),
        (5, [RED, BLUE, GREEN, WHITE]),
        (6, [BLUE, RED, WHITE, GREEN]),
        (7, [WHITE, GREEN, BLUE, RED]),
        (8, [GREEN, WHITE, RED, BLUE]),
    ],
)
def test_exif_rotation_is_applied(tmp_path, file, orientation, expected):
    exif = Image.Exif()
    exif[0x0112] = orientation
    lossless = {"lossless": True} if file.endswith("webp") else {}
    photo = open_photo(save(four_colors(), tmp_path / file, exif=exif, **lossless))
    assert photo.size == ((16, 24) if orientation < 5 else (24, 16))
    assert corners(photo) == expected


def test_a_phone_jpeg_is_turned_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = open_photo(save(four_colors(32, 48), tmp_path / "a.jpg", exif=exif, quality=95, subsampling=0))
    assert photo.size == (48, 32)
    assert np.abs(np.subtract(corners(photo), [BLUE, RED, WHITE, GREEN])).max() <= 4


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_broken_exif_is_ignored(tmp_path):
    path = save(four_colors(), tmp_path / "a.png", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff garbage")
    assert corners(open_photo(path)) == [RED, GREEN, BLUE, WHITE]


@pytest.mark.parametrize("mode, clear, opaque", [("RGBA", (9, 9, 9, 0), (255, 0, 0, 255)), ("LA", (9, 0), (76, 255))])
def test_transparent_becomes_white(tmp_path, mode, clear, opaque):
    image = Image.new(mode, (16, 16), clear)
    image.paste(opaque, (8, 0, 16, 16))
    photo = open_photo(save(image, tmp_path / "a.png"))
    assert photo.getpixel((0, 0)) == WHITE
    assert photo.getpixel((15, 0)) == (RED if mode == "RGBA" else (76, 76, 76))


def test_half_transparent_is_half_white(tmp_path):
    photo = open_photo(save(Image.new("RGBA", (8, 8), (255, 0, 0, 128)), tmp_path / "a.png"))
    assert photo.getpixel((0, 0)) == (255, 127, 127)


def test_palette(tmp_path):
    path = save(four_colors().convert("P", palette=Image.Palette.ADAPTIVE), tmp_path / "a.png")
    assert corners(open_photo(path)) == [RED, GREEN, BLUE, WHITE]


@pytest.mark.parametrize("name", ["a.png", "a.gif"])
def test_palette_with_a_transparent_color(tmp_path, name):
    image = Image.new("P", (16, 16), 0)
    image.putpalette([0, 0, 255, 255, 0, 0])
    image.paste(1, (8, 0, 16, 16))
    photo = open_photo(save(image, tmp_path / name, transparency=0))
    assert corners(photo) == [WHITE, RED, WHITE, RED]


def test_palette_with_degrees_of_transparency(tmp_path):
    image = Image.new("P", (16, 16), 0)
    image.putpalette([255, 0, 0, 255, 0, 0])
    image.paste(1, (8, 0, 16, 16))
    photo = open_photo(save(image, tmp_path / "a.png", transparency=bytes([128, 255])))
    assert corners(photo) == [(255, 127, 127), RED, (255, 127, 127), RED]


@pytest.mark.parametrize("bits, row", [(1, b"\xf0"), (2, b"\xff\0"), (4, b"\xff\xff\0\0"), (8, b"\xff\0" * 4)])
def test_transparent_black_of_a_gray_png_leaves_only_white(tmp_path, bits, row):
    photo = open_photo(png(tmp_path / "a.png", bits, 0, row, transparent=b"\0\0"))
    assert photo.getextrema() == ((255, 255),) * 3


@pytest.mark.parametrize("bits, row, middle", [(2, b"\xaa\0", 170), (4, b"\xaa\xaa\0\0", 170)])
def test_a_transparent_gray_of_few_bits_becomes_white(tmp_path, bits, row, middle):
    opaque = open_photo(png(tmp_path / "a.png", bits, 0, row))
    assert opaque.getpixel((0, 0)) == (middle,) * 3
    transparent = struct.pack(">H", middle * (2**bits - 1) // 255)
    photo = open_photo(png(tmp_path / "b.png", bits, 0, row, transparent))
    assert corners(photo) == [WHITE, (0, 0, 0), WHITE, (0, 0, 0)]


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.pgm"])
def test_16_bit_gray_is_scaled_not_clipped(tmp_path, name):
    values = np.repeat(np.array([[0, 257, 300, 12850, 32768, 65278, 65535, 65535]], np.uint16), 8, axis=0)
    photo = open_photo(save(Image.fromarray(values), tmp_path / name))
    assert [photo.getpixel((x, 0))[1] for x in range(8)] == [0, 1, 1, 50, 128, 254, 255, 255]


def test_16_bit_big_endian_tiff(tmp_path):
    path = save(Image.frombytes("I;16B", (8, 8), b"\x80\x80" * 64), tmp_path / "a.tif")
    assert open_photo(path).getpixel((0, 0)) == (128, 128, 128)


def test_16_bit_gray_with_a_transparent_value(tmp_path):
    row = b"\x12\x34" * 4 + b"\x12\x35" * 4  # the same once scaled to 8 bits
    photo = open_photo(png(tmp_path / "a.png", 16, 0, row, transparent=b"\x12\x34"))
    assert corners(photo) == [WHITE, (18, 18, 18), WHITE, (18, 18, 18)]


def test_16_bit_rgb(tmp_path):
    row = b"\xff\xff\x80\x80\0\0" * 8
    assert open_photo(png(tmp_path / "a.png", 16, 2, row)).getpixel((0, 0)) == (255, 128, 0)


def test_16_bit_rgb_with_a_transparent_color(tmp_path):
    row = b"\x12\x34\x56\x78\x9a\xbc" * 4 + b"\xff\xff\0\0\0\0" * 4
    photo = open_photo(png(tmp_path / "a.png", 16, 2, row, transparent=b"\x12\x34\x56\x78\x9a\xbc"))
    assert corners(photo) == [WHITE, RED, WHITE, RED]


@pytest.mark.parametrize("name", ["a.jpg", "a.tif"])
def test_cmyk_red_is_red(tmp_path, name):
    red, green, blue = open_photo(save(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), tmp_path / name)).getpixel((8, 8))
    assert red > 245 and green < 10 and blue < 10


@pytest.mark.parametrize("value, expected", [(0, (0, 0, 0)), (1, WHITE)])
def test_black_and_white_bits(tmp_path, value, expected):
    assert open_photo(save(Image.new("1", (8, 8), value), tmp_path / "a.png")).getpixel((0, 0)) == expected


def test_lab(tmp_path):
    lab = Image.new("LAB", (8, 8), (138, 128 + 81, 128 + 70))  # sRGB red: L* 54, a* 81, b* 70 (D50)
    red, green, blue = open_photo(save(lab, tmp_path / "a.tif")).getpixel((0, 0))
    assert red > 250 and green < 12 and blue < 12


def swapped_red_and_blue():
    """The sRGB profile with the primaries red and blue exchanged."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_a_color_profile_is_honored(tmp_path, name):
    image = Image.new("RGB", (8, 8), RED)
    red, green, blue = open_photo(save(image, tmp_path / name, icc_profile=swapped_red_and_blue())).getpixel((0, 0))
    assert red < 5 and green < 5 and blue > 250


@pytest.mark.parametrize("mode, color, expected", [("RGB", RED, RED), ("L", 77, (77, 77, 77)), ("P", 0, RED)])
@pytest.mark.parametrize("profile", [b"no profile", swapped_red_and_blue()[:200]], ids=["none", "cut off"])
def test_a_broken_color_profile_is_ignored(tmp_path, mode, color, expected, profile):
    image = Image.new(mode, (8, 8), color)
    if mode == "P":
        image.putpalette(RED)
    assert open_photo(save(image, tmp_path / "a.png", icc_profile=profile)).getpixel((0, 0)) == expected


def test_a_profile_for_other_pixels_is_ignored(tmp_path):
    path = save(Image.new("L", (8, 8), 77), tmp_path / "a.png", icc_profile=swapped_red_and_blue())
    assert open_photo(path).getpixel((0, 0)) == (77, 77, 77)


@pytest.mark.parametrize("name", ["a.gif", "a.png", "a.webp", "a.tif"])
def test_first_frame_of_an_animation(tmp_path, name):
    first, others = Image.new("RGB", (16, 16), RED), [Image.new("RGB", (16, 16), color) for color in (GREEN, BLUE)]
    lossless = {"lossless": True} if name == "a.webp" else {}
    photo = open_photo(save(first, tmp_path / name, save_all=True, append_images=others, **lossless))
    assert photo.getcolors() == [(256, RED)]


def refusal(path):
    with pytest.raises(PhotoError) as caught:
        open_photo(path)
    return str(caught.value)


def test_missing_file(tmp_path):
    assert refusal(tmp_path / "horse.jpg") == "There is no file called 'horse.jpg'. Choose the photo again."


def test_a_folder_is_no_photo(tmp_path):
    assert "no file" in refusal(tmp_path)


def test_empty_file(tmp_path):
    path = tmp_path / "a.jpg"
    path.touch()
    assert refusal(path) == "This file is empty (0 bytes). Choose the photo again."


@pytest.mark.parametrize(
    "name, content",
    [
        ("notes.jpg", b"Dear diary, this is not a photo.\n" * 20),
        ("drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"/>'),
        ("paper.pdf", b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"),
        ("phone.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 64),
        ("program.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n%%EndComments\nshowpage\n%%EOF\n"),
        ("one-byte.png", b"\x89"),
    ],
)
def test_other_files_are_told_what_works(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    assert "Use a JPEG, PNG, WebP, AVIF, GIF, BMP or TIFF file." in refusal(path)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.avif", "a.gif", "a.bmp", "a.tif"])
def test_a_truncated_file_is_refused(tmp_path, name):
    with Image.open(EXAMPLES / "tabby.jpg") as photo:
        whole = save(photo, tmp_path / name).read_bytes()
    for length in (len(whole) // 20, len(whole) // 2, len(whole) * 9 // 10):
        path = tmp_path / f"{length}-{name}"
        path.write_bytes(whole[:length])
        assert "damaged" in refusal(path)


def test_damaged_pixels_are_refused(tmp_path):
    content = bytearray((EXAMPLES / "photographer.png").read_bytes())
    content[len(content) // 2] ^= 0xFF
    path = tmp_path / "a.png"
    path.write_bytes(content)
    assert "damaged" in refusal(path)


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (1, 4000), (4000, 7)])
def test_a_small_photo_is_taken(tmp_path, size):
    photo = open_photo(save(Image.new("RGB", size, RED), tmp_path / "a.png"))
    assert photo.size == size and photo.getpixel((0, 0)) == RED


def test_a_side_counts_as_8_pixels_at_least(tmp_path):
    path = png(tmp_path / "a.png", 8, 2, b"", size=(1, 6_300_000))
    assert "This photo has 50.4 megapixels" in refusal(path)
    assert count_pixels(save(Image.new("RGB", (3, 100)), tmp_path / "b.png")) == 800


def test_what_is_counted_is_not_decoded(tmp_path):
    path = png(tmp_path / "a.png", 8, 2, b"", size=(7000, 7000))  # decoding would say "damaged"
    assert count_pixels(path) == 49_000_000
    path.write_bytes(b"no picture")
    with pytest.raises(PhotoError, match="no photo"):
        count_pixels(path)


@pytest.mark.parametrize("size", [(1, 1), (600, 400), (7000, 7000), (6_250_000, 8), (8, 6_250_000), (1, 70_000)])
def test_boxes_cover_a_picture_once_and_are_small_and_few(size):
    parts = list(boxes(size))
    areas = [(right - left) * (bottom - top) for left, top, right, bottom in parts]
    assert sum(areas) == size[0] * size[1] and max(areas) <= photos.AT_ONCE
    assert len(set(parts)) == len(parts) <= 1000
    assert all(0 <= left < right <= size[0] and 0 <= top < bottom <= size[1] for left, top, right, bottom in parts)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(
    "size, found",
    [((10_000, 10_000), "100"), ((7072, 7071), "50.1"), ((30_000, 30_000), "more than 178"), ((2**31 - 1, 8), "more")],
)
def test_too_many_pixels_are_refused_from_the_header(tmp_path, size, found):
    message = refusal(png(tmp_path / "a.png", 8, 2, b"", size=size))  # decoding would say "damaged"
    assert f"This photo has {found}" in message
    assert message.endswith("the limit is 50. Make it smaller and try again.")


def test_50_megapixels_are_taken(tmp_path):
    photo = open_photo(save(Image.new("1", (10_000, 5_000), 1), tmp_path / "a.png"))
    assert photo.size == (10_000, 5_000)


def test_a_frame_larger_than_its_gif_is_refused(tmp_path):
    content = bytearray(save(Image.new("P", (16, 16)), tmp_path / "a.gif").read_bytes())
    frame = content.rindex(b"\x2c\0\0\0\0\x10\0\x10\0")
    content[frame + 5 : frame + 9] = struct.pack("<HH", 9000, 9000)
    (tmp_path / "b.gif").write_bytes(content)
    assert "This photo has 81 megapixels" in refusal(tmp_path / "b.gif")


def test_decimal_pixels_are_refused(tmp_path):
    assert "decimal numbers" in refusal(save(Image.new("F", (8, 8), 0.5), tmp_path / "a.tif"))


def test_integers_beyond_16_bits_are_refused(tmp_path):
    image = Image.new("I", (8, 8), -5)
    image.putpixel((0, 0), 70_000)
    assert "numbers from -5 to 70,000, expected were 0 to 65,535" in refusal(save(image, tmp_path / "a.tif"))


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.[jp][pn]g")), ids=lambda path: path.name)
def test_only_the_photographer_is_gray(path):
    assert is_gray(open_photo(path)) == (path.name == "photographer.png")


@pytest.mark.parametrize("name", ["a.jpg", "a.webp", "a.avif"])
@pytest.mark.parametrize("quality", [20, 90])
def test_a_gray_photo_stays_gray_when_saved_as_a_lossy_color_file(tmp_path, name, quality):
    with Image.open(EXAMPLES / "photographer.png") as photo:
        path = save(photo.convert("RGB"), tmp_path / name, quality=quality)
    assert is_gray(open_photo(path))


def test_one_colored_pixel_is_a_color():
    image = Image.new("RGB", (100, 100), (90, 90, 90))
    assert is_gray(image)
    image.putpixel((50, 50), (90, 90, 120))
    assert not is_gray(image)


def test_a_32_by_32_photo_is_its_own_center_square():
    photo = open_photo(EXAMPLES / "horse.png")
    assert np.array_equal(center_square(photo), photo)


@pytest.mark.parametrize("size, box", [((96, 32), (32, 0, 64, 32)), ((32, 97), (0, 32, 32, 64))])
def test_center_square_cuts_both_ends_alike(size, box):
    image = Image.new("RGB", size, BLUE)
    image.paste(RED, box)
    assert center_square(image).getcolors() == [(32 * 32, RED)]


def test_center_square_averages_fine_detail():
    checkers = np.indices((512, 512)).sum(0) % 2 * 255
    small = np.asarray(center_square(Image.fromarray(checkers.astype(np.uint8)).convert("RGB")))
    assert small.shape == (32, 32, 3)
    assert np.abs(small.astype(int) - 127).max() <= 3


def test_arrays_and_images_are_each_others_inverse():
    photo = open_photo(EXAMPLES / "cat-1.png")
    array = to_array(photo)
    assert array.dtype == np.float32 and array.shape == (32, 32, 3)
    assert np.array_equal(array, np.asarray(photo).astype(np.float32) / 255)
    assert np.array_equal(to_image(array), photo)


def test_to_image_clips_and_rounds():
    array = np.tile(np.array([-0.5, 0.6 / 255, 1.7], np.float32), (2, 3, 1))
    assert to_image(array).getcolors() == [(6, (0, 1, 255))]


def test_to_image_takes_gray():
    image = to_image(np.full((2, 3, 1), 0.2, np.float32))
    assert image.mode == "RGB" and image.size == (3, 2)
    assert image.getcolors() == [(6, (51, 51, 51))]
