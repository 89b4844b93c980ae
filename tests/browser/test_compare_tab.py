import re

import pytest
from playwright.sync_api import expect

from ae.evaluation.results import read_results
from ae.models.predictors import record
from ae.ui import texts
from ae.ui.picker import EXAMPLE_FILES

STAND_STILL = """async () => {
    const pictures = [...document.querySelectorAll("#compare-slider img")];
    const places = () => pictures.map(picture => getComputedStyle(picture).transform).join();
    for (let frames = 0, before; frames < 10; before = places()) {
        await new Promise(requestAnimationFrame);
        frames = places() === before ? frames + 1 : 0;
    }
}"""


@pytest.fixture
def opened(go_on):
    def open_at(width=1400, theme="light"):
        page = go_on(width, theme, "tab=compare")
        expect(captions(page)).to_have_count(count("reconstruct"))
        return page

    return open_at


def captions(page):
    return page.locator("#compare-grid .caption-label")


def count(task):
    """How many pictures the grid has."""
    return sum(record(i).task == task for i in read_results())


def psnrs(texts):
    return [float(re.search(r"PSNR (\d+\.\d+) dB", text)[1]) for text in texts]


def button(page, title):
    picture = page.get_by_alt_text(re.compile(f"^{title}\n"))
    return page.locator("#compare-grid button", has=picture)


def same(picture):
    """Every picture is a file in a folder of its own."""
    return re.compile(re.escape(picture.get_attribute("src").rpartition("/")[0]))


def test_the_keys_zoom_both_pictures_and_move_them_together(opened):
    page = opened()
    pictures, line = page.locator("#compare-slider img"), page.locator("#compare-slider [role=slider]")

    def seen():
        """Where both are once they stand still: (scale, x, y)."""
        page.evaluate(STAND_STILL)
        one, other = pictures.evaluate_all("images => images.map(image => getComputedStyle(image).transform)")
        assert one == other
        scale, _, _, _, x, y = map(float, re.findall(r"-?[\d.]+", one))
        return scale, x, y

    expect(pictures.last).to_have_js_property("naturalWidth", 32)
    assert seen() == (1, 0, 0)  # and for so long that the slider has begun to listen
    line.focus()
    page.keyboard.press("+")
    expect(pictures.last).to_have_css("transform", re.compile(r"matrix\(1\.27"))
    page.keyboard.press("+")
    expect(pictures.last).to_have_css("transform", re.compile(r"matrix\(1\.62"))
    scale, x, y = seen()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Shift+ArrowUp")
    expect(pictures.last).not_to_have_css("transform", f"matrix({scale}, 0, 0, {scale}, {x}, {y})")
    expect(line).to_have_attribute("aria-valuenow", "50")
    assert seen() == pytest.approx((scale, x + 40, y + 40), abs=1)
    page.keyboard.press("-")
    page.keyboard.press("-")
    expect(pictures.last).to_have_css("transform", "matrix(1, 0, 0, 1, 0, 0)")


def test_the_grid_is_sorted_and_a_click_puts_a_picture_in_the_slider(opened):
    page = opened()
    pictures, slider = page.locator("#compare-grid img"), page.locator("#compare-slider img")
    original = re.compile(r"/horse-original\.png$")
    page.locator("#examples button").nth(EXAMPLE_FILES.index("horse.png")).click()  # the first photo has no colors
    expect(slider.first).to_have_attribute("src", original)
    expect(captions(page)).to_have_count(count("reconstruct"))
    *ranked, exact = captions(page).all_inner_texts()
    assert "exact" in exact and psnrs(ranked) == sorted(psnrs(ranked), reverse=True)
    for picture in pictures.all():
        picture.scroll_into_view_if_needed()  # it is loaded when it comes near
        expect(picture).to_have_js_property("naturalWidth", 32)
        assert picture.evaluate("image => getComputedStyle(image).imageRendering") == "pixelated"
    assert pictures.evaluate_all("images => images.map(i => i.alt)") == captions(page).all_inner_texts()
    expect(slider.last).to_have_attribute("src", same(pictures.first))
    best = captions(page).first.inner_text().splitlines()[0]
    expect(page.locator("#compare-slider")).to_contain_text(f"Original | {best}")

    button(page, "Initial model").click()
    expect(slider.last).to_have_attribute("src", same(button(page, "Initial model").locator("img")))
    expect(slider.first).to_have_attribute("src", original)
    page.get_by_label(texts.COMPARE_AGAINST).click()
    page.get_by_role("option", name="Best model").click()
    expect(slider.first).to_have_attribute("src", same(button(page, "Best model").locator("img")))
    expect(page.locator("#compare-slider")).to_contain_text("Best model | Initial model")

    page.get_by_role("radio", name=texts.COMPARE_COLORIZATION, exact=True).check()
    expect(captions(page)).to_have_count(count("colorize"))
    ranked = captions(page).all_inner_texts()
    assert psnrs(ranked) == sorted(psnrs(ranked), reverse=True)
    expect(slider.first).to_have_attribute("src", original)
    expect(slider.last).to_have_attribute("src", same(pictures.first))


def test_a_photo_without_colors_and_a_broken_one_on_a_phone(opened, tmp_path):
    page = opened(390, "dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no photo")
    page.locator("#photo input[type=file]").set_input_files(tmp_path / "broken.jpg")
    expect(page.locator("#chosen-name")).to_contain_text("⚠️")
    expect(captions(page)).to_have_count(0)
    page.get_by_role("radio", name=texts.COMPARE_COLORIZATION, exact=True).check()
    page.locator("#examples button").nth(EXAMPLE_FILES.index("photographer.png")).click()
    expect(page.locator("#compare-remarks")).to_contain_text(texts.COMPARE_WITHOUT_COLORS)
    assert not any("PSNR" in text for text in captions(page).all_inner_texts())
