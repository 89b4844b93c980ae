"""The tab "Photo": one photo, four pictures of it side by side."""

from typing import NamedTuple

import gradio as gr

from ae.image.metrics import captions
from ae.models.weights import Source
from ae.photo import pipeline
from ae.ui import link, texts
from ae.ui.choices import choices, resolve
from ae.ui.controls import examples, photo_input, result_picture
from ae.ui.controls import vividness as vividness_slider
from ae.ui.pictures import full_size, is_small, preview

EXAMPLE_FILES = (
    "rocket.jpg photographer.png coffee.jpg tabby.jpg astronaut.jpg "
    "horse.png cat-1.png cat-2.png cat-3.png plane.png ship.png"
).split()
OWN_SIZE, AS_REPORT = "own", "report"
DEFAULT_COLORIZERS = {OWN_SIZE: pipeline.DEFAULT_COLORIZER, AS_REPORT: "color-unet"}
REPORT_MODELS = ("ir-best", "color-report")
KEPT = ("grayscale", "reconstruction", "colorization")
BEFORE_AFTER = {"colorization": ("grayscale", "colorization"), "reconstruction": ("original", "reconstruction")}


class Made(NamedTuple):
    """A picture in the page: what it was made `of`, the path of its preview, the sentence on its weights."""

    of: tuple
    preview: str
    weights: str


