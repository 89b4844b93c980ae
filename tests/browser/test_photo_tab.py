import io
import re
import urllib.request

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from same import same_picture

from ae.models import catalog
from ae.photo import pipeline
from ae.ui.controls import EXAMPLES
from ae.ui.photo_tab import EXAMPLE_FILES

PICTURES = ("original", "grayscale", "reconstruction", "colorization")
CAPTION = re.compile(r"PSNR \d+\.\d\d dB · SSIM -?\d\.\d{4} · accuracy \d+\.\d%")


def source(page, picture):
    return page.locator(f"#{picture} img").get_attribute("src")


def pixels(page, picture):
    return np.asarray(Image.open(io.BytesIO(urllib.request.urlopen(source(page, picture)).read())).convert("RGB"))


def upload(page, path):
    before = source(page, "original")
    page.get_by_label("Remove Image").click()
    page.locator("#photo input[type=file]").set_input_files(path)
    return before


def wait_for_another(page, picture, before):
    expect(page.locator(f"#{picture} img")).not_to_have_attribute("src", before, timeout=60_000)


@pytest.mark.parametrize("width, theme", [(1400, "light"), (390, "dark")])
def test_four_described_pictures_without_a_click(open_page, width, theme):
    page = open_page(width, theme)
    for name in PICTURES:
        picture = page.locator(f"#{name} img")
        assert picture.get_attribute("alt")
        picture.scroll_into_view_if_needed()  # it is loaded when it comes near
        expect(picture).to_have_js_property("naturalWidth", 640)
        expect(picture).to_have_js_property("naturalHeight", 427)
        assert picture.evaluate("image => image.getBoundingClientRect().width") > 100
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.body.classList.contains('dark')") == (theme == "dark")
    expect(page.locator("#weights")).to_have_text("Bundled weights.")
    for name in ("grayscale", "reconstruction", "colorization"):
        expect(page.locator(f"#{name}-caption")).to_contain_text(CAPTION)


def test_the_reports_models_are_one_click_away(open_page):
    page = open_page()
    before = source(page, "original")
    page.get_by_role("button", name="Show the report's own models").click()
    wait_for_another(page, "original", before)
    for name in PICTURES:
        picture = page.locator(f"#{name} img")
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("naturalWidth", 32)
        assert picture.evaluate("image => getComputedStyle(image).imageRendering") == "pixelated"
    made = list(pipeline.colorize(EXAMPLES / EXAMPLE_FILES[0], "ir-best", "color-report", as_report=True))
    for picture in made:
        assert same_picture(pixels(page, picture.name), picture.image)


def test_an_uploaded_photo_is_shown_and_its_colorization_downloaded(open_page, tmp_path):
    page = open_page(390)
    photo = Image.open(EXAMPLES / "coffee.jpg").transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    photo.save(tmp_path / "grandma 1952.png")
    sources = {name: source(page, name) for name in PICTURES}
    captions = {name: page.locator(f"#{name}-caption").inner_text() for name in PICTURES[1:]}
    upload(page, tmp_path / "grandma 1952.png")
    for name, before in sources.items():
        wait_for_another(page, name, before)
    for name, before in captions.items():
        expect(page.locator(f"#{name}-caption")).not_to_have_text(before)
        expect(page.locator(f"#{name}-caption")).to_contain_text(CAPTION)
    made = list(pipeline.colorize(tmp_path / "grandma 1952.png", "ir-residual", "color-photo"))
    for picture in made:
        assert same_picture(pixels(page, picture.name), picture.image)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the colorization").click()
    assert download.value.suggested_filename == "grandma 1952-colorization.png"
    assert same_picture(Image.open(download.value.path()), made[-1].image)


def test_another_architecture_gives_another_reconstruction(open_page):
    page = open_page()
    before = source(page, "reconstruction")
    gray = pixels(page, "grayscale")
    page.locator("#reconstruct input").click()
    page.get_by_role("option", name="Initial model").click()
    wait_for_another(page, "reconstruction", before)
    assert np.array_equal(pixels(page, "grayscale"), gray)


def test_what_a_setting_does_not_change_stays_as_it_is(open_page):
    page = open_page()
    before = {name: source(page, name) for name in PICTURES}
    page.locator("#vividness input[type=number]").fill("0.9")
    wait_for_another(page, "colorization", before["colorization"])
    assert {name for name in PICTURES if source(page, name) != before[name]} == {"colorization"}
    expect(page.locator("#before-after img").last).to_have_attribute("src", source(page, "colorization"))


def test_an_example_is_one_click(open_page):
    page = open_page()
    before = source(page, "original")
    page.locator("#examples button").nth(EXAMPLE_FILES.index("photographer.png")).click()
    wait_for_another(page, "original", before)
    expect(page.locator("#colorization-caption")).to_have_text("The photo has no colors to compare with")
    expect(page.locator("#reconstruction-caption")).not_to_contain_text("accuracy")


def test_a_broken_file_is_explained_and_the_pictures_stay(open_page, tmp_path):
    page = open_page()
    (tmp_path / "broken.jpg").write_bytes((EXAMPLES / "coffee.jpg").read_bytes()[:5000])
    before = upload(page, tmp_path / "broken.jpg")
    expect(page.locator("#problem")).to_contain_text("damaged or incomplete", timeout=60_000)
    assert source(page, "original") == before
    assert page.locator("#original img").is_visible()


def test_before_and_after_follows_the_choice(open_page):
    page = open_page()
    slider = page.locator("#before-after img")

    def same(picture):
        """Gradio keeps a file in a folder named after its content."""
        return re.compile(re.escape(source(page, picture).rpartition("/")[0]))

    expect(slider.last).to_have_attribute("src", same("colorization"))
    page.locator("#compared").get_by_label("Reconstruction").check()
    expect(slider.last).to_have_attribute("src", same("reconstruction"))
    expect(slider.first).to_have_attribute("src", same("original"))


def test_weights_of_a_hub_repository_are_this_visitors_alone(open_page, hub, tmp_path):
    files = {}
    for model_id in ("ir-residual", "color-photo"):
        catalog.get(model_id).build().save_weights(tmp_path / f"{model_id}.weights.h5")
        files[f"{model_id}/model.weights.h5"] = (tmp_path / f"{model_id}.weights.h5").read_bytes()
    hub.commit("visitor/untrained", files)
    page = open_page()
    before = source(page, "reconstruction")
    page.get_by_text("Advanced: detail").click()
    page.get_by_label("Model repository").fill("visitor/untrained")
    page.get_by_role("button", name="Use these weights").click()
    wait_for_another(page, "reconstruction", before)
    expect(page.locator("#weights")).to_contain_text("Weights from visitor/untrained on the Hub, revision")
    expect(open_page().locator("#weights")).to_have_text("Bundled weights.")
