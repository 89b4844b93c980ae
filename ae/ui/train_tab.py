"""The tab "Train live": choose an architecture, watch it learn, keep it."""

import os

import gradio as gr

from ae.models import catalog, own
from ae.models.description import describe
from ae.models.weights import FILE_NAME
from ae.photo import squares
from ae.training import child, line
from ae.training.line import LINE
from ae.ui import api, link, texts, train_pictures
from ae.ui.choices import Trained
from ae.ui.controls import FilesInput

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
    with gr.Row(elem_id="train-room"):
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
            with gr.Group(elem_id="train-design") as design:
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
                        elem_id=f"train-channels-{level}",
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
            with gr.Accordion(texts.TRAIN_OWN_PICTURES, open=False, elem_id="train-own"):
                gr.Markdown(texts.TRAIN_OWN_PICTURES_INFO.format(least=squares.LEAST, most=squares.MOST))
                pile = FilesInput(
                    file_count="multiple", label=texts.TRAIN_OWN_PICTURES_FILES, height=160, elem_id="train-files"
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
            with gr.Row() as depth:
                more, fewer = (
                    gr.Button(text, size="sm") for text in (texts.TRAIN_MORE_LEVELS, texts.TRAIN_FEWER_LEVELS)
                )
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

    def show(model, levels, *design):
        facts = describe(_model_id(model, levels, *design))
        return texts.TRAIN_SIZES.format(**facts), train_pictures.layers(facts, model == OWN and levels)

    gr.on(
        [gr.context.Context.block.select, *(control.change for control in chosen)],
        show,
        chosen,
        [sizes, layers],
        trigger_mode="always_last",
    )
    gr.context.Context.block.select(
        lambda visitor: gr.skip() if visitor else train_pictures.pictures("reconstruct"),  # what a run left stays
        visitor,
        pictures,
    )
    model.change(lambda model: (gr.Group(visible=model == OWN), gr.Row(visible=model == OWN)), model, [design, depth])
    more.click(lambda levels: min(levels + 1, own.LEVELS), levels, levels)
    fewer.click(lambda levels: max(levels - 1, 1), levels, levels)
    levels.change(
        lambda levels: [gr.Slider(interactive=level < levels) for level in range(own.LEVELS)],
        levels,
        channels,
    )

    def train(request: gr.Request, epochs, images, given, *chosen):
        model_id = _model_id(*chosen)
        shown, kept = {}, None
        yield {
            visitor: request.session_hash,
            start: gr.Button(interactive=False),
            stop: gr.Button(interactive=True),
            weights: gr.DownloadButton(interactive=False),
            history: gr.DownloadButton(interactive=False),
            pictures: train_pictures.pictures(catalog.get(model_id).task),
            curves: "",
            status: texts.TRAIN_STARTING,
            bar: train_pictures.bar(epochs),
        }
        try:
            for done, total, own_images in squares.cut(given) if given else ():
                yield {status: texts.TRAIN_READING.format(done=done, total=total)}
                images = own_images
            for progress in LINE.train(request.session_hash, model_id, epochs, images):
                shown = {status: _status(model_id, epochs, progress), bar: train_pictures.bar(epochs, progress)}
                if progress.history and not progress.step:
                    shown[pictures] = train_pictures.pictures(catalog.get(model_id).task, progress.pictures)
                    shown[curves] = train_pictures.curves(model_id, epochs, progress.history)
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
        [epochs, images, pile, *chosen],
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


def _duration(seconds):
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"
