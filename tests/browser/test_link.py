import re

from playwright.sync_api import expect
from tabs import open_tab

from ae.models.catalog import get
from ae.models.description import describe
from ae.ui import texts


def test_a_link_reopens_the_settings_and_the_tab(open_page):
    page = open_page()
    page.locator("#size").get_by_label("As the report, 32 × 32").check()
    expect(page).to_have_url(re.compile("size=report"))
    expect(page.locator("#colorize input")).to_have_value(re.compile("^Colorizer"))
    open_tab(page, texts.COMPARE_TAB)
    expect(page).to_have_url(re.compile("tab=compare"))
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    expect(page.get_by_role("tab", name="Compare")).to_have_attribute("aria-selected", "true")
    open_tab(page, texts.PHOTO_TAB)
    expect(page.locator("#size").get_by_label("As the report, 32 × 32")).to_be_checked()
    expect(page.locator("#colorize input")).to_have_value(re.compile("^Colorizer"))


def test_a_link_reopens_the_settings_of_the_other_tabs(open_page):
    query = "tab=inside&inside-model=ir-wide&compare=colorize&hand-vividness=0.8&many-model=color-report"
    train = "train-levels=2&train-channels-1=24&train-kernel=5&train-pooling=average&train-epochs=3"
    page = open_page(query=f"{query}&{train}&train-channels-2=6.5&train-activation=none")
    expect(page.get_by_role("tab", name=texts.LATENT_TAB)).to_have_attribute("aria-selected", "true")
    expect(page.locator("#latent-model input")).to_have_value(re.compile(f"^{get('ir-wide').title}"))
    open_tab(page, texts.COMPARE_TAB)
    expect(page.get_by_role("radio", name=texts.COMPARE_COLORIZATION)).to_be_checked()
    open_tab(page, texts.HAND_TAB)
    expect(page.locator("#hand-vividness input[type=number]")).to_have_value("0.8")
    open_tab(page, texts.TRAIN_TAB)
    facts = describe("own-24-12-k5-average-relu")  # what is no choice stays as it was
    expect(page.locator("#train-sizes")).to_contain_text(f"{facts['parameters']:,}")
    expect(page.get_by_role("spinbutton", name=texts.TRAIN_EPOCHS)).to_have_value("3")
    open_tab(page, texts.MANY_TAB)
    expect(page.locator("#many-colorizer input")).to_have_value(re.compile(f"^{get('color-report').title}"))
    expect(page).to_have_url(re.compile("tab=many.*many-model=color-report|many-model=color-report.*tab=many"))


def test_what_a_link_says_wrong_is_passed_over(open_page):
    page = open_page(query="size=huge&tab=nothing&vividness=7&detail=x&reconstruct=<script>&colorize=")
    page.locator("#colorization img").wait_for()
    expect(page.get_by_label("As it is")).to_be_checked()
    expect(page.locator("#vividness input[type=number]")).to_have_value("0.5")
    expect(page.locator("#reconstruct input")).to_have_value(re.compile("^Residual, small ·"))
