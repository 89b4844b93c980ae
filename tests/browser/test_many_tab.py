import csv
import io
import re
import zipfile

import pytest
from PIL import Image
from playwright.sync_api import expect

from ae.ui.controls import EXAMPLES


@pytest.fixture
def many(open_page):
    def open_at(width=1400, theme="light"):
        page = open_page(width, theme, "tab=many")
        page.locator("#many-files").wait_for()
        return page

    return open_at


def give(page, *files):
    page.locator("#many-files input[type=file]").set_input_files(files)
    expect(page.locator("#many-files .file")).to_have_count(len(files))
    page.get_by_role("button", name="Colorize them").click()


def download(page):
    with page.expect_download() as done:
        page.get_by_role("button", name="Download the results").click()
    assert done.value.suggested_filename == "colorized-photos.zip"
    return zipfile.ZipFile(done.value.path())


def pile(path, count):
    """A ZIP of so many photos that they take a while."""
    photo = io.BytesIO()
    Image.open(EXAMPLES / "coffee.jpg").resize((2400, 1600)).save(photo, "jpeg")
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            archive.writestr(f"pile/{number}.jpg", photo.getvalue())
    return path


def place(page):
    """The gallery's top in the page, wherever the page is scrolled to, and its height."""
    return page.locator("#many-gallery").evaluate(
        "gallery => [gallery.getBoundingClientRect().top + window.scrollY, gallery.offsetHeight]"
    )


@pytest.mark.parametrize("width, theme", [(1400, "light"), (390, "dark")])
def test_photos_become_a_gallery_a_list_of_failures_and_a_zip(many, tmp_path, width, theme):
    page = many(width, theme)
    broken = tmp_path / "<b>broken & blue.jpg"
    broken.write_text("no photo")
    before = place(page)
    give(page, EXAMPLES / "tabby.jpg", EXAMPLES / "horse.png", broken)
    expect(page.locator("#many-progress")).to_contain_text("Done: 2 of 3 photos colorized, 1 failed.")
    pictures = page.locator("#many-gallery img")
    expect(pictures).to_have_count(2)
    assert sorted(pictures.evaluate_all("images => images.map(image => image.alt)")) == ["horse.png", "tabby.jpg"]
    pictures.last.scroll_into_view_if_needed()  # they are loaded when they are seen
    page.wait_for_function("[...document.querySelectorAll('#many-gallery img')].some(one => one.naturalWidth === 451)")
    failure = page.locator("#many-failures tr").nth(1)
    expect(failure).to_contain_text("This file is no photo that can be read here")
    expect(failure.locator("td").first).to_have_text(re.compile("^.b.broken & blue.jpg$"))
    assert place(page) == pytest.approx(before, abs=2)
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    results = download(page)
    assert set(results.namelist()) == {"tabby-colorized.jpg", "horse-colorized.png", "results.csv"}
    assert Image.open(results.open("tabby-colorized.jpg")).size == (451, 300)
    rows = list(csv.DictReader(io.StringIO(results.read("results.csv").decode())))
    assert sorted(row["status"] for row in rows) == ["done", "done", "failed"]


def test_stop_leaves_what_is_done_and_a_closed_page_leaves_the_way_free(many, tmp_path):
    photos = pile(tmp_path / "photos.zip", 120)
    page = many()
    give(page, photos)
    expect(page.locator("#many-progress")).to_contain_text(
        re.compile(r"[1-9]\d* of 120 photos · about \d+ (s|min) left")
    )
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#many-progress")).to_contain_text("Stopped: ")
    done = int(re.search(r"Stopped: (\d+) of 120", page.locator("#many-progress").inner_text())[1])
    results = download(page)
    assert 1 <= done < 120 and len(results.namelist()) == done + 1
    assert all(Image.open(results.open(name)).size == (2400, 1600) for name in results.namelist()[:-1])

    page.get_by_role("button", name="Colorize them").click()
    expect(page.locator("#many-progress progress")).to_have_attribute("max", "120")
    page.close()
    page = many()
    give(page, EXAMPLES / "horse.png")  # waits until the other visitor's run has ended
    expect(page.locator("#many-progress")).to_contain_text("Done: 1 of 1")
