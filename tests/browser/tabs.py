"""Opens a tab of the page as a person does: on a phone some of them are in a menu."""

from playwright.sync_api import TimeoutError

WIDE = 1000  # pixels: all tabs are in the bar


def open_tab(page, title):
    tab = page.get_by_role("tab", name=title, exact=True)
    if page.viewport_size["width"] >= WIDE:
        return tab.click()
    if tab.is_visible():
        try:
            return tab.click(timeout=10_000)
        except TimeoutError:
            pass  # the page had just opened another tab, and this one went into the menu
    page.get_by_label("More tabs").first.click()
    page.locator(".overflow-dropdown").first.get_by_text(title, exact=True).click()
