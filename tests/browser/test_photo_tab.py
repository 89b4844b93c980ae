import io
import re
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from same import same_picture
from tabs import open_tab

from ae.image import metrics
from ae.image.photos import open_photo
from ae.models import catalog
from ae.photo import pipeline
from ae.photo.colorizer import Colorizer
from ae.ui import texts
from ae.ui.controls import EXAMPLES
from ae.ui.page import TABS
from ae.ui.picker import EXAMPLE_FILES, FIRST

PICTURES = ("original", "grayscale", "reconstruction", "colorization")
CAPTION = re.compile(r"PSNR \d+\.\d\d dB · SSIM -?\d\.\d{4} · accuracy \d+\.\d%")


SHARE = """image => {  // of the picture, which lies in the middle of its box, that is left of the handle
    const box = image.getBoundingClientRect(), inset = getComputedStyle(image).clipPath.match(/[\\d.]+(?=%)/) ?? 0;
    const width = Math.min(box.width, box.height * image.naturalWidth / image.naturalHeight);
    return (box.width * inset / 100 - (box.width - width) / 2) / width * 100;
}"""


def source(page, picture):
    return page.locator(f"#{picture} img").get_attribute("src")


def pixels(page, picture):
    return np.asarray(Image.open(io.BytesIO(urllib.request.urlopen(source(page, picture)).read())).convert("RGB"))


def upload(page, path):
    page.locator("#photo input[type=file]").set_input_files(path)


def example(page, name):
    page.locator("#examples button").nth(EXAMPLE_FILES.index(name)).click()


def finished(page):
    """Once all numbers are there."""
    expect(page.locator("#reconstruction-caption")).to_contain_text("PSNR")
    expect(page.locator("#colorization-caption")).not_to_have_text("")
    expect(page.locator("#status")).to_have_text("")


def wait_for_another(page, picture, before):
    expect(page.locator(f"#{picture} img")).not_to_have_attribute("src", before)


@pytest.fixture
def tab(go_on):
    """The tab with the first photo beside its colors, and with the settings as the test before left them."""
    page = go_on()
    page.locator("#compared").get_by_label(texts.PHOTO_SIDES["colorization"], exact=True).check()
    finished(page)
    if FIRST.stem not in source(page, "original"):
        example(page, FIRST.name)
    expect(page.locator("#colorization img")).to_have_attribute("src", re.compile(f"{FIRST.stem}-colorization"))
    finished(page)
    return page


@pytest.mark.parametrize("width, theme", [(1400, "light"), (390, "dark")])
def test_four_described_pictures_without_a_click(go_on, width, theme):
    page = go_on(width, theme)
    for name in PICTURES:
        picture = page.locator(f"#{name} img")
        assert picture.get_attribute("alt")
        picture.scroll_into_view_if_needed()  # it is loaded when it comes near
        expect(picture).to_have_js_property("naturalWidth", 512)
        expect(picture).to_have_js_property("naturalHeight", 512)
        assert picture.evaluate("image => image.getBoundingClientRect().width") > 100
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.body.classList.contains('dark')") == (theme == "dark")
    expect(page.locator("#weights")).to_have_text("Bundled weights.")
    finished(page)
    page.evaluate("window.scrollTo(0, 0)")
    fold = page.viewport_size["height"]
    for shown in ("#photo", "#before-after", "#colorization-file"):
        box = page.locator(shown).bounding_box()
        assert 0 <= box["y"] and box["y"] + box["height"] <= fold
    assert page.locator("#sides span").all_inner_texts() == ["Black and white", "Colored"]
    for title, _ in TABS.values():
        assert page.get_by_role("tab", name=title, exact=True).is_visible()
    shifts = page.evaluate("window.layoutShifts")
    assert sum(share for share, _ in shifts) < 0.03, shifts


def test_of_examples_chosen_in_a_hurry_the_last_is_shown(tab):
    page = tab
    for name in ("coffee.jpg", "rocket.jpg", "horse.png"):
        example(page, name)
    expect(page.locator("#colorization img")).to_have_attribute("src", re.compile("horse-colorization"))
    finished(page)
    expect(page.locator("#chosen-name")).to_contain_text("horse.png")
    assert all(f"horse-{name}" in source(page, name) for name in PICTURES)


