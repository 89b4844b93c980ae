"""The controls that several tabs have, each made in one place."""

from abc import ABCMeta
from pathlib import Path

import gradio as gr

from ae.photo import pipeline
from ae.ui import texts

EXAMPLES = Path(__file__).parent / "examples"
gr.set_static_paths(EXAMPLES)  # served as they lie: copies in Gradio's cache would go when that is emptied
AS_REPORT, OWN_SIZE = "report", "own"  # how large a photo is looked at


def subclass(component, name, **methods):
    """Gradio's metaclass writes a stub file beside every module that subclasses a component; ABCMeta alone does not."""
    return ABCMeta.__new__(type(component), name, (component,), {"is_template": True, **methods})


def _path(self, payload):
    """The file as it came, so that `ae.image.photos` alone decides what a photo is."""
    return payload and payload.path


def _names_and_paths(self, payload):
    """[(name, path)]: Gradio's copy of a file has not quite its name."""
    return [(file.orig_name or Path(file.path).name, file.path) for file in payload or []]


PhotoInput = subclass(gr.Image, "PhotoInput", preprocess=_path)
FilesInput = subclass(gr.File, "FilesInput", preprocess=_names_and_paths)


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
