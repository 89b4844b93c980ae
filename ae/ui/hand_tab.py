"""The tab "Color by hand": strokes of color on a grayscale photo, and a model that spreads them."""

import gradio as gr
from PIL import Image

from ae.image import photos
from ae.models import catalog
from ae.photo import pipeline
from ae.photo.strokes import merge
from ae.ui import link, texts
from ae.ui.choices import choices, resolve
from ae.ui.controls import StrokesInput, result_picture
from ae.ui.controls import vividness as vividness_slider
from ae.ui.pictures import full_size, preview

CANVAS = 800  # pixels: the longer side of what is painted on
PALETTE = [
    "#5b8fd0",  # sky
    "#5d8a3a",  # leaves
    "#d9a583",  # skin
    "#b5382f",  # red
    "#8a5a35",  # wood
    "#d9b35b",  # sand
    "#7d54a0",  # violet
    "#808080",  # gray: no color
]


def build(session):
    """Lays out the current tab and returns its model dropdowns, none: what is trained here takes no strokes."""
    working = gr.State()  # the path of the photo, and of it at the canvas's size
    gr.Markdown(texts.HAND_INTRODUCTION)
    with gr.Row():
        with gr.Column(scale=1, min_width=280):
            model = gr.Dropdown(
                [c for c in choices("colorize") if catalog.get(c[1]).takes_hints],
                value=pipeline.DEFAULT_COLORIZER,
                label=texts.PHOTO_COLORIZER,
                filterable=False,
                elem_id="hand-model",
            )
            vividness = vividness_slider("hand-vividness")
        editor = StrokesInput(
            label=texts.HAND_EDITOR,
            format="png",
            sources=(),
            transforms=(),
            layers=False,
            brush=gr.Brush(default_size=16, colors=PALETTE),
            eraser=gr.Eraser(default_size=24),
            canvas_size=(CANVAS, CANVAS),
            elem_id="hand-editor",
            scale=2,
            min_width=300,
        )
        with gr.Column(scale=2, min_width=300):
            result = result_picture(
                texts.HAND_RESULT, texts.HAND_RESULT_ALT, buttons=["fullscreen"], elem_id="hand-result"
            )
            make = gr.Button(texts.HAND_MAKE, size="sm")
            file = gr.DownloadButton(texts.HAND_DOWNLOAD, size="sm", interactive=False, elem_id="hand-file")

    def begin(path, opened, working):
        if opened != "hand" or path is None or working and working[0] == path:
            return gr.skip()
        image = photos.open_photo(path)
        image.thumbnail((CANVAS, CANVAS), Image.Resampling.LANCZOS, reducing_gap=3.0)
        canvas = {"background": pipeline.grayscale(image), "layers": [], "composite": None}
        return (path, preview(path, image, "canvas")), canvas, None, _nothing_yet()

    def blank():
        return None, None, None, _nothing_yet()

    def paint(working, strokes, model, vividness, trained):
        if working is None:
            return gr.skip()
        path, small = working
        image = _colorize(small, strokes, model, vividness, trained)
        return preview(path, image, "colorization"), _nothing_yet()

    def keep(path, strokes, model, vividness, trained):
        if path is None:
            return gr.skip()
        image = _colorize(path, strokes, model, vividness, trained)
        return gr.DownloadButton(value=full_size(path, image, "colored"), interactive=True)

    def _colorize(path, strokes, model, vividness, trained):
        model_id, model_source = resolve(model, trained, session.source)
        painted = merge(strokes)
        return pipeline.colorize_photo(path, model_id, model_source, vividness=vividness, painted=painted)[0]

    link.remember({"hand-model": model, "hand-vividness": vividness})
    session.filled_by(
        begin,
        [session.photo, session.opened, working],
        [working, editor, result, file],
        blank,
        trigger_mode="always_last",
    )
    gr.on(
        [working.change, editor.input, model.change, vividness.input],
        paint,
        [working, editor, model, vividness, session.trained],
        [result, file],
        trigger_mode="always_last",
        show_progress_on=result,
    )
    make.click(keep, [session.photo, editor, model, vividness, session.trained], file, show_progress_on=make)
    return []


def _nothing_yet():
    return gr.DownloadButton(value=None, interactive=False)
