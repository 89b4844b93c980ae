import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from ae.models import catalog
from ae.models.description import layer_table
from ae.photo import latent, latent_map
from ae.ui import texts
from ae.ui.controls import EXAMPLES
from ae.ui.picker import FIRST

PSNR = re.compile(r"PSNR (\d+\.\d) dB → (\d+\.\d) dB")


@pytest.fixture
def inside(go_on):
    """The tab, with what the test before chose in its other sections."""
    page = go_on(query="tab=inside")
    section(page, texts.LATENT_FEATURES)
    page.locator("#latent-features img").first.wait_for()
    return page


def section(page, name):
    page.locator("#latent-sections").get_by_role("tab", name=name, exact=True).click()


def psnr(page):
    """The PSNR before and after, as shown."""
    expect(page.locator("#latent-psnr")).to_contain_text(PSNR)
    return tuple(map(float, PSNR.search(page.locator("#latent-psnr").inner_text()).groups()))


def test_every_section_fills_itself_described_and_in_its_width(inside):
    page = inside
    table = layer_table(catalog.get("ir-best").build(32))
    captions = page.locator("#latent-features figcaption")
    expect(captions).to_have_count(len(table))
    for caption, (name, _, shape, _) in zip(captions.all_inner_texts(), table, strict=True):
        assert caption.split(" ")[0] == name and caption.endswith(" × ".join(map(str, shape[1:])))
    for name, pictures in (
        (texts.LATENT_FEATURES, "#latent-features img"),
        (texts.LATENT_CHANNELS, ".latent-pictures:visible img"),
        (texts.LATENT_MAP, "#latent-map img"),
        (texts.LATENT_WALK, ".latent-pictures:visible img"),
        (texts.LATENT_NEIGHBORS, "#latent-neighbors img"),
    ):
        section(page, name)
        page.locator(pictures).first.wait_for()
        described = page.locator(pictures).evaluate_all("images => images.map(image => image.alt.length > 0)")
        assert described and all(described)
        for width in (390, 1400):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        if name == texts.LATENT_MAP:
            continue  # its dots are round
        pixelated = "images => images.map(image => getComputedStyle(image).imageRendering === 'pixelated')"
        assert all(page.locator(pictures).evaluate_all(pixelated))
    expect(page.locator("#latent-searched")).to_contain_text("test images")


def test_channels_are_muted_and_scaled_and_the_picture_follows(inside):
    page = inside
    section(page, texts.LATENT_CHANNELS)
    encoding = latent.encoding(latent.cut("ir-best"), latent.square(FIRST))
    before, after = psnr(page)
    assert before == after == pytest.approx(encoding.psnr, abs=0.06)
    assert page.locator("#latent-costs rect").count() == len(encoding.costs)

    worst = int(np.argmax(encoding.costs))
    picture = page.locator("#latent-edited img").get_attribute("src")
    page.locator(f"#latent-sheet [data-channel='{worst}']").click()
    expect(page.locator("#latent-sheet [aria-pressed=false]")).to_have_text(str(worst))
    assert not page.locator("#latent-on").get_by_label(str(worst), exact=True).is_checked()
    expect(page.locator("#latent-psnr")).to_contain_text(f"→ {encoding.psnr - encoding.costs[worst]:.1f} dB")
    expect(page.locator("#latent-edited img")).not_to_have_attribute("src", picture)

    page.get_by_role("button", name=texts.LATENT_NONE, exact=True).click()
    expect(page.locator("#latent-on input:checked")).to_have_count(0)
    page.get_by_role("button", name=texts.LATENT_STRONGEST.format(count=4), exact=True).click()
    expect(page.locator("#latent-on input:checked")).to_have_count(4)
    assert page.locator("#latent-on").get_by_label(str(worst), exact=True).is_checked()
    page.get_by_role("button", name=texts.LATENT_ALL, exact=True).click()
    expect(page.locator("#latent-psnr")).to_contain_text("(+0.0 dB)")

    page.locator("#latent-one input").click()
    page.get_by_role("option", name=str(worst), exact=True).click()
    number = page.locator("#latent-scale input[type=number]")
    number.fill("0")
    number.press("Enter")
    expect(page.locator("#latent-psnr")).to_contain_text(f"→ {encoding.psnr - encoding.costs[worst]:.1f} dB")
    page.locator("#latent-scale").get_by_role("button").click()  # reset
    expect(page.locator("#latent-psnr")).to_contain_text("(+0.0 dB)")


