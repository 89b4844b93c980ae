import shutil

import pytest
from playwright.sync_api import sync_playwright

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


@pytest.fixture(scope="session")
def chromium():
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, app_url):
    """A function (width, theme) that opens the page and waits for its first pictures."""
    pages = []

    def open_at(width=1400, theme="light"):
        page = chromium.new_page(viewport={"width": width, "height": 900}, accept_downloads=True)
        pages.append(page)
        page.set_default_timeout(60_000)
        page.goto(f"{app_url}/?__theme={theme}")
        page.locator("#colorization img").wait_for()
        return page

    yield open_at
    for page in pages:
        page.close()
