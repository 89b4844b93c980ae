"""The page: its head, its tabs, its look."""

from pathlib import Path

import gradio as gr

from ae.ui import (
    api,
    compare_tab,
    hand_tab,
    latent_tab,
    link,
    many_tab,
    photo_tab,
    picker,
    report_tab,
    texts,
    train_tab,
)
from ae.ui.arguments import CheckedBlocks
from ae.ui.choices import choices
from ae.ui.session import Session

TABS = {  # name in the address: title, module
    "photo": (texts.PHOTO_TAB, photo_tab),
    "hand": (texts.HAND_TAB, hand_tab),
    "compare": (texts.COMPARE_TAB, compare_tab),
    "inside": (texts.LATENT_TAB, latent_tab),
    "train": (texts.TRAIN_TAB, train_tab),
    "many": (texts.MANY_TAB, many_tab),
    "report": (texts.REPORT_TAB, report_tab),
}
WITHOUT_PHOTO = ("train", "many", "report")
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
CSS, SCRIPT = (Path(__file__).with_suffix(suffix).read_text() for suffix in (".css", ".js"))


def build(source):
    """Returns the `CheckedBlocks` of the whole page; `source` says where the operator's weights are."""
    with CheckedBlocks(title=texts.TITLE, analytics_enabled=False) as page:
        trained, opened = gr.State(), gr.State("")
        session = Session(source, gr.State(str(picker.FIRST)), trained, opened)
        with gr.Column(elem_id="introduction"):  # its height is there before its text
            gr.Markdown(texts.INTRODUCTION)
        dropdowns = []
        with gr.Column(elem_id="desk"):
            picker.build(session.photo)
            with gr.Tabs() as tabs:
                for name, (title, module) in TABS.items():
                    with gr.Tab(title, id=name, elem_classes="without-photo" if name in WITHOUT_PHOTO else None) as tab:
                        link.keep_tab(tab, name, opened)  # first: what a tab asks of the server would delay it
                        dropdowns += module.build(session)
        link.restore_tab(tabs, TABS, opened)
        api.build(source)
        trained.change(
            lambda trained: [gr.Dropdown(choices=choices(task, trained)) for _, task in dropdowns],
            trained,
            [dropdown for dropdown, _ in dropdowns],
        )
        for function in page.fns.values():
            _keep_private(function)
    return page


def _keep_private(function):
    """What something on the page calls is for the page alone, and shows progress only where it says on what."""
    if function.targets:
        function.api_visibility, function.api_name = "private", None  # with a name, /call would find it
        if function.show_progress_on is None:
            function.show_progress_on = []  # all outputs otherwise, whose values Gradio asks for at every step
