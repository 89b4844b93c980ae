"""What can be said of a model without training it: its layers, its sizes, and what was decided about it."""

import inspect
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


def code(architecture):
    """Returns the Python code that builds a model of this architecture, layer by layer, as `model`."""
    model = architecture.build(SIZE)
    names, lines, ours = {}, [], {}
    for layer, (name, kind, *_) in zip(model.layers, layer_table(model), strict=True):
        name = "latent" if layer.name == "latent" else name
        if kind == "InputLayer":
            lines.append(f"{name} = keras.Input({tuple(layer.batch_shape[1:])})")
        else:
            given = layer.input if isinstance(layer.input, list) else [layer.input]
            given = [names[id(tensor)] for tensor in given]
            module = type(layer).__module__
            if module.startswith("ae."):
                ours.setdefault(module, set()).add(kind)
            arguments = ", ".join(_arguments(layer))
            given = given[0] if len(given) == 1 else f"[{', '.join(given)}]"
            lines.append(f"{name} = {'' if module.startswith('ae.') else 'layers.'}{kind}({arguments})({given})")
        names[id(layer.output)] = name
    imports = [f"from {module} import {', '.join(sorted(kinds))}" for module, kinds in sorted(ours.items())]
    lines.append(f"model = keras.Model({names[id(model.input)]}, {names[id(model.output)]})")
    return "\n".join(["import keras", "from keras import layers", *imports, "", *lines, ""])


def _arguments(layer):
    """Yields what a layer is called with that is not the default, "name=value" each."""
    config = layer.get_config()
    for name, parameter in inspect.signature(type(layer).__init__).parameters.items():
        value, default = _shortest(config.get(name)), _shortest(parameter.default)
        if name in ("self", "name", "data_format") or value in (None, default, "linear"):
            continue
        if isinstance(value, (bool, int, float, str, tuple)):
            yield f'{name}="{value}"' if isinstance(value, str) else f"{name}={value}"
    if layer.name == "latent":
        yield 'name="latent"'


def _shortest(value):
    """A pair of the same numbers is written as one."""
    pair = isinstance(value, (list, tuple)) and len(value) == 2 and value[0] == value[1]
    return value[0] if pair else tuple(value) if isinstance(value, list) else value


def notes(architecture):
    """Returns what was decided about a model, a list of paragraphs: what we chose, then what else was tried.

    They are in its folder among the bundled weights, notes.md; a model without one has an empty paragraph.
    """
    if architecture.network == own.NETWORK:
        return [own.in_words(**architecture.options)]
    path = BUNDLED / architecture.id / "notes.md"
    text = path.read_text("utf-8") if path.is_file() else ""
    return [" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n")]
