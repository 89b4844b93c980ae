import colorsys
import io
import re
import urllib.request

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from ae.ui import palette, texts
from ae.ui.controls import EXAMPLES
from ae.ui.picker import EXAMPLE_FILES, FIRST


@pytest.fixture
def hand(go_on):
    """A function (width, theme) that returns the tab on the photo of a cup, with nothing painted."""

    def go_on_at(width=1400, theme="light"):
        page = go_on(width, theme, "tab=hand")
        for name in (FIRST.name, "coffee.jpg"):  # what was painted goes with its photo
            colored = f"{name.partition('.')[0]}-colorization"
            if colored not in result(page):
                page.locator("#examples button").nth(EXAMPLE_FILES.index(name)).click()
            expect(page.locator("#hand-result img")).to_have_attribute("src", re.compile(colored))
        return page

    return go_on_at


def result(page):
    return page.locator("#hand-result img").get_attribute("src")


def pixels(source):
    return np.asarray(Image.open(io.BytesIO(urllib.request.urlopen(source).read())).convert("RGB")).astype(int)


def changed(page, before):
    """The colored picture's address, once it differs from the one before."""
    expect(page.locator("#hand-result img")).not_to_have_attribute("src", before)
    return result(page)


def paint(page, x=0.5, y=0.45):
    """Draws a short stroke from a place in the photo, as shares of its width and height."""
    canvas = page.locator("#hand-editor canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    start = box["x"] + box["width"] * x, box["y"] + box["height"] * y
    page.mouse.move(*start)
    page.mouse.down()
    for step in (4, 8, 12):
        page.mouse.move(start[0] + step, start[1])
    page.mouse.up()


def painted(page, before):
    """The colored picture with a stroke, and how much that changed."""
    shown = changed(page, before)
    return shown, np.abs(pixels(shown) - pixels(before)).sum(-1)


def without_strokes(page, shown, before):
    assert np.abs(pixels(changed(page, shown)) - pixels(before)).max() <= 2


@pytest.mark.parametrize("width, theme, back", [(1400, "light", texts.CANVAS_CLEAR), (390, "dark", texts.CANVAS_UNDO)])
def test_a_stroke_colors_what_is_near_and_is_taken_back(hand, width, theme, back):
    page = hand(width, theme)
    before = result(page)
    page.get_by_role("radio", name="violet").check()
    paint(page)  # at once: the brush does not wait for the server
    shown, change = painted(page, before)
    assert change.max() > 60
    assert (change < 12).mean() > 0.5  # most of the photo is not of its kind
    page.get_by_role("button", name=back).click()
    without_strokes(page, shown, before)
    before = result(page)
    paint(page)  # the photo is still there
    painted(page, before)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_file_is_of_what_is_painted_and_of_nothing_before(hand):
    page = hand()
    before, file = result(page), page.locator("#hand-file")
    make = page.get_by_role("button", name=texts.HAND_MAKE)
    make.click()
    expect(file).to_be_enabled()
    paint(page)
    expect(file).to_be_disabled()
    make.click()  # while the colors are under way: they may be there before the file, or after it
    painted(page, before)
    expect(file).to_be_enabled()
    page.get_by_role("button", name=texts.CANVAS_UNDO).click()
    expect(file).to_be_disabled()


def test_an_exact_color_is_the_brushs_and_the_photos_and_is_kept_in_a_palette(hand, tmp_path):
    page = hand()
    before = result(page)
    exact = page.locator("#hand-exact").get_by_role("textbox")
    exact.fill("200, 40, 2000")
    exact.press("Enter")
    expect(page.get_by_text("Expected a color such as #d9a583")).to_be_visible()
    exact.fill("20, 120, 40")
    exact.press("Enter")
    expect(page.get_by_role("radio", name="#147828")).to_be_checked()
    paint(page)
    shown, change = painted(page, before)
    strongest = change > 0.9 * change.max()
    color = np.median(pixels(shown)[strongest], axis=0) / 255
    assert 360 * colorsys.rgb_to_hsv(*color)[0] == pytest.approx(132, abs=20)
    with page.expect_download() as download:
        page.locator("#hand-save").click()
    colors = palette.read_gpl(download.value.path())
    assert download.value.suggested_filename == "colors.gpl" and "#147828" in colors
    (tmp_path / "dress.gpl").write_text(palette.to_gpl([("dress", "#7d1030")]))
    page.get_by_test_id("Load-upload-button").set_input_files(tmp_path / "dress.gpl")
    expect(page.get_by_role("radio", name="dress")).to_be_checked()
    expect(page.get_by_role("radio", name="#147828")).to_be_visible()


def test_the_swatches_are_of_their_colors(hand):
    page = hand()
    swatches = page.locator("#swatches label")
    shown = swatches.evaluate_all("labels => labels.map(label => getComputedStyle(label, '::before').backgroundColor)")
    asked = page.locator("#swatches input").evaluate_all("inputs => inputs.map(input => input.value)")
    assert set(texts.HAND_PALETTE) < set(asked)  # the photo's own come after them
    assert shown == ["rgb({}, {}, {})".format(*bytes.fromhex(color[1:])) for color in asked]


def test_the_full_size_picture_is_kept_under_the_photos_name(hand):
    page = hand()
    page.get_by_role("button", name=texts.HAND_MAKE).click()
    expect(page.locator("#hand-file")).to_be_enabled()
    with page.expect_download() as download:
        page.locator("#hand-file").click()
    assert download.value.suggested_filename == "coffee-colored.jpg"
    assert Image.open(download.value.path()).size == (600, 400)


def test_strokes_by_the_keyboard_are_erased_undone_and_redone(hand):
    page = hand()
    before, sent = result(page), []
    page.on("request", lambda request: sent.append(request.post_data) if request.method == "POST" else None)
    page.get_by_role("radio", name="sky").check()
    page.locator("#hand-editor canvas").focus()
    page.keyboard.down(" ")
    for _ in range(5):
        page.keyboard.press("ArrowUp")
    page.keyboard.up(" ")
    blue, change = painted(page, before)
    assert change.max() > 60
    assert sum(len(body or "") for body in sent) < 5000  # lines, not pictures
    page.get_by_role("button", name=texts.CANVAS_ERASE).click()
    page.get_by_label(texts.CANVAS_WIDTH).fill("80")
    page.locator("#hand-editor canvas").focus()
    for key in ("ArrowDown", "ArrowDown", " "):  # from where the brush was left to the middle of the stroke
        page.keyboard.press(key)
    without_strokes(page, blue, before)
    erased = result(page)
    page.keyboard.press("Control+z")
    again, _ = painted(page, erased)
    assert np.array_equal(pixels(again), pixels(blue))
    page.get_by_role("button", name=texts.CANVAS_REDO).click()
    without_strokes(page, again, before)
    expect(page.get_by_role("button", name=texts.CANVAS_REDO)).to_be_disabled()


def test_another_photos_colors_are_carried_over_as_much_as_one_likes(hand, tmp_path):
    page = hand()
    before = result(page)
    gray, turned = tmp_path / "gray.png", tmp_path / "turned.png"
    photo = Image.open(EXAMPLES / "coffee.jpg")
    photo.convert("L").save(gray)
    Image.merge("RGB", photo.split()[::-1]).save(turned)
    given = page.locator("#hand-reference input[type=file]")
    given.set_input_files(gray)
    expect(page.locator("#hand-lent")).to_contain_text("Expected a reference with colors")
    page.locator("#hand-reference").get_by_role("button", name="Remove Image").click()
    expect(page.locator("#hand-lent")).to_have_text("")
    given.set_input_files(turned)
    shown, change = painted(page, before)
    assert (change > 30).mean() > 0.2  # blue where it was red
    page.locator("#hand-strength").get_by_role("slider").press("Home")
    without_strokes(page, shown, before)
