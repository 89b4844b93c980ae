"""The models: a record each, in the order in which they are shown."""

from ae.models import own, recipes
from ae.models.architecture import Architecture

ARCHITECTURES = {
    architecture.id: architecture
    for architecture in [
        Architecture(
            id="ir-initial",
            task="reconstruct",
            title="Initial model",
            network="initial",
            source="Figure 1",
            fixed="Every layer; 4,911 parameters; 50 epochs.",
            published=(0.805, 0.812),
        ),
        Architecture(
            id="ir-wide",
            task="reconstruct",
            title="Wide model",
            network="wide",
            source="Experiment 1",
            fixed="The channels 3-8-16-32-32-16-8-3; a test accuracy slightly over 80 %.",
        ),
        Architecture(
            id="ir-kernels",
            task="reconstruct",
            title="Growing kernels",
            network="kernels",
            source="Experiment 2",
            fixed="More convolutions than the initial model, each kernel larger than the one before; "
            "results more or less the same.",
        ),
        Architecture(
            id="ir-avgpool",
            task="reconstruct",
            title="Average pooling",
            network="initial",
            options={"pooling": "average"},
            source="Experiment 3",
            fixed="Average pooling in the place of max pooling.",
        ),
        Architecture(
            id="ir-best",
            task="reconstruct",
            title="Best model",
            network="best",
            source="Experiment 4, Figure 6",
            fixed="Every layer; 19,383 parameters.",
            published=(0.832, 0.844),
        ),
        Architecture(
            id="color-report",
            task="colorize",
            title="Report's colorizer",
            network="best",
            source="Figure 12",
            fixed="Every layer; 19,167 parameters.",
            published=(0.503, 0.486),
        ),
        Architecture(
            id="ir-residual",
            task="reconstruct",
            title="Residual",
            network="residual",
            options={"channels": 64, "blocks": 2, "kernel": 3},
            recipe=recipes.ONE_CYCLE,
            epochs=40,
        ),
        Architecture(
            id="ir-residual-s",
            task="reconstruct",
            title="Residual, small",
            network="residual",
            options={"channels": 20, "blocks": 1, "kernel": 1},
            recipe=recipes.ONE_CYCLE,
            epochs=100,
        ),
        Architecture(
            id="color-unet",
            task="colorize",
            title="Colorizer",
            network="unet",
            recipe=recipes.COLORS,
            epochs=60,
            multiple=8,
            takes_hints=True,
        ),
        Architecture(
            id="color-photo",
            task="colorize",
            title="Photo colorizer",
            network="pretrained_unet",
            recipe=recipes.PHOTO_COLORS,
            epochs=3,
            size=192,
            multiple=32,
            takes_hints=True,
            photos=True,
            half_precision=True,
            data="photos of many kinds: things, scenes, faces, people, animals, food, clothes, streets; the card lists "
            "where they are from",
        ),
    ]
}


def get(model_id):
    """Returns the `Architecture` of that id. Raises ValueError, naming the known ones, if there is none.

    An id that begins with "own-" describes an architecture by itself, see `ae.models.own`.
    """
    if str(model_id).startswith("own-"):
        return own.architecture(model_id)
    if str(model_id) not in ARCHITECTURES:
        raise ValueError(f"Expected one of the models {', '.join(ARCHITECTURES)}. Received: {model_id!r:.100}")
    return ARCHITECTURES[model_id]