def test_a_walk_follows_the_slider_and_can_be_kept_and_the_map_a_click(inside):
    page = inside
    section(page, texts.LATENT_WALK)
    expect(page.locator("#latent-difference")).to_contain_text("50% of the way")
    number = page.locator("#latent-position input[type=number]")
    number.fill("1")
    number.press("Enter")
    expect(page.locator("#latent-difference")).to_contain_text("100% of the way")
    with page.expect_download() as download:
        page.locator("#latent-animation").click()
    with Image.open(download.value.path()) as animation:
        assert (animation.format, animation.n_frames) == ("WEBP", 2 * latent.STEPS - 2)
    with page.expect_download() as download:
        page.locator("#latent-gif").click()
    with Image.open(download.value.path()) as animation:
        assert animation.format == "GIF" and animation.n_frames > latent.STEPS

    section(page, texts.LATENT_MAP)
    page.locator("#latent-there img").wait_for()
    before = page.locator("#latent-there img").get_attribute("src")
    picture = page.locator("#latent-map img")
    expect(picture).to_have_js_property("naturalWidth", latent_map.SIDE)
    box = picture.bounding_box()
    picture.click(position={"x": box["width"] / 8, "y": box["height"] / 4})
    expect(page.locator("#latent-direction-1 input[type=number]")).to_have_value("-3")
    expect(page.locator("#latent-direction-2 input[type=number]")).to_have_value("2")
    expect(page.locator("#latent-there img")).not_to_have_attribute("src", before)

    zoom, whole = page.locator("#latent-zoom input[type=number]"), picture.get_attribute("src")
    picture.hover()
    page.mouse.wheel(0, -100)
    expect(zoom).to_have_value("2")
    expect(picture).not_to_have_attribute("src", whole)
    page.locator("#latent-closer").click()
    expect(zoom).to_have_value("4")
    page.locator("#latent-map button", has=page.locator("img")).press("-")
    expect(zoom).to_have_value("2")
    near = picture.get_attribute("src")
    picture.click(position={"x": box["width"] / 2 + box["width"] / 8, "y": box["height"] / 2})
    expect(picture).not_to_have_attribute("src", near)
    expect(page.locator("#latent-direction-1 input[type=number]")).to_have_value("-1.5")  # half as far as on the whole


def test_another_photo_and_another_model_refill_the_open_section(inside, tmp_path):
    page = inside
    section(page, texts.LATENT_CHANNELS)
    before, _ = psnr(page)
    page.get_by_role("button", name=texts.LATENT_NONE, exact=True).click()
    page.locator("#latent-model input").click()
    page.get_by_role("option", name=re.compile("^Initial model")).click()
    expect(page.locator("#latent-on input:checked")).to_have_count(16)
    expect(page.locator("#latent-psnr")).not_to_contain_text(f"PSNR {before:.1f} dB")

    (tmp_path / "broken.jpg").write_bytes((EXAMPLES / "coffee.jpg").read_bytes()[:5000])
    page.get_by_role("button", name=texts.LATENT_NONE, exact=True).click()
    expect(page.locator("#latent-on input:checked")).to_have_count(0)
    page.locator("#photo input[type=file]").set_input_files(tmp_path / "broken.jpg")
    expect(page.locator("#chosen-name")).to_contain_text("damaged or incomplete")
    for name in ("original", "whole", "edited"):
        expect(page.locator(f"#latent-{name} img")).to_have_count(0)
    expect(page.locator("#latent-psnr")).to_have_text("")
    page.locator("#examples button").last.click()
    for name in ("original", "whole", "edited"):
        expect(page.locator(f"#latent-{name} img")).to_have_count(1)
    psnr(page)
    expect(page.locator("#latent-on input:checked")).to_have_count(0)