def test_the_upload_button_opens_the_chooser_at_once(tab):
    with tab.expect_file_chooser():
        tab.locator("#photo button").first.click()


def test_the_arrow_keys_move_the_slider(tab):
    page = tab
    handle, colored = page.locator("#before-after [role=slider]"), page.locator("#before-after img").last
    expect(colored).to_have_js_property("naturalWidth", 512)
    handle.focus()
    for key, share in (("Home", 0), ("ArrowRight", 5), ("End", 100), ("ArrowLeft", 95)):
        page.keyboard.press(key)
        expect(handle).to_have_attribute("aria-valuenow", str(share))
        assert colored.evaluate(SHARE) == pytest.approx(share, abs=1)


def test_before_and_after_follows_the_choice(tab):
    page = tab
    slider = page.locator("#before-after img")

    def same(picture):
        """Gradio keeps a file in a folder named after its content."""
        return re.compile(re.escape(source(page, picture).rpartition("/")[0]))

    expect(slider.last).to_have_attribute("src", same("colorization"))
    page.locator("#compared").get_by_label("Reconstruction").check()
    expect(slider.last).to_have_attribute("src", same("reconstruction"))
    expect(slider.first).to_have_attribute("src", same("original"))
    page.locator("#compared").get_by_label(texts.PHOTO_SIDES["colorization"], exact=True).check()
    expect(slider.last).to_have_attribute("src", same("colorization"))


def test_an_example_is_one_click(tab):
    page = tab
    before = source(page, "original")
    expect(page.locator("#colorization-caption")).to_have_text("The photo has no colors to compare with")
    expect(page.locator("#reconstruction-caption")).not_to_contain_text("accuracy")
    example(page, "tabby.jpg")
    wait_for_another(page, "original", before)
    expect(page.locator("#colorization-caption")).to_contain_text(CAPTION)
    expect(page.locator("#chosen-name")).to_have_text("tabby.jpg · 451 × 300")


def test_of_a_broken_or_removed_photo_nothing_is_left_to_see_or_download(tab, tmp_path):
    page = tab
    (tmp_path / "broken.jpg").write_bytes((EXAMPLES / "coffee.jpg").read_bytes()[:5000])

    def nothing_is_left():
        for name in PICTURES:
            expect(page.locator(f"#{name} img")).to_have_count(0)
        expect(page.locator("#before-after img")).to_have_count(0)
        for name in PICTURES[1:]:
            expect(page.locator(f"#{name}-file")).to_be_disabled()

    open_photo(EXAMPLES / "coffee.jpg").resize((2000, 1500)).save(tmp_path / "large.jpg")
    upload(page, tmp_path / "large.jpg")
    expect(page.locator("#colorization img")).to_have_attribute("src", re.compile("large-colorization"))
    upload(page, tmp_path / "broken.jpg")  # while the rest is still made
    expect(page.locator("#chosen-name")).to_contain_text("damaged or incomplete")
    nothing_is_left()
    expect(page.locator("#status")).to_have_text("")
    example(page, FIRST.name)
    finished(page)
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("#chosen-name")).to_have_text("No photo is chosen.")
    nothing_is_left()
    example(page, FIRST.name)
    page.locator("#colorization img").wait_for()


def test_the_photo_follows_into_the_other_tabs_and_back(tab):
    page = tab
    open_tab(page, texts.COMPARE_TAB)
    shown = page.locator("#compare-slider img").first
    expect(shown).to_have_attribute("src", re.compile("photographer-original"))
    example(page, "coffee.jpg")
    expect(shown).to_have_attribute("src", re.compile("coffee-original"))
    open_tab(page, texts.PHOTO_TAB)
    expect(page.locator("#colorization img")).to_have_attribute("src", re.compile("coffee-colorization"))


