"""What can be said of a model without training it: its layers, its sizes, and what was decided about it."""

import re
from collections import Counter
from math import prod

from ae.models import own
from ae.models.catalog import get
from ae.models.weights import BUNDLED

SIZE = 32


def describe(model_id):
    """Returns the id, title, task and `facts` of any model, and what was "chosen" of it, in one dict.

    Raises ValueError for an unknown id.
    """
    architecture = get(model_id)
    named = {name: getattr(architecture, name) for name in ("id", "title", "task")}
    return named | {"chosen": notes(architecture)[0]} | facts(architecture)


def facts(architecture):
    """Returns what a model is built of, a dict of plain values: at 32 × 32 pixels, whatever it is made for.

    "parameters", "latent" (how many numbers its encoder leaves), "latent_layer" (the index of the encoder's last one)
    and "layers": [name, [height, width, channels], parameters].
    """
    model = architecture.build(SIZE)
    layers = [[name, list(shape[1:]), count] for name, _, shape, count in layer_table(model)]
    return {
        "parameters": sum(count for *_, count in layers),
        "latent": prod(model.get_layer("latent").output.shape[1:]),
        "latent_layer": [layer.name for layer in model.layers].index("latent"),
        "layers": layers,
    }


def layer_table(model):
    """Returns rows (layer, type, output shape, parameters) of a `keras.Model`.

    The layers are numbered as Keras numbers them in a fresh process, so that their names do not
    depend on what was built before.
    """
    rows, seen = [], Counter()
    for layer in model.layers:
        kind = type(layer).__name__
        name = re.sub("(?<!^)(?=[A-Z][a-z])", "_", kind).lower()
        *sides, channels = layer.output.shape
        shape = (*sides, channels or 1)  # where hints may come with the luma, it is listed alone
        rows.append((f"{name}_{seen[name]}" if seen[name] else name, kind, shape, layer.count_params()))
        seen[name] += 1
    return rows


def notes(architecture):
    """Returns what was decided about a model, a list of paragraphs: what we chose, then what else was tried.

    They are in its folder among the bundled weights, notes.md; a model without one has an empty paragraph.
    """
    if architecture.network == own.NETWORK:
        return [own.in_words(**architecture.options)]
    path = BUNDLED / architecture.id / "notes.md"
    text = path.read_text("utf-8") if path.is_file() else ""
    return [" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n")]
