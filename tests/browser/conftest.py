import shutil
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect, sync_playwright

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
LAYOUT_SHIFTS = """window.layoutShifts = [];  // [how much, the elements, from which to which top]
const named = node => (node.closest ? node : node.parentElement)?.closest("[id]")?.id;
new PerformanceObserver(list => list.getEntries().filter(entry => !entry.hadRecentInput).forEach(entry => {
    const moved = entry.sources.map(({node, previousRect, currentRect}) =>
        [node && named(node), previousRect.top, currentRect.top]);
    window.layoutShifts.push([entry.value, moved]);
})).observe({type: "layout-shift", buffered: true});"""
NAMES = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items):
    """What fails once in the browser is tried again: the closing line counts such reruns."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"needs one of {', '.join(NAMES)} on the PATH")
    expect.set_options(timeout=120_000)
    with sync_playwright() as playwright:
        profile = tmp_path_factory.mktemp("profile")  # where the page's scripts are kept, compiled
        browser = playwright.chromium.launch_persistent_context(
            profile, executable_path=path, args=FLAGS, accept_downloads=True
        )
        browser.add_init_script(LAYOUT_SHIFTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, app_url):
    """A function (width, theme, query) that opens the page and, without a query, waits for its first pictures.

    It may ask no other server, nor try what the server's headers forbid.
    """
    with opener(chromium, app_url) as open_at:
        yield open_at


@pytest.fixture(scope="module")
def kept(chromium, app_url):
    """(a function as `open_page`, {its arguments: the page that the tests of a file go on with})."""
    with opener(chromium, app_url) as open_at:
        yield open_at, {}


@pytest.fixture
def go_on(request, kept):
    """As `open_page`, for a page as another test left it: to open one is slow. A test tried again has its own."""
    open_at, pages = kept

    def go_on_at(width=1400, theme="light", query=""):
        asked = width, theme, query
        if asked not in pages or request.node.execution_count > 1:
            pages[asked] = open_at(*asked)
        pages[asked].bring_to_front()
        return pages[asked]

    return go_on_at


@contextmanager
def opener(chromium, app_url):
    pages, strangers, forbidden = [], [], []

    def note(request):
        if urlsplit(request.url).netloc not in (urlsplit(app_url).netloc, ""):
            strangers.append(request.url)

    def hear(said):
        if "Content Security" in said.text:
            forbidden.append(said.text)

    def open_at(width=1400, theme="light", query=""):
        blank = (page for page in chromium.pages if page.url == "about:blank" and page not in pages)
        page = next(blank, None) or chromium.new_page()
        pages.append(page)
        page.bring_to_front()  # the browser has little time for what lies behind
        page.on("request", note)
        page.on("console", hear)
        page.set_viewport_size({"width": width, "height": 900 if width > 800 else 844})
        page.set_default_timeout(120_000)
        page.goto(f"{app_url}/?__theme={theme}&{query}")
        if not query:
            page.locator("#colorization img").wait_for()
        return page

    yield open_at
    for page in pages:
        if not page.is_closed():
            page.goto("about:blank")  # left for the next test: a new one would compile the page's scripts anew
            page.remove_listener("request", note)
            page.remove_listener("console", hear)
    assert not strangers and not forbidden
