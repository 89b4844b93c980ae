"""The chosen photo: dropped, pasted, taken or one of the examples, for all tabs."""

import re
import string
from pathlib import Path

import gradio as gr

from ae.image import photos
from ae.photo.memory import share_for
from ae.ui import texts
from ae.ui.controls import EXAMPLES, PhotoInput

EXAMPLE_FILES = (
    "photographer.png tabby.jpg coffee.jpg rocket.jpg astronaut.jpg "
    "horse.png cat-1.png cat-2.png cat-3.png plane.png ship.png"
).split()
AT_ONCE = 10  # visitors who choose: each may wait in a thread for the memory that a photo needs
FIRST = EXAMPLES / EXAMPLE_FILES[0]


def build(photo):
    """Lays out the place where a photo is chosen; `photo` is the state that it goes to."""
    with gr.Column(elem_id="picker"):
        drop = PhotoInput(
            type="filepath",
            label=texts.PHOTO_LABEL,
            show_label=False,
            placeholder=texts.PHOTO_DROP,
            sources=["upload", "clipboard", "webcam"],
            buttons=[],
            elem_id="photo",
        )
        with gr.Row(elem_id="chosen"):
            name = gr.Markdown(describe(FIRST), elem_id="chosen-name")
            remove = gr.Button(texts.PHOTO_REMOVE, size="sm", min_width=60, scale=0, elem_id="remove")
        shown = gr.Dataset(
            components=[gr.Image(visible=False)],
            samples=[[str(EXAMPLES / file)] for file in EXAMPLE_FILES],
            samples_per_page=len(EXAMPLE_FILES),
            type="index",
            label=texts.PHOTO_EXAMPLES,
            elem_id="examples",
        )
    chosen = [photo, name, remove, drop]
    # Not `queue=False`: only a queued event tells that a state has changed.
    at_once = {"concurrency_limit": AT_ONCE, "trigger_mode": "always_last"}
    drop.input(choose, drop, chosen, **at_once)
    shown.click(lambda number: choose(EXAMPLES / EXAMPLE_FILES[number]), shown, chosen, **at_once)
    remove.click(lambda: choose(None), None, chosen, **at_once)


def choose(path):
    """Returns the path of a photo that can be read or None, a sentence, the button to remove it, an empty drop zone."""
    if path is None:
        return None, texts.PHOTO_NONE, gr.Button(visible=False), None
    try:
        sentence = describe(path)
    except photos.PhotoError as error:
        return None, f"⚠️ {error}", gr.Button(visible=False), None
    return str(path), sentence, gr.Button(visible=True), None


def describe(path):
    """Returns the photo's name and size. Raises `PhotoError` for a file that is no usable photo."""
    with share_for(path):
        width, height = photos.open_photo(path).size
    name = re.sub(f"[{re.escape(string.punctuation)}]", r"\\\g<0>", Path(path).name)  # Markdown shows it as it is
    return texts.PHOTO_CHOSEN.format(name=name, width=f"{width:,}", height=f"{height:,}")
