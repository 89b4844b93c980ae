"""The tab "Photo": one photo, four pictures of it side by side."""

from abc import ABCMeta
from pathlib import Path

import gradio as gr
from gradio.processing_utils import save_pil_to_cache
from gradio.utils import get_upload_folder

from ae import evaluation, inference
from ae.architectures import ARCHITECTURES
from ae.weights import Source

EXAMPLES = Path(__file__).parent / "examples"
EXAMPLE_FILES = (
    "horse.png cat-1.png cat-2.png cat-3.png plane.png ship.png "
    "tabby.jpg astronaut.jpg rocket.jpg coffee.jpg photographer.png"
).split()
RECONSTRUCTOR, COLORIZER = "ir-best", "color-report"
BEFORE_AFTER = {
    "Colorization": ("grayscale", "colorization"),
    "Reconstruction": ("original", "reconstruction"),
}
PICTURES = {
    "original": ("Original", "The photo, cropped to its central square, at 32 × 32 pixels"),
    "grayscale": ("Grayscale", "The luma of the photo, what the colorization model is given"),
    "reconstruction": ("Reconstruction", "The photo as the reconstruction model gives it back from its latent"),
    "colorization": ("Colorization", "The photo with the colors that the colorization model gives to its grayscale"),
}


def _path(self, payload):
    """The file as it came, so that `ae.photos` alone decides what a photo is."""
    return payload and payload.path


# Gradio's metaclass writes a stub file beside every module that subclasses a component; ABCMeta alone does not.
PhotoInput = ABCMeta.__new__(type(gr.Image), "PhotoInput", (gr.Image,), {"is_template": True, "preprocess": _path})


def build(source):
    """Lays out the tab inside the current Blocks. `source` says where the operator's weights are."""
    repo = gr.State("")
    with gr.Row():
        with gr.Column(scale=1, min_width=300):
            photo = PhotoInput(
                type="filepath",
                value=EXAMPLES / EXAMPLE_FILES[0],
                label="Photo",
                sources=["upload", "clipboard", "webcam"],
                buttons=[],
                alt_text="The photo that was chosen",
                elem_id="photo",
            )
            problem = gr.Markdown(elem_id="problem")
        with gr.Column(scale=1, min_width=300):
            reconstructor = _choice("reconstruct", "Reconstruction", RECONSTRUCTOR)
            colorizer = _choice("colorize", "Colorization", COLORIZER)
            gr.Examples(
                [[str(EXAMPLES / name)] for name in EXAMPLE_FILES],
                [photo],
                examples_per_page=len(EXAMPLE_FILES),
                label="Or take one of these",
                elem_id="examples",
                api_visibility="private",
            )

    pictures, captions = {}, {}
    with gr.Row(elem_id="pictures"):
        for name, (label, alternative) in PICTURES.items():
            with gr.Column(min_width=150):
                pictures[name] = gr.Image(
                    label=label,
                    alt_text=alternative,
                    type="filepath",
                    format="png",
                    interactive=False,
                    buttons=["download"],
                    elem_classes="pixels",
                    elem_id=name,
                )
                captions[name] = gr.Markdown(elem_classes="caption", elem_id=f"{name}-caption")
    weights = gr.Markdown(elem_id="weights")

    with gr.Row():
        with gr.Column(scale=1, min_width=300):
            compared = gr.Radio(list(BEFORE_AFTER), value="Colorization", label="Before and after")
            with gr.Accordion("Advanced: weights from the Hugging Face Hub", open=False):
                repo_field = gr.Textbox(
                    label="Model repository",
                    placeholder="user/name",
                    info="Holds <model>/model.weights.h5, at most 20 MB each. For you alone; empty for ours again.",
                    max_length=120,
                )
                gr.Button("Use these weights").click(
                    lambda name: name.strip(), repo_field, repo, api_visibility="private"
                )
        slider = gr.ImageSlider(
            label="Before and after",
            format="png",
            type="pil",
            interactive=False,
            buttons=["fullscreen"],
            elem_classes="pixels",
            elem_id="before-after",
            scale=1,
            min_width=300,
        )

    def show(path, reconstructor, colorizer, repo, compared):
        if path is None:
            return gr.skip()
        try:
            made, sentences = inference.colorize(
                path, reconstructor, colorizer, Source(hub_repo=repo, token=False) if repo else source
            )
        except ValueError as error:
            return {problem: f"⚠️ {error}"}
        by_name = {picture.name: picture for picture in made}
        return {
            **{pictures[name]: _save(path, by_name[name]) for name in pictures},
            **{captions[name]: _caption(by_name[name]) for name in captions},
            slider: tuple(by_name[name].image for name in BEFORE_AFTER[compared]),
            weights: " ".join(sentences),
            problem: "",
        }

    gr.on(
        [photo.change, reconstructor.change, colorizer.change, repo.change, gr.context.Context.root_block.load],
        show,
        [photo, reconstructor, colorizer, repo, compared],
        [*pictures.values(), *captions.values(), slider, weights, problem],
        trigger_mode="always_last",
        show_progress_on=list(pictures.values()),
        api_visibility="private",
    )
    compared.input(
        lambda name, *images: tuple(dict(zip(pictures, images))[part] for part in BEFORE_AFTER[name]),
        [compared, *pictures.values()],
        slider,
        show_progress="hidden",
        api_visibility="private",
    )

    def colorize(image, reconstructor, colorizer):
        try:
            made, sentences = inference.colorize(image, reconstructor, colorizer, source)
        except ValueError as error:
            raise gr.Error(str(error), print_exception=False) from None
        metrics = {picture.name: picture.metrics for picture in made}
        return *(_save(image, picture) for picture in made), {
            **metrics,
            "weights": " ".join(sentences),
        }

    gr.on(
        [],
        colorize,
        [photo, reconstructor, colorizer],
        [*pictures.values(), gr.JSON(visible=False, label="metrics")],
        api_name="colorize",
        api_description="Crop a photo to its central square, resize it to 32 × 32 as the report does, and return four "
        "PNG pictures (original, grayscale, reconstruction, colorization) and, as JSON, the PSNR in dB, the SSIM and "
        "the report's accuracy of each against the original, with a sentence on the weights that made them.",
    )


def _save(photo, picture):
    """Returns the path of the picture as a PNG file, named after the photo, in Gradio's cache."""
    return save_pil_to_cache(picture.image, get_upload_folder(), f"{Path(photo).stem}-{picture.name}", "png")


def _choice(task, label, default):
    results = evaluation.read()
    choices = []
    for architecture in ARCHITECTURES.values():
        if architecture.task == task and architecture.id in results:
            result = results[architecture.id]
            facts = f"{result['parameters']:,} · {result['test']['accuracy']:.1%}"
            choices.append((f"{architecture.title} · {facts}", architecture.id))
    label = f"{label} model · its parameters · its test accuracy"
    return gr.Dropdown(choices, value=default, label=label, filterable=False, elem_id=task)


def _caption(picture):
    if picture.name == "original":
        return "What the models are given, at 32 × 32"
    if not picture.metrics:
        return "The photo has no colors to compare with"
    m = picture.metrics
    parts = [f"PSNR {m['psnr']:.1f} dB", f"SSIM {m['ssim']:.3f}"]
    if "accuracy" in m:
        parts.append(f"accuracy {m['accuracy']:.1%}")
    return " · ".join(parts)
