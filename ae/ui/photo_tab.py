"""The tab "Photo": the photo in colors first, then the other pictures of it side by side."""

from html import escape

import gradio as gr

from ae.models.weights import Source
from ae.photo import pipeline
from ae.ui import link, texts
from ae.ui.choices import choices, resolve
from ae.ui.controls import AS_REPORT, OWN_SIZE, result_picture
from ae.ui.controls import vividness as vividness_slider
from ae.ui.desk import KEPT, Desk, Look, Settings, Superseded, work

DEFAULT_COLORIZERS = {OWN_SIZE: pipeline.DEFAULT_COLORIZER, AS_REPORT: "color-unet"}
REPORT_MODELS = ("ir-best", "color-report")
BEFORE_AFTER = {
    "colorization": ("grayscale", "colorization"),
    "reconstruction": ("original", "reconstruction"),
    "unsure": ("colorization", "unsure"),
}


def build(session):
    """Lays out the tab inside the current `gr.Tab` and returns its model dropdowns."""
    repo, desk, clicks = gr.State(""), gr.State(Desk()), gr.State(0)
    with gr.Column(elem_id="slider-room"):  # its height is there before what it holds
        slider = gr.ImageSlider(
            label=texts.PHOTO_BEFORE_AFTER,
            show_label=False,
            format="png",
            type="filepath",
            interactive=False,
            buttons=["fullscreen"],
            max_height=2000,
            elem_id="before-after",
        )
        sides = gr.HTML(_sides("colorization"), elem_id="sides", padding=False)
    with gr.Row(elem_id="first-row", equal_height=True):
        download = gr.DownloadButton(
            texts.PHOTO_DOWNLOAD_COLORS, variant="primary", interactive=False, elem_id="colorization-file"
        )
        status = gr.Markdown(texts.PHOTO_STARTING, elem_id="status", elem_classes="progress")
    colorings = gr.Gallery(
        label=texts.PHOTO_COLORINGS,
        columns=4,
        allow_preview=False,
        interactive=False,
        buttons=[],
        object_fit="contain",
        elem_id="colorings",
    )
    with gr.Row():
        vividness = vividness_slider("vividness")
        colorizer = _choice("colorize", texts.PHOTO_COLORIZER, DEFAULT_COLORIZERS[OWN_SIZE])
    with gr.Accordion(texts.PHOTO_MORE, open=False):
        with gr.Row():
            detail = gr.Slider(1, 2, 1, step=0.25, label=texts.PHOTO_DETAIL, info=texts.PHOTO_DETAIL_INFO, buttons=[])
            with gr.Column():
                repo_field = gr.Textbox(
                    label=texts.PHOTO_REPO, placeholder="user/name", info=texts.PHOTO_REPO_INFO, max_length=120
                )
                gr.Button(texts.PHOTO_REPO_BUTTON, size="sm").click(lambda name: name.strip(), repo_field, repo)

    gr.Markdown(texts.PHOTO_ALL)
    with gr.Row():
        reconstructor = _choice("reconstruct", texts.PHOTO_RECONSTRUCTOR, pipeline.DEFAULT_RECONSTRUCTOR, scale=5)
        size = gr.Radio(
            [(texts.PHOTO_OWN_SIZE, OWN_SIZE), (texts.PHOTO_AS_REPORT, AS_REPORT)],
            value=OWN_SIZE,
            label=texts.PHOTO_SIZE,
            elem_id="size",
            scale=3,
        )
        compared = gr.Radio(
            [(texts.PHOTO_SIDES[name], name) for name in BEFORE_AFTER],
            value="colorization",
            label=texts.PHOTO_COMPARED,
            elem_id="compared",
            scale=3,
        )
    pictures, captions, files = {}, {}, {"colorization": download}
    with gr.Row(elem_id="pictures"):
        for name, (label, alternative) in texts.PHOTO_PICTURES.items():
            with gr.Column(min_width=150):
                pictures[name] = result_picture(
                    label, alternative, buttons=["fullscreen"], elem_classes="photo", elem_id=name
                )
                captions[name] = gr.Markdown(elem_classes="caption", elem_id=f"{name}-caption")
                if name in KEPT and name not in files:
                    files[name] = gr.DownloadButton(
                        texts.PHOTO_DOWNLOAD.format(name=name), size="sm", interactive=False, elem_id=f"{name}-file"
                    )
    weights = gr.Markdown(elem_id="weights")
    gr.Markdown(texts.NUMBERS, elem_id="numbers")
    as_report = gr.Button(texts.PHOTO_REPORT_BUTTON, size="sm")

    def show(
        path,
        opened,
        size,
        reconstructor,
        colorizer,
        vividness,
        detail,
        repo,
        compared,
        trained,
        desk,
        progress=gr.Progress(),
    ):
        if path is None or opened != "photo":
            desk.latest = None
            return
        chosen = Source(hub_repo=repo, token=False) if repo else session.source
        models = resolve(reconstructor, trained, chosen), resolve(colorizer, trained, chosen)
        try:
            settings = Settings(path, size == AS_REPORT, *models, vividness, detail, compared == "unsure")
            for changed in work(desk, settings, progress):
                colored = desk.look("colorization") is Look.FRESH
                yield looks(desk, changed, compared) | {
                    status: texts.PHOTO_COLORED if colored else texts.PHOTO_STARTING
                }
        except Superseded:
            if desk.latest:
                return
        except (ValueError, OSError) as error:
            yield {status: f"⚠️ {error}"}
            return
        # All again: what was on its way may come after what took the photo away, and of two answers that come at once
        # Gradio's page forgets what only the first one changes.
        yield looks(desk, [*pictures, "colorings"], compared) | {status: ""}

    def looks(desk, names, compared):
        """The updates of the pictures of those names, and of what belongs to them."""
        changes = {}
        if "colorings" in names:
            changes[colorings] = _gallery(desk)
        for name in pictures.keys() & set(names):
            made, look = desk.made.get(name), desk.look(name)
            if look is Look.FRESH:
                changes[pictures[name]] = gr.Image(made.preview, elem_classes=_classes(made, look))
                changes[captions[name]] = made.caption
            elif look is Look.STALE:
                changes[pictures[name]] = gr.Image(elem_classes=_classes(made, look))
            else:
                changes |= {pictures[name]: None, captions[name]: ""}
            if name in files:
                file = made.file if look is Look.FRESH else ""
                changes[files[name]] = gr.DownloadButton(value=file or None, interactive=bool(file))
        if set(names) & set(BEFORE_AFTER[compared]):
            changes[slider] = _before_after(desk, compared)
        sentences = [made.weights for name, made in desk.made.items() if desk.look(name) is Look.FRESH]
        return changes | {weights: " ".join(dict.fromkeys(filter(None, sentences)))}

    def blank(path, desk):
        if not desk.turn_to(path):
            return gr.skip()
        return {
            **dict.fromkeys(pictures.values()),
            **dict.fromkeys(captions.values(), ""),
            **{file: gr.DownloadButton(value=None, interactive=False) for file in files.values()},
            slider: None,
            colorings: None,
            weights: "",
            status: "",
        }

    linked = {
        "size": size,
        "reconstruct": reconstructor,
        "colorize": colorizer,
        "vividness": vividness,
        "detail": detail,
    }

    inputs = [session.photo, session.opened, *linked.values(), repo, compared, session.trained, desk]
    outputs = [*pictures.values(), *captions.values(), *files.values(), slider, colorings, weights, status]
    working = {"show_progress_on": status, "show_progress": "full"}
    link.remember(linked)
    session.filled_by(
        show,
        inputs,
        outputs,
        blank,
        given=[session.photo, desk],
        also=[repo.change],
        trigger_mode="multiple",
        **working,
    )
    gr.on(
        [clicks.change, compared.change, *(control.change for control in linked.values())],
        show,
        inputs,
        outputs,
        trigger_mode="always_last",
        **working,
    )
    size.input(_default_colorizer, [size, colorizer], colorizer)
    compared.change(
        lambda compared, desk: (_sides(compared), _before_after(desk, compared)), [compared, desk], [sides, slider]
    )
    colorings.select(_choose, [desk, clicks], clicks)
    as_report.click(lambda: (AS_REPORT, *REPORT_MODELS), None, [size, reconstructor, colorizer])
    return [(reconstructor, "reconstruct"), (colorizer, "colorize")]


