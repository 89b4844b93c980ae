import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ae.image import metrics
from ae.image.photos import open_photo
from ae.ui import pictures
from ae.ui.controls import EXAMPLES


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Gradio's, a folder that is not there yet."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize(
    "size, shown",
    [((4000, 1000), (1600, 400)), ((901, 3200), (450, 1600)), ((1600, 900), (1600, 900)), ((32, 32),) * 2],
)
def test_a_preview_is_a_png_of_1600_pixels_at_most(size, shown, cache):
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    path = Path(pictures.preview("/somewhere/my photo.jpeg", image, "grayscale"))
    assert path.name == "my photo-grayscale.png" and path.is_relative_to(cache)
    preview = Image.open(path)
    assert preview.format == "PNG" and preview.size == shown
    assert image.size == size  # the picture itself is as it was


def test_what_needs_no_reduction_is_kept_exactly():
    image = open_photo(EXAMPLES / "horse.png")
    assert np.array_equal(Image.open(pictures.preview("horse.png", image, "original")), image)


@pytest.mark.parametrize(
    "photo, size, expected",
    [
        ("a.JPG", (65, 20), "a-x.jpg"),
        ("a.jpeg", (640, 427), "a-x.jpg"),
        ("a.jpg", (64, 64), "a-x.png"),
        ("a.png", (640, 427), "a-x.png"),
        ("a.webp", (640, 427), "a-x.png"),
        ("noname", (640, 427), "noname-x.png"),
    ],
)
def test_the_file_to_keep_has_the_whole_picture_in_the_photos_kind_of_format(photo, size, expected, cache):
    image = open_photo(EXAMPLES / "rocket.jpg").resize(size)
    path = Path(pictures.full_size(f"/somewhere/{photo}", {}, image, "x"))
    assert path.name == expected and path.is_relative_to(cache)
    kept = Image.open(path)
    assert (kept.format, kept.size) == ("JPEG" if path.suffix == ".jpg" else "PNG", size)
    truth, kept = np.asarray(image)[None], np.asarray(kept)[None]
    assert np.array_equal(kept, truth) if path.suffix == ".png" else metrics.psnr(truth, kept)[0] > 38


def test_two_pictures_of_the_same_name_do_not_meet():
    image = open_photo(EXAMPLES / "horse.png")
    assert pictures.preview("a.png", image, "x") != pictures.preview("a.png", image.rotate(90), "x")


@pytest.mark.parametrize("size, small", [((32, 32), True), ((64, 64), True), ((65, 8), False), ((8, 3000), False)])
def test_small_pictures_show_their_pixels_as_squares(size, small):
    assert pictures.is_small(Image.new("RGB", size)) is small


def test_a_file_that_is_being_read_is_not_written_in_place():
    path = pictures.keep(b"walk", "walk.webp")
    with open(path, "rb") as reader:
        assert pictures.keep(b"walk", "walk.webp") == path != pictures.keep(b"run", "walk.webp")
        assert not os.path.samestat(os.fstat(reader.fileno()), os.stat(path))
        assert reader.read() == Path(path).read_bytes() == b"walk"
    assert os.listdir(Path(path).parent) == ["walk.webp"]
