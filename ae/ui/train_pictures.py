"""What the tab "Train live" draws: the network, how far the training is, its curves and what the model makes."""

import math
from html import escape

import numpy as np

from ae.image.color import luma
from ae.image.photos import to_image
from ae.models import catalog
from ae.training import child
from ae.training.line import Progress
from ae.ui import texts
from ae.ui.charts import chart, data_uri, figure, graph, ticks


def layers(facts, levels=None):
    """Returns the diagram of a network, HTML; in one with so many `levels` a click on a layer changes its channels."""
    controls, caption = {}, texts.TRAIN_LAYERS
    if levels:
        convolutions = [i for i, (name, *_) in enumerate(facts["layers"]) if name.startswith("conv2d")]
        for i, level in zip(convolutions, [*range(1, levels + 1), *range(levels - 1, 0, -1)]):
            label = texts.TRAIN_LAYER_CONTROL.format(level=level, channels=facts["layers"][i][1][-1])
            controls[i] = (f"train-channels-{level}", label)
        caption = texts.TRAIN_LAYERS_CONTROL
    drawing = graph(texts.TRAIN_LAYERS_ALT.format(id=facts["id"]), facts["layers"], facts["latent_layer"], controls)
    return f'<div class="layers" tabindex="0">{figure(drawing, caption)}</div>'


def bar(epochs, progress=Progress()):
    """Returns how far the run is, as HTML: a bar that moves, too, while it is not known."""
    if progress.ended or progress.place:
        return ""
    done = len(progress.history["epochs"]) if progress.history else 0
    if progress.step:
        epoch, steps, of, _ = progress.step
        done = epoch - 1 + steps / of
    value = f' value="{done / epochs:.4f}"' if done else ""
    return f'<progress{value} aria-label="{escape(texts.TRAIN_BAR)}"></progress>'


def pictures(task, made=None):
    """Returns the four photos as they are, as the model is given them and, if any, as it `made` them."""
    originals = child.photos().astype(np.float32) / 255
    rows = {texts.TRAIN_ORIGINAL: [to_image(image) for image in originals]}
    if task == "colorize":
        rows[texts.TRAIN_GIVEN] = [to_image(image) for image in luma(originals)]
    rows[texts.TRAIN_MADE] = made or [None] * len(originals)
    body = ""
    for row, images in rows.items():
        alternatives = [escape(texts.TRAIN_PICTURE_ALT.format(row=row, photo=photo)) for photo in texts.TRAIN_PHOTOS]
        cells = "".join(
            f'<td><img src="{data_uri(image)}" alt="{alternative}"></td>' if image else '<td class="empty"></td>'
            for image, alternative in zip(images, alternatives, strict=True)
        )
        body += f"<tr><th>{escape(row)}</th>{cells}</tr>"
    caption = f"<p>{escape(texts.TRAIN_PICTURES)}</p>"
    return f'{caption}<div class="wide" tabindex="0"><table class="pictures"><tbody>{body}</tbody></table></div>'


def curves(model_id, epochs, history):
    loss = texts.TRAIN_LOSS.format(loss=catalog.get(model_id).recipe.loss_name)
    drawings = _curve(loss, "loss", epochs, history), _curve(texts.TRAIN_ACCURACY, "accuracy", epochs, history)
    return f'<div class="columns">{"".join(drawings)}</div>'


def _curve(label, metric, epochs, history):
    lines, points = [], []
    for kind, name, text in (
        ("train", metric, texts.TRAIN_TRAINING),
        ("validation", f"val_{metric}", texts.TRAIN_VALIDATION),
    ):
        values = [(row["epoch"], row[name]) for row in history["epochs"] if math.isfinite(row[name])]
        if values:
            lines.append((kind, kind, values))
            points.append((kind, text.format(value=values[-1][1]), *values[-1]))
    shown = [value for _, _, values in lines for _, value in values] or [0]
    steps = sorted({*range(0, epochs + 1, math.ceil(epochs / 10)), epochs})
    drawing = chart(
        texts.TRAIN_CURVE.format(metric=label),
        texts.TRAIN_AXIS,
        label,
        [(step, str(step)) for step in steps],
        ticks(min(shown), max(*shown, min(shown) + 1e-6)),
        lines,
        points,
    )
    return figure(drawing, texts.TRAIN_CURVE_CAPTION.format(metric=label))
