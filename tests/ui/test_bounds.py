"""How much memory a request takes: by the resident set of a real server, for pictures of every shape."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Thread

import corpus
import pytest
from client import PHOTO_CALLS
from PIL import Image

from ae.ui.controls import EXAMPLES

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the resident set is read from /proc")
A_PIXEL, BESIDES = 12, 300_000_000  # bytes
SHAPES = {"square": (2450, 2450), "wide": (750_000, 8), "tall": (8, 750_000), "thinnest": (1, 750_000)}


@pytest.fixture(scope="module", autouse=True)
def models(page):
    """What they take is taken once."""
    for name in ("colorize", "colorize_many"):
        assert page.call(name, *PHOTO_CALLS[name](page.upload("a.png", (EXAMPLES / "horse.png").read_bytes())))


@contextmanager
def watched(page):
    """Yields a function that says by how many bytes the server has grown at most."""
    idle, most, over = page.log.resident_bytes(), 0, Event()

    def watch():
        nonlocal most
        while not over.wait(0.01):
            most = max(most, page.log.resident_bytes())

    thread = Thread(target=watch)
    thread.start()
    try:
        yield lambda: most - idle
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize(
    "name, shape",
    [("colorize", shape) for shape in SHAPES]
    + [(name, shape) for name in ("colorize_many", "latent") for shape in ("square", "thinnest")],
)
def test_a_photo_takes_no_more_than_its_pixels_do_whatever_its_shape(page, name, shape):
    width, height = SHAPES[shape]
    photo = page.upload("a.png", corpus.encoded(corpus.photo((96, 96)).resize((width, height)), "png"))
    with watched(page) as grown:
        event, answer = page.call(name, *PHOTO_CALLS[name](photo))
        assert event == "complete", answer
        assert name != "colorize_many" or answer[1][0]["status"] == "done"
        assert grown() <= A_PIXEL * width * height + BESIDES


def test_many_at_once_take_no_more_than_the_largest(page):
    photo = page.upload("a.png", corpus.png(4000, 3000))
    names = ["colorize", "reconstruct", "colorize_many"] * 2
    with watched(page) as grown, ThreadPoolExecutor(len(names)) as pool:
        answers = list(pool.map(lambda name: page.call(name, *PHOTO_CALLS[name](photo)), names))
        assert {event for event, _ in answers} == {"complete"}
        assert grown() <= A_PIXEL * 60_000_000 + BESIDES


def test_the_most_that_can_be_painted_takes_little(page):
    stroke = {"color": "#7d54a0", "width": 80, "points": [[x % 800, x * 7 % 800] for x in range(1000)]}
    session, handlers = page.open_hand_tab(), list(page.handlers("canvas"))
    assert handlers
    for number, values, place in handlers:
        data = [*values[:place], {"strokes": [stroke] * 80}, *values[place + 1 :]]
        with watched(page) as grown:
            success, output = page.handle(number, data, session=session)
            assert success, output
            assert grown() < BESIDES


def test_a_long_picture_is_colored_by_hand(page):
    photo = page.upload("a.png", corpus.encoded(Image.new("RGB", (12_000, 90), (90, 120, 30)), "png"))
    stroke = Image.new("RGBA", (800, 6))
    stroke.paste((200, 30, 30, 255), (300, 0, 500, 6))
    event, answer = page.call(
        "color_by_hand", photo, page.upload("s.png", corpus.encoded(stroke, "png")), "color-photo", 0.5
    )
    assert event == "complete", answer
    with Image.open(answer[0]["path"]) as colored:
        red, green, blue = colored.convert("RGB").getpixel((6000, 45))
    assert colored.size == (12_000, 90) and red > green and red > blue


@pytest.mark.parametrize("name", ["of-13000", "no-picture", "cut-off", "huge-and-cut-off"])
def test_strokes_that_are_too_large_or_none_are_refused_by_the_endpoint(page, name):
    photo = page.upload("a.png", (EXAMPLES / "horse.png").read_bytes())
    strokes = page.upload("layer.png", dict(corpus.strokes())[name])
    with watched(page) as grown:
        event, answer = page.call("color_by_hand", photo, strokes, "color-photo", 0.5)
        assert grown() < 100_000_000
    assert event == "error" and any(word in json.dumps(answer) for word in ("megapixels", "damaged", "picture"))