def build(source, trained):
    """Lays out the tab inside the current Blocks and returns its model dropdowns.

    `source` says where the operator's weights are, `trained` is the state with the session's own model.
    """
    repo, shown = gr.State(""), gr.State({})
    with gr.Row():
        with gr.Column(scale=1, min_width=300):
            photo = photo_input(texts.PHOTO_LABEL, texts.PHOTO_ALT, EXAMPLE_FILES[0], "photo")
            problem = gr.Markdown(elem_id="problem")
            examples(EXAMPLE_FILES, photo, texts.PHOTO_EXAMPLES, "examples")
        with gr.Column(scale=1, min_width=300):
            size = gr.Radio(
                [(texts.PHOTO_OWN_SIZE, OWN_SIZE), (texts.PHOTO_AS_REPORT, AS_REPORT)],
                value=OWN_SIZE,
                label=texts.PHOTO_SIZE,
                elem_id="size",
            )
            reconstructor = _choice("reconstruct", texts.PHOTO_RECONSTRUCTOR, pipeline.DEFAULT_RECONSTRUCTOR)
            colorizer = _choice("colorize", texts.PHOTO_COLORIZER, DEFAULT_COLORIZERS[OWN_SIZE])
            vividness = vividness_slider("vividness")
            as_report = gr.Button(texts.PHOTO_REPORT_BUTTON, size="sm")
            with gr.Accordion(texts.PHOTO_ADVANCED, open=False):
                detail = gr.Slider(
                    1, 2, 1, step=0.25, label=texts.PHOTO_DETAIL, info=texts.PHOTO_DETAIL_INFO, buttons=[]
                )
                repo_field = gr.Textbox(
                    label=texts.PHOTO_REPO, placeholder="user/name", info=texts.PHOTO_REPO_INFO, max_length=120
                )
                gr.Button(texts.PHOTO_REPO_BUTTON).click(lambda name: name.strip(), repo_field, repo)

    pictures, captions, files = {}, {}, {}
    with gr.Row(elem_id="pictures"):
        for name, (label, alternative) in texts.PHOTO_PICTURES.items():
            with gr.Column(min_width=150):
                pictures[name] = result_picture(
                    label, alternative, buttons=["fullscreen"], elem_classes="photo", elem_id=name
                )
                captions[name] = gr.Markdown(elem_classes="caption", elem_id=f"{name}-caption")
                if name in KEPT:
                    files[name] = gr.DownloadButton(
                        texts.PHOTO_DOWNLOAD.format(name=name), size="sm", elem_id=f"{name}-file"
                    )
    weights = gr.Markdown(elem_id="weights")
    with gr.Row():
        with gr.Column(scale=1, min_width=200):
            compared = gr.Radio(
                [(texts.PHOTO_PICTURES[name][0], name) for name in BEFORE_AFTER],
                value="colorization",
                label=texts.PHOTO_BEFORE_AFTER,
                elem_id="compared",
            )
        slider = gr.ImageSlider(
            label=texts.PHOTO_BEFORE_AFTER,
            format="png",
            type="filepath",
            interactive=False,
            buttons=["fullscreen"],
            elem_id="before-after",
            scale=2,
            min_width=300,
        )

    def show(
        path, size, reconstructor, colorizer, vividness, detail, repo, compared, trained, made, progress=gr.Progress()
    ):
        """Makes anew the pictures of which something has changed; `made` is {name: `Made`}."""
        if path is None:
            return gr.skip()
        chosen = Source(hub_repo=repo, token=False) if repo else source
        reconstructor, reconstructor_source = resolve(reconstructor, trained, chosen)
        colorizer, colorizer_source = resolve(colorizer, trained, chosen)
        wanted = dict.fromkeys(pipeline.PICTURES, (path, size))
        wanted["reconstruction"] += (reconstructor, reconstructor_source)
        wanted["colorization"] += (colorizer, colorizer_source, vividness, detail)
        shows, look = {}, {}
        try:
            for picture in pipeline.colorize(
                path,
                reconstructor,
                colorizer,
                reconstructor_source,
                colorizer_source,
                names=[name for name in wanted if name not in made or made[name].of != wanted[name]],
                as_report=size == AS_REPORT,
                vividness=vividness,
                detail=detail,
                progress=progress,
            ):
                name, look = picture.name, {"elem_classes": "pixels" if is_small(picture.image) else "photo"}
                # In place, for a run beside this one may have made others.
                made[name] = Made(wanted[name], preview(path, picture.image, name), picture.weights)
                shows |= {pictures[name]: gr.Image(made[name].preview, **look), captions[name]: _caption(picture)}
                if name in files:
                    shows[files[name]] = gr.DownloadButton(value=full_size(path, picture.image, name))
                del picture  # before the next is made: a large photo leaves room for two
        except (ValueError, OSError) as error:
            return {**shows, shown: made, problem: f"⚠️ {error}"}
        return {
            **shows,
            slider: gr.ImageSlider(_before_after(compared, made), **look),
            weights: " ".join(dict.fromkeys(made[name].weights for name in made if made[name].weights)),
            problem: "",
            shown: made,
        }

    linked = {
        "size": size,
        "reconstruct": reconstructor,
        "colorize": colorizer,
        "vividness": vividness,
        "detail": detail,
    }
    inputs = [photo, *linked.values(), repo, compared, trained, shown]
    outputs = [*pictures.values(), *captions.values(), *files.values(), slider, weights, problem, shown]
    every = {"show_progress_on": list(pictures.values()), "api_visibility": "private"}
    link.remember(linked).then(show, inputs, outputs, **every)
    size.input(_default_colorizer, [size, colorizer], colorizer).then(show, inputs, outputs, **every)
    for triggers, changed in (
        ([photo.change, repo.change], list(pictures.values())),
        ([reconstructor.input], pictures["reconstruction"]),
        ([colorizer.input, vividness.input, detail.input], pictures["colorization"]),
    ):
        gr.on(
            triggers,
            show,
            inputs,
            outputs,
            trigger_mode="always_last",
            show_progress_on=changed,
        )
    compared.input(
        lambda compared, made: _before_after(compared, made) if made else gr.skip(),
        [compared, shown],
        slider,
    )
    as_report.click(lambda: (AS_REPORT, *REPORT_MODELS), None, [size, reconstructor, colorizer]).then(
        show, inputs, outputs, **every
    )
    return [(reconstructor, "reconstruct"), (colorizer, "colorize")]


def _before_after(compared, made):
    return tuple(made[name].preview for name in BEFORE_AFTER[compared])


def _default_colorizer(size, colorizer):
    """Ours for that size, unless another one was chosen."""
    return DEFAULT_COLORIZERS[size] if colorizer in DEFAULT_COLORIZERS.values() else colorizer


def _choice(task, label, default):
    return gr.Dropdown(choices(task), value=default, label=label, filterable=False, elem_id=task)


def _caption(picture):
    width, height = picture.image.size
    if picture.name == "original":
        return texts.PHOTO_ORIGINAL_CAPTION.format(width=f"{width:,}", height=f"{height:,}")
    if not picture.metrics:
        return texts.PHOTO_NO_COLORS
    return " · ".join(captions(picture.metrics))
