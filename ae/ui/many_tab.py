"""The tab "Many photos": a pile of photos and short films or a ZIP of them in, a ZIP of colorized ones out."""

from html import escape
from pathlib import Path
from tempfile import mkdtemp

import gradio as gr
from gradio.utils import get_upload_folder

from ae.photo import many, pipeline
from ae.photo.outcomes import row
from ae.ui import api, link, texts
from ae.ui.choices import choices, resolve
from ae.ui.controls import FilesInput
from ae.ui.controls import vividness as vividness_slider
from ae.ui.keeper import check_wanted


def build(session):
    """Lays out the tab inside the current Blocks and returns its model dropdowns; adds the endpoint /colorize_many."""
    run = gr.State(None, delete_callback=_discard)
    gr.Markdown(texts.MANY_INTRODUCTION)
    with gr.Row():
        with gr.Column(scale=1, min_width=280):
            given = FilesInput(file_count="multiple", label=texts.MANY_FILES, height=260, elem_id="many-files")
        with gr.Column(scale=1, min_width=280):
            colorizer = gr.Dropdown(
                choices("colorize"),
                value=pipeline.DEFAULT_COLORIZER,
                label=texts.PHOTO_COLORIZER,
                filterable=False,
                elem_id="many-colorizer",
            )
            vividness = vividness_slider("many-vividness")
            with gr.Row():
                start = gr.Button(texts.MANY_START, variant="primary", elem_id="many-start")
                stop = gr.Button(texts.MANY_STOP, interactive=False, elem_id="many-stop")
    progress = gr.HTML(elem_id="many-progress")
    download = gr.DownloadButton(texts.MANY_DOWNLOAD, interactive=False, elem_id="many-download")
    gallery = gr.Gallery(
        label=texts.MANY_GALLERY,
        height=420,
        object_fit="contain",
        interactive=False,
        buttons=[],
        elem_id="many-gallery",
    )
    failures = gr.HTML(elem_id="many-failures")

    link.remember({"many-model": colorizer, "many-vividness": vividness})

    def show(given, colorizer, vividness, trained, last):
        _discard(last)
        model_id, model_source = resolve(colorizer, trained, session.source)
        folder = _new_folder()
        current = many.Run(given, folder, model_id, model_source, vividness=vividness, previews=folder)
        try:
            yield {
                run: current,
                start: gr.Button(interactive=False),
                stop: gr.Button(interactive=True),
                download: gr.DownloadButton(value=None, interactive=False),
                gallery: None,
                failures: "",
                progress: _progress(current),
            }
            while not current.wait(1):
                yield {progress: _progress(current), gallery: _pictures(current), failures: _failures(current)}
            shown = {
                progress: _summary(current),
                gallery: _pictures(current),
                failures: _failures(current),
                download: gr.DownloadButton(value=str(current.zip), interactive=True),
            }
        except (ValueError, OSError) as error:
            shown = {progress: f"<p role='alert'>⚠️ {escape(str(error))}</p>"}
        finally:
            current.stop()  # the visitor may have left
        # In one answer: of two that come at once, Gradio's page forgets what only the first one changes.
        yield shown | {start: gr.Button(interactive=True), stop: gr.Button(interactive=False)}

    start.click(
        show,
        [given, colorizer, vividness, session.trained, run],
        [run, start, stop, download, gallery, failures, progress],
        concurrency_id="many",
        concurrency_limit=1,
        show_progress="minimal",
        show_progress_on=progress,
    )
    stop.click(_stop, run, stop)

    def colorize_many(files, colorizer, vividness):
        """Colorize up to 200 photos and short films at once. A bad file does not stop the others.

        Args:
            files: Picture files of at most 50 megapixels, films of up to 1,500 frames, ZIPs of them: 200 in all.
            colorizer: The id of a model that colorizes, as /models lists them.
            vividness: From 0, safe and grayish colors, to 1, the most colorful.

        Returns:
            A ZIP with a picture for every photo, of its size and with its name, and results.csv; then, as a list,
            for every file "file", "result" (its name in the ZIP), "status" ("done" or "failed"), "reason", "width"
            and "height" in pixels, and "seconds".
        """
        current = many.Run(files, _new_folder(), colorizer, session.source, vividness=vividness)
        try:
            while not current.wait(1):
                check_wanted()
        except (ValueError, OSError):
            current.discard()
            raise
        return str(current.zip), [row(outcome) for outcome in current.outcomes]

    api.add(
        colorize_many,
        [
            FilesInput(file_count="multiple", visible=False, label="files"),
            gr.Textbox(pipeline.DEFAULT_COLORIZER, visible=False, label="colorizer"),
            gr.Number(pipeline.VIVIDNESS, visible=False, label="vividness"),
        ],
        [gr.File(visible=False, label="results"), gr.JSON(visible=False, label="outcomes")],
        concurrency_id="many",
        concurrency_limit=1,
    )
    return [(colorizer, "colorize")]


def _new_folder():
    """Gradio serves what is in its cache as it lies."""
    Path(get_upload_folder()).mkdir(parents=True, exist_ok=True)
    return Path(mkdtemp(dir=get_upload_folder()))


def _discard(run):
    if run:
        run.discard()


def _stop(run):
    if run:
        run.stop()
    return gr.Button(interactive=False)


def _progress(run):
    done, left = len(run.outcomes), many.time_left(run.seconds, len(run.outcomes), run.total)
    if not run.total:
        text = texts.MANY_UNPACKING
    elif not run.seconds:
        text = texts.MANY_LOADING
    else:
        text = texts.MANY_PROGRESS.format(done=done, total=run.total) + (left and texts.MANY_LEFT.format(left=left))
    bar = f"<progress aria-label='{texts.MANY_BAR}' max='{run.total or 1}' value='{done}'></progress>"
    return f"<p>{text}</p>{bar}" + "".join(_film(run, *film) for film in list(run.films.items()))


def _film(run, file, through):
    done, total, began = through
    left = many.time_left(run.seconds - began, done, total)
    text = texts.MANY_FILM.format(file=file, done=done, total=total) + (left and texts.MANY_LEFT.format(left=left))
    return f"<p>{escape(text)}</p>"


def _summary(run):
    statuses = [outcome.status for outcome in run.outcomes]
    text = texts.MANY_DONE if len(statuses) == run.total else texts.MANY_STOPPED
    text = text.format(done=statuses.count("done"), failed=statuses.count("failed"), total=run.total)
    return f"<p role='status'>{text}</p><p>{escape(run.weights)}</p>"


def _pictures(run):
    return [(outcome.preview, outcome.file) for outcome in list(run.outcomes) if outcome.preview]


def _failures(run):
    rows = "".join(
        f"<tr><td>{escape(outcome.file)}</td><td>{escape(outcome.reason)}</td></tr>"
        for outcome in list(run.outcomes)
        if outcome.status == "failed"
    )
    head = "".join(f"<th scope='col'>{name}</th>" for name in texts.MANY_COLUMNS)
    return rows and f"<table class='plain'><caption>{texts.MANY_FAILURES}</caption><tr>{head}</tr>{rows}</table>"
