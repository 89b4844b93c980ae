"""The controls that several tabs have, each made in one place."""

import re
from abc import ABCMeta
from pathlib import Path

import gradio as gr
from gradio.components.base import server
from gradio.data_classes import DataWithFiles

from ae.photo import pipeline
from ae.ui import texts

EXAMPLES = Path(__file__).parent / "examples"
gr.set_static_paths(EXAMPLES)  # served as they lie: copies in Gradio's cache would go when that is emptied
AS_REPORT, OWN_SIZE = "report", "own"  # how large a photo is looked at
MAX_PAINTED_BYTES = 200_000_000  # of all visitors' canvases that are on their way


def _subclass(component, name, **methods):
    """Gradio's metaclass writes a stub file beside every module that subclasses a component; ABCMeta alone does not."""
    return ABCMeta.__new__(type(component), name, (component,), {"is_template": True, **methods})


def _path(self, payload):
    """The file as it came, so that `ae.image.photos` alone decides what a photo is."""
    return payload and payload.path


def _names_and_paths(self, payload):
    """[(name, path)]: Gradio's copy of a file has not quite its name."""
    return [(file.orig_name or Path(file.path).name, file.path) for file in payload or []]


def _layers(self, payload):
    """The layers as they came, paths or bytes: nothing is decoded before `ae.photo.strokes` has counted their pixels.

    The background and the composite have no use here.
    """
    if payload and payload.id is not None:
        payload = self.blob_storage.pop(payload.id, None)
    return [layer if isinstance(layer, bytes) else layer.path for layer in payload.layers if layer] if payload else []


@server
def accept_blobs(self, data):
    """Keeps a part of what is being painted until the page calls for all of it, and forgets the oldest for the newest.

    Raises ValueError for what the page does not send.
    """
    if not isinstance(data, DataWithFiles) or len(data.files) != 1:
        raise ValueError("Expected one picture.")
    part, number, name = (str(data.data.get(field)) for field in ("type", "index", "id"))
    if part not in ("layer", "background", "composite") or not re.fullmatch(r"\d?|null", number) or len(name) > 100:
        raise ValueError("Expected a layer, the background or the composite of a canvas.")
    gr.ImageEditor.accept_blobs(self, data)
    while sum(map(_size, self.blob_storage.values())) > MAX_PAINTED_BYTES:
        self.blob_storage.pop(next(iter(self.blob_storage)), None)


def _size(canvas):
    return sum(len(part) for part in (canvas.background, canvas.composite, *canvas.layers) if part)


PhotoInput = _subclass(gr.Image, "PhotoInput", preprocess=_path)
FilesInput = _subclass(gr.File, "FilesInput", preprocess=_names_and_paths)
StrokesInput = _subclass(gr.ImageEditor, "StrokesInput", preprocess=_layers, accept_blobs=accept_blobs)


def photo_input(label, alternative, example, elem_id):
    """Returns the input of a photo, which begins with one of the examples; its value is the path of the file."""
    return PhotoInput(
        type="filepath",
        value=EXAMPLES / example,
        label=label,
        sources=["upload", "clipboard", "webcam"],
        buttons=[],
        alt_text=alternative,
        elem_id=elem_id,
    )


def result_picture(label, alternative, **options):
    """Returns the output of a picture; its value is the path of a PNG file."""
    return gr.Image(label=label, alt_text=alternative, type="filepath", format="png", interactive=False, **options)


def vividness(elem_id):
    """Returns the slider from the safe colors to the vivid ones."""
    return gr.Slider(
        0,
        1,
        pipeline.VIVIDNESS,
        step=0.05,
        label=texts.PHOTO_VIVIDNESS,
        info=texts.PHOTO_VIVIDNESS_INFO,
        buttons=[],
        elem_id=elem_id,
    )
