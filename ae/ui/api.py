"""The page's functions for programs: named endpoints, and tools for assistants (MCP)."""

from pathlib import Path
from urllib.parse import quote

import gradio as gr
from gradio.data_classes import ImageData

from ae.evaluation.results import read_results
from ae.image.photos import open_photo, said_by
from ae.models import catalog
from ae.photo import pipeline
from ae.photo.colorizer import Colorizer
from ae.photo.memory import share_for
from ae.photo.strokes import read
from ae.ui import texts
from ae.ui.controls import PhotoInput
from ae.ui.door import API
from ae.ui.keeper import check_wanted
from ae.ui.pictures import full_size


def build(source):
    """Adds the endpoints about one photo, and /models, to the current Blocks; they show nothing."""

    def colorize(
        photo: str,
        reconstructor: str = pipeline.DEFAULT_RECONSTRUCTOR,
        colorizer: str = pipeline.DEFAULT_COLORIZER,
        as_report: bool = False,
        vividness: float = pipeline.VIVIDNESS,
        detail: float = 1.0,
    ):
        """Colorize a photo and reconstruct it from a few numbers: four pictures, and how close each is to the original.

        Args:
            photo: A picture file of at most 50 megapixels: JPEG, PNG, WebP, AVIF, GIF, BMP or TIFF.
            reconstructor: The id of a model that reconstructs, as /models lists them.
            colorizer: The id of a model that colorizes, as /models lists them.
            as_report: Crop the photo to its central square and resize it to 32 × 32 pixels, as the report does.
            vividness: From 0, safe and grayish colors, to 1, the most colorful.
            detail: From 1 to 2: how much larger than in its training the colorizer sees the photo.

        Returns:
            The original, its grayscale, its reconstruction and its colorization, then the PSNR in dB, the SSIM and the
            report's accuracy of each against the original, with a sentence on the weights that made them.
        """
        settings = {"as_report": as_report, "vividness": vividness, "detail": detail, "progress": check_wanted}
        makers = {"reconstruction": reconstructor, "colorization": colorizer}
        files, facts, sentences = [], {}, {}
        with share_for(photo):
            said = said_by(photo)
            for picture in pipeline.colorize(photo, reconstructor, colorizer, source, **settings):
                files.append(_file(full_size(photo, said, picture.image, picture.name, makers.get(picture.name, ""))))
                facts[picture.name] = picture.metrics
                sentences |= {picture.weights: True} if picture.weights else {}
                del picture  # before the next is made: a large photo leaves room for two
        return *files, facts | {"weights": " ".join(sentences)}

    def color_by_hand(
        photo: str,
        strokes: str,
        colorizer: str = pipeline.DEFAULT_COLORIZER,
        vividness: float = pipeline.VIVIDNESS,
    ):
        """Colorize a photo with the colors that are painted over it: each spreads to what is near and alike.

        Args:
            photo: A picture file of at most 50 megapixels: JPEG, PNG, WebP, AVIF, GIF, BMP or TIFF.
            strokes: A PNG or WebP picture of the strokes on a transparent ground, laid over the photo, of any size.
            colorizer: The id of a model that takes hints: "color-photo" or "color-unet".
            vividness: Where nothing is painted, from 0, safe and grayish colors, to 1, the most colorful.

        Returns:
            The photo in colors at its own size, then the sentence on the weights that made it.
        """
        with share_for(strokes):
            painted = read(strokes)
        model = Colorizer.load(colorizer, source)
        with share_for(photo):
            image = model.process(open_photo(photo), vividness, strokes=painted)
            return _answer(photo, image, "colored", colorizer, model.weights)

    def colorize_like(
        photo: str,
        reference: str,
        strength: float = 1.0,
        colorizer: str = pipeline.DEFAULT_COLORIZER,
        vividness: float = pipeline.VIVIDNESS,
    ):
        """Colorize a photo like another one: what looks alike to the model gets the other photo's colors.

        Args:
            photo: A picture file of at most 50 megapixels: JPEG, PNG, WebP, AVIF, GIF, BMP or TIFF.
            reference: Another such file, in color, of the same kind of scene.
            strength: From 0, the model's own colors, to 1, those of the reference wherever something is alike.
            colorizer: The id of a model that recognises what a photo shows: "color-photo".
            vividness: Of the model's own colors, from 0, safe and grayish, to 1, the most colorful.

        Returns:
            The photo in colors at its own size, then the sentence on the weights that made it.
        """
        model = Colorizer.load(colorizer, source)
        with share_for(reference):
            lent = model.reference(open_photo(reference), strength)
        with share_for(photo):
            image = model.process(open_photo(photo), vividness, reference=lent)
            return _answer(photo, image, "colored", colorizer, model.weights)

    def reconstruct(photo: str, model: str = pipeline.DEFAULT_RECONSTRUCTOR):
        """Give a photo back at its own size, as a model's latent holds it.

        Args:
            photo: A picture file of at most 50 megapixels: JPEG, PNG, WebP, AVIF, GIF, BMP or TIFF.
            model: The id of a model that reconstructs, as /models lists them.

        Returns:
            The reconstruction, then the sentence on the weights that made it.
        """
        with share_for(photo):
            image, sentence = pipeline.reconstruct_photo(photo, model, source, check_wanted)
            return _answer(photo, image, "reconstruction", model, sentence)

    def models():
        """List the models and baselines with their task, size and what they measure on CIFAR-10's test images.

        Returns:
            {id: {"title", "task", "source", "parameters", "latent", "test": {metric: mean}}}
        """
        return {
            i: {
                "title": architecture.title,
                "task": architecture.task,
                "source": architecture.source,
                **{name: result[name] for name in ("parameters", "latent", "test")},
            }
            for i, result in read_results().items()
            if (architecture := catalog.ARCHITECTURES.get(i))
        }

    photo = PhotoInput(visible=False, label=texts.PHOTO_LABEL)
    reconstructor = gr.Textbox(pipeline.DEFAULT_RECONSTRUCTOR, visible=False, label="reconstructor")
    colorizer = gr.Textbox(pipeline.DEFAULT_COLORIZER, visible=False, label="colorizer")
    as_report = gr.Checkbox(False, visible=False, label="as_report")
    vividness = gr.Number(pipeline.VIVIDNESS, visible=False, label="vividness")
    detail = gr.Number(1, visible=False, label="detail")
    pictures = [gr.Image(visible=False, type="filepath", format="png", label=name) for name in pipeline.PICTURES]
    facts = gr.JSON(visible=False, label="facts")
    as_it_is = {"preprocess": False, "postprocess": False}
    add(colorize, [photo, reconstructor, colorizer, as_report, vividness, detail], [*pictures, facts], **as_it_is)
    strokes = PhotoInput(visible=False, label="strokes")
    add(color_by_hand, [photo, strokes, colorizer, vividness], [pictures[3], facts], **as_it_is)
    reference = PhotoInput(visible=False, label="reference")
    strength = gr.Number(1, visible=False, label="strength")
    add(colorize_like, [photo, reference, strength, colorizer, vividness], [pictures[3], facts], **as_it_is)
    add(reconstruct, [photo, reconstructor], [pictures[2], facts], **as_it_is)
    add(models, [], [facts])


def add(function, inputs, outputs, **options):
    """Makes `function` an endpoint of its own name. `options` are those of `gr.on`."""
    gr.on([], function, inputs, outputs, api_name=function.__name__, api_description=function.__doc__, **options)


def _answer(photo, image, name, maker, weights):
    """Returns what an endpoint answers with that makes one picture of the photo."""
    return _file(full_size(photo, said_by(photo), image, name, maker)), {"weights": weights}


def _file(path):
    """Returns a picture as an endpoint answers it that does without Gradio's `postprocess`."""
    return ImageData(path=path, url=f"{API}/file={quote(path)}", orig_name=Path(path).name).model_dump()
