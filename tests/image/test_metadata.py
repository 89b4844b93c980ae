import io
import struct

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms, features

from ae.image import metadata, photos

Base, IFD = ExifTags.Base, ExifTags.IFD
GIVEN = {Base.Make: "Zeiss", Base.Artist: "Grandmother", Base.Orientation: 6, Base.Software: "another"}


def write(path, **options):
    exif = Image.Exif()
    exif.update(GIVEN)
    exif.get_ifd(IFD.Exif).update({Base.DateTimeOriginal: "1952:06:01 12:00:00", Base.ExifImageWidth: 40})
    exif.get_ifd(IFD.GPSInfo).update({1: "N", 2: (48.0, 8.0, 0.0)})
    Image.effect_noise((40, 24), 90).convert("RGB").save(path, **{"exif": exif, "dpi": (300, 300)} | options)
    return path


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_a_result_keeps_what_is_true_of_the_photo_and_says_who_made_it(tmp_path, suffix):
    source = write(tmp_path / f"photo{suffix}")
    image = photos.open_photo(source)
    assert image.size == (24, 40)
    photos.save(image, tmp_path / f"result{suffix}", photos.said_by(source), "color-photo")
    with Image.open(tmp_path / f"result{suffix}") as result:
        exif = result.getexif()
        assert (exif[Base.Make], exif[Base.Artist]) == ("Zeiss", "Grandmother")
        assert exif[Base.Software] == "Autoencoders, color-photo" and Base.Orientation not in exif
        assert exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] == "1952:06:01 12:00:00"
        assert exif.get_ifd(IFD.Exif)[Base.ExifImageWidth] == 24
        assert exif.get_ifd(IFD.GPSInfo)[2] == (48.0, 8.0, 0.0)
        assert result.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert result.size == (24, 40)
    assert suffix == ".jpg" or np.array_equal(photos.open_photo(tmp_path / "result.png"), image)


def test_what_a_photo_said_serves_for_results_of_all_sizes(tmp_path):
    said = photos.said_by(write(tmp_path / "photo.png"))
    for side, maker in [(8, "ir-best"), (3, "color-photo")]:
        photos.save(Image.new("RGB", (side, 5)), tmp_path / "result.png", said, maker)
        with Image.open(tmp_path / "result.png") as result:
            exif = result.getexif()
            assert exif.get_ifd(IFD.Exif)[Base.ExifImageWidth] == side
            assert exif[Base.Software] == f"Autoencoders, {maker}" and exif[Base.Make] == "Zeiss"


def with_thumbnail(thumbnail):
    """EXIF as cameras write it, with a second directory after the first; Pillow writes none."""
    exif = Image.Exif()
    exif[Base.Make] = "Zeiss"
    tiff = exif.tobytes().removeprefix(b"Exif\0\0")
    order = "<" if tiff.startswith(b"II") else ">"
    (entries,) = struct.unpack_from(f"{order}H", tiff, 8)
    next_one = 8 + 2 + 12 * entries
    second = struct.pack(f"{order}HHHIIHHIII", 2, 513, 4, 1, len(tiff) + 30, 514, 4, 1, len(thumbnail), 0)
    tiff = tiff[:next_one] + struct.pack(f"{order}I", len(tiff)) + tiff[next_one + 4 :]
    return b"Exif\0\0" + tiff + second + thumbnail


def test_a_thumbnail_of_the_photo_as_it_was_goes(tmp_path):
    file = io.BytesIO()
    Image.new("RGB", (16, 16), "red").save(file, "jpeg")
    source = write(tmp_path / "a.jpg", exif=with_thumbnail(file.getvalue()))
    with Image.open(source) as photo:
        assert photo.getexif().get_ifd(IFD.IFD1)[514] == len(file.getvalue())
    photos.save(photos.open_photo(source), tmp_path / "b.jpg", photos.said_by(source), "color-photo")
    with Image.open(tmp_path / "b.jpg") as result:
        assert result.getexif()[Base.Make] == "Zeiss" and not result.getexif().get_ifd(IFD.IFD1)
    assert file.getvalue() not in (tmp_path / "b.jpg").read_bytes()


@pytest.mark.skipif(not features.check("littlecms2"), reason="Pillow has no color management")
def test_colors_stay_what_they_are_in_the_photo_s_own_profile(tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    source = write(tmp_path / "a.png", icc_profile=profile)
    photos.save(photos.open_photo(source), tmp_path / "b.png", photos.said_by(source))
    with Image.open(tmp_path / "b.png") as result:
        assert result.info["icc_profile"] == profile
    before, after = (np.asarray(photos.open_photo(path), int) for path in (source, tmp_path / "b.png"))
    assert np.abs(before - after).max() <= 2


@pytest.mark.parametrize("kind", ["none", "garbage", "too-long", "no-file"])
def test_of_what_is_broken_nothing_is_kept(tmp_path, kind):
    options = {
        "none": {"exif": b""},
        "garbage": {"exif": b"Exif\0\0MM\0*\xff\xff\xff\xff" * 9, "icc_profile": b"no profile", "dpi": (0, 0)},
        "too-long": {"exif": b""},
        "no-file": {"exif": b""},
    }[kind]
    source = write(tmp_path / "a.png", **options)
    if kind == "too-long":
        exif = Image.Exif()
        exif[Base.ImageDescription] = "a" * 70_000
        source = write(tmp_path / "b.png", exif=exif)
    image = photos.open_photo(source)
    said = photos.said_by(tmp_path / "none.png" if kind == "no-file" else source)
    photos.save(image, tmp_path / "result.jpg", said, "color-photo")
    with Image.open(tmp_path / "result.jpg") as result:
        assert dict(result.getexif()) == {Base.Software: "Autoencoders, color-photo"}
        assert "icc_profile" not in result.info


def test_a_profile_of_other_pixels_is_none_for_a_result(tmp_path):
    other = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    with Image.open(write(tmp_path / "a.png", icc_profile=other)) as photo:
        said = metadata.read(photo)
    assert "icc_profile" not in said and said["dpi"] == pytest.approx((300, 300), abs=0.1)
