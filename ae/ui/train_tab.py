"""The tab "Train live": choose an architecture, watch it learn, keep it."""

import math
import os
from html import escape

import gradio as gr
import numpy as np

from ae.image.color import luma
from ae.image.photos import to_image
from ae.models import catalog, own
from ae.models.description import describe
from ae.models.weights import FILE_NAME
from ae.training import child, line
from ae.training.line import LINE, Progress
from ae.ui import api, link, texts
from ae.ui.charts import chart, data_uri, figure, graph, ticks
from ae.ui.choices import Trained

OWN = "own"
CHANNELS = (8, 12, 16, 16)
LEVELS = 3


def build(session):
    """Lays out the tab inside the current `gr.Tab`. It has no dropdown of trained models: [].

    After the first epoch the session's own `Trained` model is the one being trained.
    """
    trained = session.trained
    visitor = gr.State(None, delete_callback=LINE.discard)
    introduction = texts.TRAIN_INTRODUCTION_WHOLE if os.environ.get("AE_DATA") else texts.TRAIN_INTRODUCTION
    gr.Markdown(introduction.format(minutes=line.SECONDS // 60))
    with gr.Row():
        with gr.Column(scale=1, min_width=300):
            known = [a for a in catalog.ARCHITECTURES.values() if not a.photos]
            model = gr.Dropdown(
                [(texts.TRAIN_OWN, OWN), *((f"{a.title} ({a.id})", a.id) for a in known)],
                value=OWN,
                label=texts.TRAIN_MODEL,
                filterable=False,
                elem_id="train-model",
            )
            epochs = gr.Slider(1, line.EPOCHS, 10, step=1, label=texts.TRAIN_EPOCHS, buttons=[])
            most = child.most_images()
            images = gr.Slider(100, most, min(most, 2000), step=100, label=texts.TRAIN_IMAGES, buttons=[])
            with gr.Row():
                start = gr.Button(texts.TRAIN_START, variant="primary", elem_id="train-start")
                stop = gr.Button(texts.TRAIN_STOP, interactive=False, elem_id="train-stop")
            with gr.Group() as design:
                levels = gr.Slider(
                    1, own.LEVELS, LEVELS, step=1, label=texts.TRAIN_LEVELS, info=texts.TRAIN_LEVELS_INFO, buttons=[]
                )
                channels = [
                    gr.Slider(
                        1,
                        own.CHANNELS,
                        number,
                        step=1,
                        label=texts.TRAIN_CHANNELS.format(level=level),
                        interactive=level <= LEVELS,
                        buttons=[],
                    )
                    for level, number in enumerate(CHANNELS, 1)
                ]
                kernel = gr.Radio([(f"{k} × {k}", k) for k in own.KERNELS], value=3, label=texts.TRAIN_KERNEL)
                pooling = gr.Radio(list(own.POOLINGS), value="max", label=texts.TRAIN_POOLING)
                activation = gr.Dropdown(
                    list(own.ACTIVATIONS), value="relu", label=texts.TRAIN_ACTIVATION, filterable=False
                )
        with gr.Column(scale=2, min_width=300):
            status = gr.Markdown(elem_id="train-status")
            bar = gr.HTML(elem_id="train-bar", padding=False)
            pictures = gr.HTML(elem_id="train-pictures")
            curves = gr.HTML(elem_id="train-curves")
            with gr.Row():
                weights = gr.DownloadButton(texts.TRAIN_WEIGHTS, size="sm", interactive=False, elem_id="train-weights")
                history = gr.DownloadButton(texts.TRAIN_HISTORY, size="sm", interactive=False, elem_id="train-history")
            sizes = gr.Markdown(elem_id="train-sizes")
            layers = gr.HTML(elem_id="train-facts")
    linked = {
        "train-model": model,
        "train-levels": levels,
        **{f"train-channels-{level}": slider for level, slider in enumerate(channels, 1)},
        "train-kernel": kernel,
        "train-pooling": pooling,
        "train-activation": activation,
    }
    chosen = list(linked.values())
    link.remember({**linked, "train-epochs": epochs, "train-images": images})

    def show(*chosen):
        facts = describe(_model_id(*chosen))
        return texts.TRAIN_SIZES.format(**facts), _layers(facts)

    gr.on(
        [gr.context.Context.block.select, *(control.change for control in chosen)],
        show,
        chosen,
        [sizes, layers],
        trigger_mode="always_last",
    )
    gr.context.Context.block.select(
        lambda visitor: gr.skip() if visitor else _pictures("reconstruct"),  # what a run left stays
        visitor,
        pictures,
    )
    model.change(lambda model: gr.Group(visible=model == OWN), model, design)
    levels.change(
        lambda levels: [gr.Slider(interactive=level < levels) for level in range(own.LEVELS)],
        levels,
        channels,
    )

    def train(request: gr.Request, epochs, images, *chosen):
        model_id = _model_id(*chosen)
        shown, kept = {}, None
        yield {
            visitor: request.session_hash,
            start: gr.Button(interactive=False),
            stop: gr.Button(interactive=True),
            weights: gr.DownloadButton(interactive=False),
            history: gr.DownloadButton(interactive=False),
            pictures: _pictures(catalog.get(model_id).task),
            curves: "",
            status: texts.TRAIN_STARTING,
            bar: _bar(epochs),
        }
        try:
            for progress in LINE.train(request.session_hash, model_id, epochs, images):
                shown = {status: _status(model_id, epochs, progress), bar: _bar(epochs, progress)}
                if progress.history and not progress.step:
                    shown[pictures] = _pictures(catalog.get(model_id).task, progress.pictures)
                    shown[curves] = _curves(model_id, epochs, progress.history)
                if progress.folder != kept or progress.ended:
                    kept = progress.folder
                    shown[trained] = Trained(model_id, kept) if kept else None
                if progress.ended and kept:
                    files = kept / model_id
                    shown[weights] = gr.DownloadButton(value=files / FILE_NAME, interactive=True)
                    shown[history] = gr.DownloadButton(value=files / "history.json", interactive=True)
                yield shown
        except ValueError as error:
            shown = {status: f"⚠️ {error}", bar: ""}
        # The last answer again: of two that come at once, Gradio's page forgets what only the first one changes.
        yield shown | {start: gr.Button(interactive=True), stop: gr.Button(interactive=False)}

    start.click(
        train,
        [epochs, images, *chosen],
        [visitor, trained, start, stop, status, bar, pictures, curves, weights, history],
        concurrency_limit=None,  # `LINE` has one,
    )

    def end(request: gr.Request):
        LINE.stop(request.session_hash)

    stop.click(end, queue=False)
    gr.context.Context.root_block.unload(end)

    def architecture(model: str = "own-8-12-16-k3-max-relu"):
        """Describe a network before training it: its parameters, the size of its latent and its layers.

        Args:
            model: The id of a model, or own-CHANNELS-kKERNEL-POOLING-ACTIVATION for one of your own: 1 to 4 levels of 1
                to 64 channels, joined by hyphens, the last being the latent's; the kernel 1, 3, 5 or 7; max or average
                pooling; the activation relu, leaky_relu, elu, gelu, tanh or linear.

        Returns:
            {"id", "title", "task", "chosen", "parameters", "latent", "latent_layer": an index into "layers", "layers":
            [name, [height, width, channels], parameters]}, for an image of 32 × 32 pixels.
        """
        return describe(model)

    api.add(
        architecture,
        [gr.Textbox("own-8-12-16-k3-max-relu", visible=False, label="model")],
        [gr.JSON(visible=False, label="architecture")],
    )
    return []


def _model_id(model, levels, *design):
    channels, (kernel, pooling, activation) = design[: own.LEVELS], design[own.LEVELS :]
    return own.model_id(channels[:levels], kernel, pooling, activation) if model == OWN else model


def _layers(facts):
    drawing = graph(texts.TRAIN_LAYERS_ALT.format(id=facts["id"]), facts["layers"], facts["latent_layer"])
    return f'<div class="layers" tabindex="0">{figure(drawing, texts.TRAIN_LAYERS)}</div>'


def _status(model_id, epochs, progress):
    if progress.place:
        return texts.TRAIN_PLACE.format(place=progress.place)
    ended = progress.ended and texts.TRAIN_ENDED[progress.ended].format(memory=line.MEMORY_BYTES // 1024**3)
    if ended and not progress.folder:
        return f"{ended} {texts.TRAIN_NOTHING_KEPT}"
    learning = texts.TRAIN_STEP.format(*progress.step) if progress.step else ""
    if not progress.history:
        first = texts.TRAIN_FIRST_EPOCH.format(epochs=epochs)
        return f"{first} {learning}" if learning else texts.TRAIN_STARTING
    done, abandoned = progress.history["epochs"], progress.history["abandoned"]
    facts = {"epoch": len(done), "accuracy": done[-1]["val_accuracy"]}
    if ended:
        sentences = [ended, texts.TRAIN_KEPT.format(**facts, name=texts.YOURS.format(model=model_id))]
    else:
        sentences = [texts.TRAIN_EPOCH.format(**facts, epochs=epochs, left=_duration(progress.seconds_left))]
        sentences += [learning] if learning else []
    if abandoned:
        sentences.append(texts.TRAIN_STARTED_OVER.format(times=len(abandoned), reason=abandoned[-1]["reason"]))
    return " ".join(sentences)


def _bar(epochs, progress=Progress()):
    """Returns how far the run is, as HTML: a bar that moves, too, while it is not known."""
    if progress.ended or progress.place:
        return ""
    done = len(progress.history["epochs"]) if progress.history else 0
    if progress.step:
        epoch, steps, of, _ = progress.step
        done = epoch - 1 + steps / of
    value = f' value="{done / epochs:.4f}"' if done else ""
    return f'<progress{value} aria-label="{escape(texts.TRAIN_BAR)}"></progress>'


def _duration(seconds):
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"


def _pictures(task, made=None):
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


def _curves(model_id, epochs, history):
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
