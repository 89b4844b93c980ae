"""The tab "Color by hand": one's own strokes of color on a photo, and the colors of another photo."""

from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple

import gradio as gr
from gradio.utils import get_upload_folder
from PIL import Image

from ae.image import photos
from ae.models import catalog
from ae.photo import pipeline
from ae.photo import reference as references
from ae.photo.colorizer import Colorizer
from ae.photo.memory import share_for
from ae.photo.strokes import draw
from ae.ui import link, palette, texts
from ae.ui.canvas import canvas, size_of
from ae.ui.choices import choices, resolve
from ae.ui.controls import PhotoInput, result_picture
from ae.ui.controls import vividness as vividness_slider
from ae.ui.pictures import full_size, preview

LONGEST = 800  # pixels: a side of what is shown while one paints
FIRST = next(iter(texts.HAND_PALETTE))
NO_FILE = '() => ({__type__: "update", value: null, interactive: false})'


class Working(NamedTuple):
    """What is painted on: the photo's path, that of it in gray and small, the canvas's `size`, the photo's `colors`."""

    path: str
    small: str
    size: tuple[int, int]
    colors: list


def build(session):
    """Lays out the current tab and returns its model dropdowns, none: what is trained here takes no strokes."""
    working = gr.State()  # a `Working`, or None
    own = gr.State({})  # {color: name}, the last first
    lender = gr.State()  # the path of the reference, small
    gr.Markdown(texts.HAND_INTRODUCTION)
    with gr.Row(elem_id="hand-colors"):
        swatches = gr.Radio(
            palette.swatches(), value=FIRST, label=texts.HAND_SWATCHES, interactive=True, elem_id="swatches", scale=3
        )
        with gr.Column(min_width=200, scale=1):
            exact = gr.Textbox(label=texts.HAND_EXACT, placeholder=FIRST, max_length=40, elem_id="hand-exact")
            with gr.Row():
                saved = gr.DownloadButton(texts.HAND_SAVE, size="sm", min_width=90, elem_id="hand-save")
                load = gr.UploadButton(
                    texts.HAND_LOAD, size="sm", min_width=90, file_types=[".gpl"], elem_id="hand-load"
                )
    with gr.Row():
        with gr.Column(min_width=300):
            painted = canvas(texts.HAND_EDITOR, "hand-editor")
        with gr.Column(min_width=300):
            result = result_picture(
                texts.HAND_RESULT, texts.HAND_RESULT_ALT, buttons=["fullscreen"], elem_id="hand-result"
            )
            with gr.Row():
                make = gr.Button(texts.HAND_MAKE, size="sm")
                file = gr.DownloadButton(texts.HAND_DOWNLOAD, size="sm", interactive=False, elem_id="hand-file")
    with gr.Row(elem_id="hand-like"):
        reference = PhotoInput(
            type="filepath",
            label=texts.HAND_REFERENCE,
            placeholder=texts.HAND_REFERENCE_DROP,
            sources=["upload", "clipboard"],
            buttons=[],
            alt_text=texts.HAND_REFERENCE_ALT,
            elem_id="hand-reference",
        )
        with gr.Column():
            strength = gr.Slider(
                0,
                1,
                1,
                step=0.05,
                label=texts.HAND_STRENGTH,
                info=texts.HAND_STRENGTH_INFO,
                buttons=[],
                elem_id="hand-strength",
            )
            lent = gr.Markdown(elem_id="hand-lent")
    with gr.Row():
        vividness = vividness_slider("hand-vividness")
        model = gr.Dropdown(
            [c for c in choices("colorize") if catalog.get(c[1]).takes_hints],
            value=pipeline.DEFAULT_COLORIZER,
            label=texts.PHOTO_COLORIZER,
            filterable=False,
            elem_id="hand-model",
        )

    link.remember({"hand-model": model, "hand-vividness": vividness, "hand-strength": strength})
    session.filled_by(
        begin,
        [session.photo, session.opened, working, own],
        [working, painted, result, swatches, saved, file],
        lambda: (None, None, None, gr.skip(), gr.skip(), _no_file()),
        trigger_mode="always_last",
    )
    chosen = [working, painted, model, vividness, lender, strength, session.trained]
    made = make.click(partial(keep, session.source), chosen, file, show_progress_on=make)
    changes = [working.change, painted.input, model.change, vividness.input, lender.change, strength.input]
    gr.on(changes, None, None, file, js=NO_FILE, cancels=made)  # before they are painted: a page does one after another
    paints = partial(paint, session.source)
    gr.on(changes, paints, chosen, result, trigger_mode="always_last", show_progress_on=result, show_progress="minimal")
    reference.change(lend, reference, [lender, lent], show_progress_on=reference)
    taken = [swatches, saved, own]
    exact.submit(add_color, [exact, working, own], taken)
    load.upload(add_palette, [load, working, own], taken)
    return []


