"""The tab "Compare": one photo, every model and every baseline, best first."""

from dataclasses import asdict
from functools import partial

import gradio as gr

from ae.image.metrics import captions
from ae.models.catalog import get
from ae.photo.compare import rank
from ae.ui import api, link, texts
from ae.ui.choices import YOURS, choices, resolve
from ae.ui.controls import AS_REPORT, OWN_SIZE, PhotoInput
from ae.ui.keeper import check_wanted
from ae.ui.pictures import preview
from ae.ui.session import Work


def build(session):
    """Lays out the tab inside the current `gr.Tab`, and compares when it is opened. It has no model dropdowns: []."""
    shown = gr.State({})  # {title: path of its picture}, the original first, then as in the grid
    chosen = gr.State("")
    done = gr.State()  # what the grid shows: photo, task, the session's own model
    work = gr.State(Work())
    gr.Markdown(texts.COMPARE_INTRODUCTION)
    with gr.Row():
        task = gr.Radio(
            [(texts.COMPARE_RECONSTRUCTION, "reconstruct"), (texts.COMPARE_COLORIZATION, "colorize")],
            value="reconstruct",
            label=texts.COMPARE_TASK,
            info=texts.COMPARE_TASK_INFO,
        )
        size = gr.Radio(
            [(texts.PHOTO_AS_REPORT, AS_REPORT), (texts.PHOTO_OWN_SIZE, OWN_SIZE)],
            value=AS_REPORT,
            label=texts.COMPARE_SIZE,
            info=texts.COMPARE_SIZE_INFO,
            elem_id="compare-size",
        )
    with gr.Row():
        with gr.Column(min_width=300, elem_id="compare-pair"):
            against = gr.Dropdown(
                [texts.COMPARE_ORIGINAL],
                value=texts.COMPARE_ORIGINAL,
                label=texts.COMPARE_AGAINST,
                info=texts.COMPARE_AGAINST_INFO,
                filterable=False,
                elem_id="compare-against",
            )
            slider = gr.ImageSlider(
                label=texts.COMPARE_SLIDER,
                format="png",
                type="filepath",
                interactive=False,
                buttons=["fullscreen"],
                elem_classes="pixels",
                elem_id="compare-slider",
            )
        with gr.Column(min_width=300):
            grid = gr.Gallery(
                label=texts.COMPARE_GRID,
                allow_preview=False,
                interactive=False,
                buttons=[],
                object_fit="fill",
                elem_classes="pixels",
                elem_id="compare-grid",
            )
            remarks = gr.Markdown(elem_id="compare-remarks")
            gr.Markdown(texts.COMPARE_NUMBERS)

    link.remember({"compare": task, "compare-size": size})
    session.filled_by(
        partial(show, session.source),
        [session.photo, session.opened, task, size, session.trained, chosen, against, done, work],
        [grid, remarks, against, slider, shown, chosen, done],
        blank,
        given=[work],
        also=[task.change, size.change],
        trigger_mode="always_last",
        show_progress_on=grid,
    )
    grid.select(choose, [shown, against], [chosen, slider])
    against.input(_pair, [shown, against, chosen], slider)

    def compare(photo: str, task: str):
        """Compare what every model and every baseline makes of a photo at 32 × 32 pixels, best first.

        Args:
            photo: A picture file of at most 50 megapixels: JPEG, PNG, WebP, AVIF, GIF, BMP or TIFF. Its central square
                is used.
            task: "reconstruct" for the models that give a photo back from a few numbers, "colorize" for those that
                guess the colors of its grayscale.

        Returns:
            One entry a model or baseline, best PSNR first, what is exact after them: its id, title, parameters, latent
            size, PSNR in dB, SSIM and the report's accuracy (null where there is nothing to compare with), and the
            reason where there is no picture of it. Then the pictures in the same order.
        """
        _, results = rank(photo, task, _models(task, None, session.source), check_wanted)
        pictures = [(preview(photo, result.image, result.id), _caption(result)) for result in results if result.image]
        return [_row(result) for result in results], pictures

    given = PhotoInput(visible=False, label="photo")  # the visible one would tell its example's path
    api.add(compare, [given, task], [gr.JSON(visible=False, label="results"), grid])
    return []


def blank(work):
    """Returns the outputs of `show` without pictures: those of an earlier photo are wanted no more."""
    work.latest = None
    return None, "", gr.skip(), None, {}, gr.skip(), None


def show(source, path, opened, task, size, trained, right, left, done, work, progress=gr.Progress()):
    """Returns the grid, what is to be said of it, the choice for the left, the slider, {title: path} and the right.

    `right` and `left` are the titles that are laid over each other; `done` is what is shown already, and comes last.
    Shows nothing if other work has begun meanwhile.
    """
    wanted = path, task, size, trained
    if opened != "compare" or path is None or wanted == done:
        return gr.skip()
    mark = work.latest = object()
    models = _models(task, trained, source)
    original, results = rank(path, task, models, progress=progress, own_size=size == OWN_SIZE)
    if work.latest is not mark:
        return gr.skip()
    made = [result for result in results if result.image]
    paths = {texts.COMPARE_ORIGINAL: preview(path, original, "original")}
    paths |= {result.title: preview(path, result.image, result.id) for result in made}
    right = right if right in paths else made[0].title
    left = left if left in paths else texts.COMPARE_ORIGINAL
    pictures = [(paths[result.title], _caption(result)) for result in made]
    look = "pixels" if size == AS_REPORT else "photo"
    return (
        gr.Gallery(pictures, selected_index=list(paths).index(right) - 1, elem_classes=look),
        _remarks(results),
        gr.Dropdown(list(paths), value=left),
        gr.ImageSlider((paths[left], paths[right]), label=_label(left, right), elem_classes=look),
        paths,
        right,
        wanted,
    )


def choose(paths, left, event: gr.SelectData):
    """Returns the title of the picture that was clicked, and the slider over it."""
    if not isinstance(event.index, int) or event.index not in range(len(paths) - 1):
        raise ValueError("Expected one of the pictures shown. Click one again.")
    right = list(paths)[1 + event.index]
    return right, _pair(paths, left, right)


def _models(task, trained, source):
    """Returns [(title, model id, source), …] of the models that can be chosen for the task."""
    models = []
    for label, value in choices(task, trained):
        model_id, weights = resolve(value, trained, source)
        models.append((label if value == YOURS else get(model_id).title, model_id, weights))
    return models


def _pair(paths, left, right):
    """Returns the slider over two of the pictures; nothing changes while there is none."""
    if right not in paths:
        return gr.skip()
    return gr.ImageSlider((paths[left], paths[right]), label=_label(left, right))


def _label(left, right):
    return texts.COMPARE_PAIR.format(left=left, right=right)


def _row(result):
    """The result as JSON."""
    row = {key: value for key, value in asdict(result).items() if key not in ("image", "metrics")}
    return row | {name: result.metrics.get(name) for name in ("psnr", "ssim", "accuracy")}


def _caption(result):
    lines = [result.title, *([texts.COMPARE_EXACT] if result.exact else captions(result.metrics))]
    if result.parameters is not None:
        lines.append(texts.COMPARE_SIZES.format(parameters=result.parameters, latent=result.latent))
    return "\n".join(lines)


def _remarks(results):
    sentences = [] if any(result.metrics for result in results) else [texts.COMPARE_WITHOUT_COLORS]
    sentences += dict.fromkeys(result.weights for result in results if result.weights)
    sentences += [texts.COMPARE_MISSING.format(title=r.title, reason=r.reason) for r in results if not r.image]
    return " ".join(sentences)
