"""A photo to paint on: what is painted goes to the server as lines, which are few bytes, and not as pictures."""

from pathlib import Path
from typing import Annotated

import gradio as gr
from gradio.data_classes import FileData, GradioModel
from pydantic import Field

from ae.ui import texts
from ae.ui.controls import subclass

MOST_STROKES, MOST_POINTS = 500, 2000  # of a stroke: where it has that many, the next one begins
LONGER_SIDE = 800  # pixels, of however few the picture under them has
NARROWEST, WIDEST = 4, 80
TEMPLATE = f"""
<div class="tools" role="toolbar" aria-label="{texts.CANVAS_TOOLS}">
  <button data-tool="undo" disabled>{texts.CANVAS_UNDO}</button>
  <button data-tool="redo" disabled>{texts.CANVAS_REDO}</button>
  <button data-tool="erase" aria-pressed="false">{texts.CANVAS_ERASE}</button>
  <button data-tool="clear" disabled>{texts.CANVAS_CLEAR}</button>
  <input type="range" min="{NARROWEST}" max="{WIDEST}" value="20" aria-label="{texts.CANVAS_WIDTH}">
</div>
<div class="room"><div class="sheet" hidden>
  <img alt="">
  <canvas tabindex="0" role="application" aria-label="{texts.CANVAS}" data-most="{MOST_POINTS}"
    data-side="{LONGER_SIDE}"></canvas>
  <i class="brush"></i>
</div></div>
"""
SCRIPT = Path(__file__).with_suffix(".js").read_text()
Place = Annotated[int, Field(ge=-LONGER_SIDE, le=2 * LONGER_SIDE)]  # a stroke may leave the picture


class Line(GradioModel):
    """A stroke: "#rrggbb", or None for one that erases; its width and its (x, y) in pixels of the canvas."""

    color: Annotated[str, Field(pattern="^#[0-9a-f]{6}$")] | None
    width: Annotated[int, Field(ge=NARROWEST, le=WIDEST)]
    points: Annotated[list[tuple[Place, Place]], Field(min_length=1, max_length=MOST_POINTS)]


class Painting(GradioModel):
    """What the page is given, the picture to paint on, and what it answers, the strokes alone."""

    photo: FileData | None = None
    strokes: Annotated[list[Line], Field(max_length=MOST_STROKES)] = []


def _strokes(self, payload):
    return payload.strokes if payload else []


def _unpainted(self, path):
    """A new picture to paint on, or none, has no strokes."""
    return Painting(photo=FileData(path=path) if path else None)


Canvas = subclass(gr.HTML, "Canvas", data_model=Painting, preprocess=_strokes, postprocess=_unpainted)


def size_of(picture):
    """Returns the (width, height) of the canvas over a picture, in the pixels of its strokes."""
    return tuple(max(1, round(LONGER_SIDE * side / max(picture.size))) for side in picture.size)


def canvas(label, elem_id):
    """Returns a canvas: its value is the path of the picture to paint on; a function is given the `Line`s on it."""
    return Canvas(label=label, html_template=TEMPLATE, js_on_load=SCRIPT, container=True, elem_id=elem_id)
