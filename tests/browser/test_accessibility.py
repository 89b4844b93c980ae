from pathlib import Path

import axe_playwright_python
from playwright.sync_api import expect
from tabs import open_tab

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


LOOK = 'dark => document.body.classList.toggle("dark", dark)'  # all that Gradio does for the theme
RUN = """async whole => {  // else what is in the open tab alone
    const colors = document.getAnimations().filter(one => one instanceof CSSTransition);
    await Promise.allSettled(colors.map(one => one.finished));  // what is half way has colors of neither theme
    const panel = [...document.querySelectorAll("[role=tabpanel]")].find(one => one.checkVisibility());
    return axe.run(whole ? document : panel, {resultTypes: ["violations"]});
}"""


def serious(violations):
    severe = [violation for violation in violations if violation["impact"] in ("serious", "critical")]
    return [(violation["id"], node["html"]) for violation in severe for node in violation["nodes"]]


def test_axe_finds_nothing_serious_on_any_tab(open_page):
    page = open_page()
    page.evaluate(AXE)
    found = {}
    for width, theme in ((1400, "light"), (390, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(LOOK, theme == "dark")
        for name, (title, _) in TABS.items():
            open_tab(page, title)
            page.locator(READY[name]).first.wait_for()
            expect(page.locator("[data-testid=status-tracker]:not(.hide)").filter(visible=True)).to_have_count(0)
            for _ in range(3):  # what is made anew is dimmed for a moment
                found[name, theme] = serious(page.evaluate(RUN, name == "photo")["violations"])
                if not found[name, theme]:
                    break
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    open_tab(page, TABS["many"][0])
    page.locator("#many-colorizer input").click()
    expect(page.get_by_role("option")).not_to_have_count(0)
    page.keyboard.press("Tab")  # leaves the list, which closes
    expect(page.get_by_role("option")).to_have_count(0)
    assert found == dict.fromkeys(found, [])
