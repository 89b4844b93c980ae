"""The page: its head, its tabs, its look."""

import gradio as gr

from ae.ui import (
    api,
    charts,
    compare_tab,
    hand_tab,
    latent_tab,
    link,
    many_tab,
    photo_tab,
    report_tab,
    texts,
    train_tab,
)
from ae.ui.arguments import CheckedBlocks
from ae.ui.choices import choices

CSS = """
.pixels img { image-rendering: pixelated; }
.caption { min-height: 3em; text-align: center; flex-grow: 0 !important; }
"""
TABS = {  # name in the address: title, module
    "photo": (texts.PHOTO_TAB, photo_tab),
    "hand": (texts.HAND_TAB, hand_tab),
    "compare": (texts.COMPARE_TAB, compare_tab),
    "inside": (texts.LATENT_TAB, latent_tab),
    "train": (texts.TRAIN_TAB, train_tab),
    "many": (texts.MANY_TAB, many_tab),
    "report": (texts.REPORT_TAB, report_tab),
}
CSS += charts.CSS + "".join(tab.CSS for _, tab in TABS.values())
THEME = gr.themes.Default(
    primary_hue="teal", font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]
).set(
    body_text_color_subdued="*neutral_600",
    body_text_color_subdued_dark="*neutral_300",
    block_info_text_color="*neutral_600",
    block_info_text_color_dark="*neutral_300",
    button_primary_background_fill="*primary_700",
    button_primary_background_fill_hover="*primary_800",
    button_primary_background_fill_dark="*primary_700",
)
# Some people need what Gradio leaves out: names of its examples and of the pictures under a slider, roles, focus.
SCRIPT = f"""() => {{
    const complete = () => {{
        document.querySelectorAll(".scrolls").forEach(table => table.tabIndex = 0);
        document.querySelectorAll(".empty[aria-label]:not([role])").forEach(
            empty => empty.setAttribute("role", "img"));
        document.querySelectorAll(".slider-wrap img").forEach(image => {{
            const label = image.closest(".block").querySelector("[data-testid=block-label]");
            image.alt = label?.innerText.trim() ?? "";
        }});
        document.querySelectorAll("button.gallery-item:not([aria-label])").forEach(button => {{
            const file = button.querySelector("img")?.src.split("/").pop();
            if (file) button.setAttribute("aria-label", "{texts.EXAMPLE_NAME} " + decodeURIComponent(file));
        }});
    }};
    new MutationObserver(complete).observe(document.body, {{childList: true, subtree: true}});
    complete();
}}"""


def build(source):
    """Returns the `CheckedBlocks` of the whole page; `source` says where the operator's weights are."""
    with CheckedBlocks(title=texts.TITLE, analytics_enabled=False, delete_cache=(3600, 24 * 3600)) as page:
        trained = gr.State()
        gr.Markdown(texts.INTRODUCTION)
        dropdowns = []
        with gr.Tabs() as tabs:
            for name, (title, module) in TABS.items():
                with gr.Tab(title, id=name) as tab:
                    link.keep_tab(tab, name)  # first: what a tab asks of the server would delay it
                    dropdowns += module.build(source, trained)
        link.restore_tab(tabs, TABS)
        api.build(source)
        trained.change(
            lambda trained: [gr.Dropdown(choices=choices(task, trained)) for _, task in dropdowns],
            trained,
            [dropdown for dropdown, _ in dropdowns],
            show_progress="hidden",
            api_visibility="private",
        )
        for function in page.fns.values():
            if function.api_visibility == "private":
                function.api_name = None  # or /call would find it by its name
    return page
