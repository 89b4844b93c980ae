"""Opens a tab of the page as a person does: on a phone some of them are in a menu."""


def open_tab(page, title):
    tab = page.get_by_role("tab", name=title, exact=True)
    if not tab.is_visible():
        page.get_by_label("More tabs").first.click()
        tab = page.locator(".overflow-dropdown").first.get_by_text(title, exact=True)
    tab.click()
