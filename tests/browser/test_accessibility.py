from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import expect

from ae.ui.page import TABS

READY = {  # what a tab shows when its first results are there
    "photo": "#colorization img",
    "hand": "#hand-result img",
    "compare": "#compare-grid img",
    "inside": "#latent-features img",
    "train": "#train-sizes",
    "many": "#many-files",
    "report": "#figures img",
}
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()


@pytest.mark.parametrize("width, theme", [(1400, "light"), (390, "dark")])
def test_axe_finds_nothing_serious_on_any_tab(open_page, width, theme):
    page = open_page(width, theme)
    found = {}
    for name in TABS:
        page.goto(f"{page.url.partition('?')[0]}?__theme={theme}&tab={name}")
        page.locator(READY[name]).first.wait_for()
        expect(page.locator("[data-testid=status-tracker]:not(.hide)").filter(visible=True)).to_have_count(0)
        page.evaluate(AXE)
        violations = page.evaluate("axe.run()")["violations"]
        found[name] = [v["id"] for v in violations if v["impact"] in ("serious", "critical")]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto(f"{page.url.partition('?')[0]}?tab=many")
    page.locator("#many-colorizer input").click()
    expect(page.get_by_role("option")).not_to_have_count(0)
    page.keyboard.press("Tab")  # leaves the list, which closes
    expect(page.get_by_role("option")).to_have_count(0)
    assert found == {name: [] for name in TABS}