def _before_after(desk, compared):
    """The update of the slider over two pictures: both as they are shown, nothing where one is not there."""
    names = BEFORE_AFTER[compared]
    looks = [desk.look(name) for name in names]
    if Look.CLEARED in looks:
        return None
    made = [desk.made[name] for name in names]
    look = Look.STALE if Look.STALE in looks else Look.FRESH
    return gr.ImageSlider(tuple(picture.preview for picture in made), elem_classes=_classes(made[0], look))


def _gallery(desk):
    """The update of the colorings to choose from, if there is a choice."""
    look = desk.look("colorings")
    paths = [] if look is Look.CLEARED else desk.made["colorings"].preview
    if len(paths) < 2:
        return gr.Gallery(
            [], selected_index=None, label=texts.PHOTO_COLORINGS if look is Look.CLEARED else texts.PHOTO_SURE
        )
    return gr.Gallery(
        list(zip(paths, texts.PHOTO_COLORING)), selected_index=desk.alternative, label=texts.PHOTO_COLORINGS
    )


def _choose(desk, clicks, event: gr.SelectData):
    """Notes which coloring is chosen; what follows happens when the number of `clicks` changes."""
    shown = desk.made["colorings"].preview if "colorings" in desk.made else []
    if not isinstance(event.index, int) or event.index not in range(len(shown)):
        raise ValueError("Expected one of the pictures shown. Click one again.")
    if event.index == desk.alternative:
        return clicks
    desk.alternative = event.index
    return clicks + 1


def _classes(made, look):
    return ["pixels" if made.small else "photo", look.value]


def _sides(compared):
    before, after = (f"<span>{escape(texts.PHOTO_SIDES[name])}</span>" for name in BEFORE_AFTER[compared])
    return f'<div class="sides">{before}{after}</div>'


def _default_colorizer(size, colorizer):
    """Ours for that size, unless another one was chosen."""
    return DEFAULT_COLORIZERS[size] if colorizer in DEFAULT_COLORIZERS.values() else colorizer


def _choice(task, label, default, **options):
    return gr.Dropdown(choices(task), value=default, label=label, filterable=False, elem_id=task, **options)
