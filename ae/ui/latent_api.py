"""The tab "Look inside" for programs: its endpoints."""

import gradio as gr

from ae.photo import latent as inside
from ae.ui import api
from ae.ui import latent_pictures as pictures
from ae.ui.controls import PhotoInput

DEFAULT_MODEL = "ir-best"


def build(source):
    """Adds /latent, /features, /walk and /neighbors to the current Blocks; they show nothing."""

    def latent(photo: str, model: str = DEFAULT_MODEL):
        """Encode a photo with an autoencoder, and say what each channel of its latent is worth.

        Args:
            photo: A picture file; its central square is resized to 32 × 32 pixels.
            model: The id of a model without skip connections, as /models lists them: "ir-…" or "color-report".

        Returns:
            The latent as "shape" (height, width, channels) and nested lists of numbers, the "psnr" of what the decoder
            makes of it, and "muting_costs": by how many dB that falls where one channel is set to 0, for each channel.
        """
        encoding = inside.encoding(inside.cut(model, source), inside.square(photo))
        return {
            "shape": encoding.latent.shape,
            "latent": encoding.latent.astype(float).round(5).tolist(),
            "psnr": encoding.psnr,
            "muting_costs": encoding.costs.tolist(),
        }

    def features(photo: str, model: str = DEFAULT_MODEL):
        """Show what every layer of a model makes of a photo.

        Args:
            photo: A picture file; its central square is resized to 32 × 32 pixels.
            model: The id of a model, as /models lists them.

        Returns:
            One picture a layer with its name and shape: the layer's channels as tiles, row by row, each stretched from
            black, its lowest value, to white, its highest.
        """
        return pictures.saved(pictures.sheets(inside.cut(model, source), inside.square(photo)))

    def walk(photo: str, other: str, model: str = DEFAULT_MODEL):
        """Walk from one photo to another through the latent of a model, there and back.

        Args:
            photo: The picture file to start from; its central square is resized to 32 × 32 pixels.
            other: The picture file to go to, likewise.
            model: The id of a model without skip connections, as /models lists them: "ir-…" or "color-report".

        Returns:
            An animated WebP file: on the left the walk through the latent, on the right the cross-fade of the pixels.
        """
        return pictures.animation(inside.walk(inside.cut(model, source), inside.square(photo), inside.square(other)))

    def neighbors(photo: str, model: str = DEFAULT_MODEL):
        """Find the test images of CIFAR-10 that are nearest to a photo in the latent of a model.

        Args:
            photo: A picture file; its central square is resized to 32 × 32 pixels.
            model: The id of a model, as /models lists them.

        Returns:
            The ten nearest images, nearest first, then each one's class and its Euclidean distance from the photo's
            latent, with how many images were searched.
        """
        found, searched = inside.nearest(inside.cut(model, source), inside.square(photo))
        rows = [{"class": neighbor.label, "distance": neighbor.distance} for neighbor in found]
        return pictures.saved(pictures.neighbors(found)), {"searched": searched, "neighbors": rows}

    photo, other = (PhotoInput(visible=False, label=label) for label in ("photo", "other"))
    model = gr.Textbox(DEFAULT_MODEL, visible=False, label="model")
    gallery, facts = gr.Gallery(visible=False, label="pictures"), gr.JSON(visible=False, label="facts")
    api.add(latent, [photo, model], [facts])
    api.add(features, [photo, model], [gallery])
    api.add(walk, [photo, other, model], [gr.File(visible=False, label="animation")])
    api.add(neighbors, [photo, model], [gallery, facts])
