"""Opens a tab of the page as a person does: all of them are in the bar, on a phone too."""


def open_tab(page, title):
    page.get_by_role("tab", name=title, exact=True).click()