def test_another_likely_coloring_is_then_the_result_and_what_is_unsure_is_shown(tab):
    page, colorizer = tab, Colorizer.load("color-photo")
    photos = {name: open_photo(EXAMPLES / name) for name in EXAMPLE_FILES}
    unsure = (name for name, photo in photos.items() if name != FIRST.name and len(colorizer.alternatives(photo)) == 4)
    first, second = next(unsure), next(unsure)
    example(page, first)
    colorings, slider = page.locator("#colorings .thumbnail-lg"), page.locator("#before-after img")
    expect(slider.last).to_have_attribute("src", re.compile(f"{Path(first).stem}-colorization"))
    expect(colorings).to_have_count(4)
    before = source(page, "colorization")
    colorings.nth(2).click()
    wait_for_another(page, "colorization", before)
    expect(slider.last).to_have_attribute("src", source(page, "colorization"))
    finished(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the colored photo").click()
    colored = colorizer.process(photos[first], alternative=2)
    assert same_picture(pixels(page, "colorization"), colored)
    assert metrics.psnr(np.asarray(colored)[None], np.asarray(Image.open(download.value.path()))[None]) > 35
    page.locator("#compared").get_by_label("Where it is unsure").check()
    expect(slider.last).to_have_attribute("src", re.compile(f"{Path(first).stem}-unsure"))
    example(page, second)  # has its own
    expect(slider.last).to_have_attribute("src", re.compile(f"{Path(second).stem}-unsure"))
    expect(page.locator("#colorings .thumbnail-lg.selected img")).to_have_attribute(
        "src", re.compile(f"{Path(second).stem}-coloring-1")
    )


def test_what_a_setting_does_not_change_stays_as_it_is(tab):
    page = tab
    before = source(page, "reconstruction")
    gray = pixels(page, "grayscale")
    page.locator("#reconstruct input").click()
    page.get_by_role("option", name="Initial model").click()
    wait_for_another(page, "reconstruction", before)
    finished(page)
    assert np.array_equal(pixels(page, "grayscale"), gray)
    before = {name: source(page, name) for name in PICTURES}
    page.locator("#vividness input[type=number]").fill("0.9")
    wait_for_another(page, "colorization", before["colorization"])
    assert {name for name in PICTURES if source(page, name) != before[name]} == {"colorization"}
    expect(page.locator("#before-after img").last).to_have_attribute("src", source(page, "colorization"))


def test_the_reports_models_are_one_click_away(tab):
    page = tab
    before = source(page, "original")
    page.get_by_role("button", name="Show the report's own models").click()
    wait_for_another(page, "original", before)
    for name in PICTURES:
        picture = page.locator(f"#{name} img")
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("naturalWidth", 32)
        assert picture.evaluate("image => getComputedStyle(image).imageRendering") == "pixelated"
    made = list(pipeline.colorize(FIRST, "ir-best", "color-report", as_report=True))
    for picture in made:
        assert same_picture(pixels(page, picture.name), picture.image)


def test_an_uploaded_photo_is_shown_and_its_colorization_downloaded(go_on, tmp_path):
    page = go_on(390, "dark")
    photo = Image.open(EXAMPLES / "coffee.jpg").transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    photo.save(tmp_path / "grandma 1952.png")
    sources = {name: source(page, name) for name in PICTURES}
    upload(page, tmp_path / "grandma 1952.png")
    expect(page.locator("#chosen-name")).to_have_text("grandma 1952.png · 600 × 400")
    for name, before in sources.items():
        wait_for_another(page, name, before)
    for name in PICTURES[1:]:
        expect(page.locator(f"#{name}-caption")).to_contain_text(CAPTION)
    made = list(pipeline.colorize(tmp_path / "grandma 1952.png", "ir-residual-s", "color-photo"))
    for picture in made:
        assert same_picture(pixels(page, picture.name), picture.image)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the colored photo").click()
    assert download.value.suggested_filename == "grandma 1952-colorization.png"
    assert same_picture(Image.open(download.value.path()), made[-1].image)


def test_weights_of_a_hub_repository_are_this_visitors_alone(open_page, go_on, hub, tmp_path):
    files = {}
    for model_id in ("ir-residual-s", "color-photo"):
        catalog.get(model_id).build().save_weights(tmp_path / f"{model_id}.weights.h5")
        files[f"{model_id}/model.weights.h5"] = (tmp_path / f"{model_id}.weights.h5").read_bytes()
    hub.commit("visitor/untrained", files)
    page = go_on(390, "dark")
    before = source(page, "reconstruction")
    page.get_by_text("More: detail").click()
    page.get_by_label("Model repository").fill("visitor/untrained")
    page.get_by_role("button", name="Use these weights").click()
    wait_for_another(page, "reconstruction", before)
    expect(page.locator("#weights")).to_contain_text("Weights from visitor/untrained on the Hub, revision")
    expect(open_page().locator("#weights")).to_have_text("Bundled weights.")
