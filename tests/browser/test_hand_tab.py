import io
import urllib.request

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from tabs import open_tab

from ae.ui import texts


def result(page):
    """The colored picture, once it differs from the one before."""
    return page.locator("#hand-result img").get_attribute("src")


def pixels(source):
    return np.asarray(Image.open(io.BytesIO(urllib.request.urlopen(source).read())).convert("RGB")).astype(int)


def changed(page, before):
    expect(page.locator("#hand-result img")).not_to_have_attribute("src", before, timeout=60_000)
    return result(page)


@pytest.mark.parametrize("width, theme", [(1400, "light"), (390, "dark")])
def test_a_stroke_colors_what_is_near_and_undo_takes_it_back(open_page, width, theme):
    page = open_page(width, theme)
    open_tab(page, texts.HAND_TAB)
    page.locator("#hand-result img").wait_for()
    before = result(page)
    canvas = page.locator("#hand-editor canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.45
    page.mouse.move(*middle)
    page.mouse.down()
    for step in range(12):
        page.mouse.move(middle[0] + step, middle[1])
    page.mouse.up()
    painted, change = before, np.zeros(1)
    while not change.any():  # the same picture may come once more before the stroke's
        painted = changed(page, painted)
        change = np.abs(pixels(painted) - pixels(before)).sum(-1)
    assert change.max() > 60  # a blue stroke on a brown cup
    assert (change < 12).mean() > 0.5  # most of the photo is not of its kind
    page.get_by_role("button", name="Undo").click()
    undone = changed(page, painted)
    assert np.abs(pixels(undone) - pixels(before)).max() <= 2
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_full_size_picture_is_kept_under_the_photos_name(open_page):
    page = open_page()
    open_tab(page, texts.HAND_TAB)
    page.locator("#hand-result img").wait_for()
    page.get_by_role("button", name="Make the full-size picture").click()
    expect(page.locator("#hand-file")).to_be_enabled()
    with page.expect_download() as download:
        page.locator("#hand-file").click()
    assert download.value.suggested_filename == "coffee-colored.jpg"
    assert Image.open(download.value.path()).size == (600, 400)
