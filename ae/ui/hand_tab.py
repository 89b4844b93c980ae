"""The tab "Color by hand": strokes of color on a grayscale photo, and a model that spreads them."""

import re

import gradio as gr
from PIL import Image

from ae.image import photos
from ae.models import catalog
from ae.photo import pipeline
from ae.photo.colorizer import Colorizer
from ae.photo.strokes import merge
from ae.ui import link, texts
from ae.ui.choices import choices, resolve
from ae.ui.controls import StrokesInput, result_picture
from ae.ui.controls import vividness as vividness_slider
from ae.ui.pictures import full_size, preview

CANVAS = 800  # pixels: the longer side of what is painted on
BRUSH = 16
OWN_COLORS = 6  # of the photo itself, as many of the last ones that were typed


def build(session):
    """Lays out the current tab and returns its model dropdowns, none: what is trained here takes no strokes."""
    working = gr.State()  # the path of the photo, and of it at the canvas's size
    typed = gr.State([])  # colors, the last first
    gr.Markdown(texts.HAND_INTRODUCTION)
    with gr.Row(elem_id="hand-colors"):
        swatches = gr.Radio(
            _swatches(), value=next(iter(texts.HAND_PALETTE)), label=texts.HAND_SWATCHES, elem_id="swatches", scale=3
        )
        exact = gr.Textbox(
            label=texts.HAND_EXACT, placeholder="#d9a583", max_length=40, min_width=160, scale=1, elem_id="hand-exact"
        )
    with gr.Row():
        with gr.Column(min_width=300):
            editor = StrokesInput(
                label=texts.HAND_EDITOR,
                format="png",
                sources=(),
                transforms=(),
                layers=False,
                brush=_brush(next(iter(texts.HAND_PALETTE))),
                eraser=gr.Eraser(default_size=24),
                canvas_size=(CANVAS, CANVAS),
                height=480,
                elem_id="hand-editor",
            )
            clear = gr.Button(texts.HAND_CLEAR, size="sm", elem_id="hand-clear")
        with gr.Column(min_width=300):
            result = result_picture(
                texts.HAND_RESULT, texts.HAND_RESULT_ALT, buttons=["fullscreen"], elem_id="hand-result"
            )
            with gr.Row():
                make = gr.Button(texts.HAND_MAKE, size="sm")
                file = gr.DownloadButton(texts.HAND_DOWNLOAD, size="sm", interactive=False, elem_id="hand-file")
    with gr.Row():
        vividness = vividness_slider("hand-vividness")
        model = gr.Dropdown(
            [c for c in choices("colorize") if catalog.get(c[1]).takes_hints],
            value=pipeline.DEFAULT_COLORIZER,
            label=texts.PHOTO_COLORIZER,
            filterable=False,
            elem_id="hand-model",
        )

    def begin(path, opened, working, typed):
        if opened != "hand" or path is None or working and working[0] == path:
            return gr.skip()
        image = photos.open_photo(path)
        image.thumbnail((CANVAS, CANVAS), Image.Resampling.LANCZOS, reducing_gap=3.0)
        colors = gr.Radio(choices=_swatches(typed, own_colors(image)))
        return (path, preview(path, image, "canvas")), _canvas(image), None, colors, _nothing_yet()

    def blank():
        return None, None, None, gr.skip(), _nothing_yet()

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
        maker, _ = resolve(model, trained, session.source)
        return gr.DownloadButton(value=full_size(path, image, "colored", maker), interactive=True)

    def _colorize(path, strokes, model, vividness, trained):
        model_id, model_source = resolve(model, trained, session.source)
        painted = merge(strokes)
        colorizer = Colorizer.load(model_id, model_source)
        return colorizer.process(photos.open_photo(path), vividness, strokes=painted)

    def take(text, working, typed):
        color = parse_color(text)
        typed = list(dict.fromkeys([color, *typed]))[:OWN_COLORS]
        own = own_colors(photos.open_photo(working[1])) if working else []
        return gr.Radio(choices=_swatches(typed, own), value=color), _editor(color), typed

    link.remember({"hand-model": model, "hand-vividness": vividness})
    session.filled_by(
        begin,
        [session.photo, session.opened, working, typed],
        [working, editor, result, swatches, file],
        blank,
        trigger_mode="always_last",
    )
    painting = {
        "fn": paint,
        "inputs": [working, editor, model, vividness, session.trained],
        "outputs": [result, file],
        "show_progress_on": result,
        "show_progress": "minimal",
    }
    gr.on([working.change, editor.input, model.change, vividness.input], trigger_mode="always_last", **painting)
    clear.click(lambda working: _canvas(photos.open_photo(working[1])) if working else gr.skip(), working, editor).then(
        **painting
    )
    swatches.input(_editor, swatches, editor)
    exact.submit(take, [exact, working, typed], [swatches, editor, typed])
    make.click(keep, [session.photo, editor, model, vividness, session.trained], file, show_progress_on=make)
    return []


def parse_color(text):
    """Returns "#rrggbb" of a color as people write it: "#d9a583", "d9a583" or "217, 165, 131"."""
    hexadecimal = re.fullmatch(r"#?([0-9a-f]{6})", text.strip().lower())
    if hexadecimal:
        return f"#{hexadecimal[1]}"
    numbers = re.fullmatch(r"(?:rgb)?\(?(\d{1,3})[ ,]+(\d{1,3})[ ,]+(\d{1,3})\)?", text.strip().lower())
    if not numbers or max(map(int, numbers.groups())) > 255:
        raise ValueError(f"Expected a color such as #d9a583 or 217, 165, 131. Received: {text!r}")
    return "#{:02x}{:02x}{:02x}".format(*map(int, numbers.groups()))


def own_colors(photo):
    """Returns the colors that an RGB photo has most of, "#rrggbb" each, none of a photo without colors."""
    if photos.is_gray(photo):
        return []
    small = photo.resize((64, 64)).quantize(OWN_COLORS)
    palette = small.getpalette()
    often = sorted(small.getcolors(), reverse=True)
    return ["#{:02x}{:02x}{:02x}".format(*palette[3 * i : 3 * i + 3]) for _, i in often]


def _swatches(typed=(), own=()):
    """Returns [(name, color), …], each color once; `ae/ui/page.js` shows them as what they are."""
    named = dict(texts.HAND_PALETTE)
    named |= {color: texts.HAND_OWN.format(number=n) for n, color in enumerate(own, 1) if color not in named}
    named |= {color: color for color in typed if color not in named}
    return [(name, color) for color, name in named.items()]


def _brush(color):
    return gr.Brush(default_size=BRUSH, colors=[color], default_color=color)


def _editor(color):
    """The canvas as it is, with a brush of that color."""
    return gr.ImageEditor(brush=_brush(color))


def _canvas(photo):
    return {"background": pipeline.grayscale(photo), "layers": [], "composite": None}


def _nothing_yet():
    return gr.DownloadButton(value=None, interactive=False)