def begin(path, opened, working, own):
    """Returns the photo to work on, its canvas, no result yet, the colors with its own among them, their file, none."""
    if opened != "hand" or path is None or working and working.path == path:
        return gr.skip()
    image, colors = _opened(path, palette.of_photo)
    working = Working(path, preview(path, pipeline.grayscale(image), "canvas"), size_of(image), colors)
    return working, working.small, None, *_swatches(working, own), _no_file()


def _opened(path, look):
    """Returns the photo at `path`, small, and what `look` returned of it at its own size."""
    with share_for(path):
        image = photos.open_photo(path)
        seen = look(image)
        image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return image, seen


def lend(path):
    """Returns the path of the reference at `path`, small, or None, and why there is none."""
    if path is None:
        return None, ""
    try:
        image, _ = _opened(path, references.check)
    except photos.PhotoError as error:
        return None, f"⚠️ {error}"
    return preview(path, image, "reference"), ""


def paint(source, working, *settings):
    """Returns the small photo in colors."""
    if working is None:
        return gr.skip()
    return preview(working.path, colorize(source, working.small, working.size, *settings), "colorization")


def keep(source, working, strokes, model, vividness, lender, strength, trained):
    """Returns the file of the photo that is painted on, at its own size."""
    if working is None:
        return gr.skip()
    maker, _ = resolve(model, trained, source)
    with share_for(working.path):
        image = colorize(source, working.path, working.size, strokes, model, vividness, lender, strength, trained)
        file = full_size(working.path, photos.said_by(working.path), image, "colored", maker)
    return gr.DownloadButton(value=file, interactive=True)


def colorize(source, path, size, strokes, model, vividness, lender, strength, trained):
    """Returns the photo at `path`, RGB: in the strokes' colors and, elsewhere, in the reference's or the model's.

    The `strokes` were painted on a canvas of `size`.
    """
    model_id, model_source = resolve(model, trained, source)
    colorizer = Colorizer.load(model_id, model_source)
    reference = colorizer.reference(photos.open_photo(lender), strength) if lender else None
    return colorizer.process(photos.open_photo(path), vividness, strokes=draw(strokes, size), reference=reference)


def add_color(text, working, own):
    """Returns the colors with the one that the text says, which is chosen, their file, and one's own."""
    color = palette.parse_color(text)
    return _add({color: color}, working, own)


def add_palette(path, working, own):
    """As `add_color`, of the file of a palette."""
    return _add(palette.read_gpl(path), working, own)


def _add(new, working, own):
    own = dict(list((new | {color: name for color, name in own.items() if color not in new}).items())[: palette.MOST])
    return *_swatches(working, own, next(iter(new))), own


def _swatches(working, own, chosen=None):
    """The updates of the colors, which `ae/ui/page.js` shows as what they are, and of the file of them."""
    shown = palette.swatches(own, working.colors if working else ())
    Path(get_upload_folder()).mkdir(parents=True, exist_ok=True)
    file = Path(mkdtemp(dir=get_upload_folder())) / "colors.gpl"
    file.write_text(palette.to_gpl(shown), "utf-8")
    radio = gr.Radio(choices=shown, value=chosen) if chosen else gr.Radio(choices=shown)
    return radio, gr.DownloadButton(value=str(file))


def _no_file():
    """Offers an earlier file of the photo no more."""
    return gr.DownloadButton(value=None, interactive=False)
