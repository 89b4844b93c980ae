"""The tab "Photo": the photo in colors first, then the other pictures of it side by side."""

from dataclasses import dataclass, field
from enum import Enum
from html import escape
from typing import NamedTuple

import gradio as gr

from ae.image.metrics import captions
from ae.models.weights import Source
from ae.photo import pipeline
from ae.ui import link, texts
from ae.ui.choices import choices, resolve
from ae.ui.controls import result_picture
from ae.ui.controls import vividness as vividness_slider
from ae.ui.pictures import full_size, is_small, preview

OWN_SIZE, AS_REPORT = "own", "report"
DEFAULT_COLORIZERS = {OWN_SIZE: pipeline.DEFAULT_COLORIZER, AS_REPORT: "color-unet"}
REPORT_MODELS = ("ir-best", "color-report")
KEPT = ("grayscale", "reconstruction", "colorization")
ORDER = ("grayscale", "colorization", "original", "reconstruction")  # what is waited for comes first
BEFORE_AFTER = {"colorization": ("grayscale", "colorization"), "reconstruction": ("original", "reconstruction")}


class Made(NamedTuple):
    """A picture in the page: what it was made `of`, its preview's path, its file's and caption ("": not yet)."""

    of: tuple
    preview: str
    small: bool
    weights: str
    file: str = ""
    caption: str = ""


class Look(Enum):
    """How a picture is shown: as it was made, dimmed while it is made anew, or not at all."""

    FRESH, STALE, CLEARED = "fresh", "stale", "cleared"


@dataclass
class Desk:
    """What a visitor has: `made` {name: `Made`} and how it is `shown` {name: `Look`}, of the photo at `path`.

    `latest` marks the latest work: the results of any other are dropped.
    """

    path: str | None = None
    made: dict = field(default_factory=dict)
    shown: dict = field(default_factory=lambda: dict.fromkeys(pipeline.PICTURES, Look.CLEARED))
    latest: object = None

    def turn_to(self, path):
        """Forgets what is shown and drops what is being made if the photo is another one; returns whether it is."""
        if self.path == path:
            return False
        self.path, self.latest, self.shown = path, None, dict.fromkeys(pipeline.PICTURES, Look.CLEARED)
        return True


class Superseded(Exception):
    """Another photo or setting is asked for meanwhile."""


def build(session):
    """Lays out the tab inside the current `gr.Tab` and returns its model dropdowns."""
    repo, desk = gr.State(""), gr.State(Desk())
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
        reconstructor = _choice("reconstruct", texts.PHOTO_RECONSTRUCTOR, pipeline.DEFAULT_RECONSTRUCTOR)
        size = gr.Radio(
            [(texts.PHOTO_OWN_SIZE, OWN_SIZE), (texts.PHOTO_AS_REPORT, AS_REPORT)],
            value=OWN_SIZE,
            label=texts.PHOTO_SIZE,
            elem_id="size",
        )
        compared = gr.Radio(
            [(texts.PHOTO_PICTURES[name][0], name) for name in BEFORE_AFTER],
            value="colorization",
            label=texts.PHOTO_COMPARED,
            elem_id="compared",
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
    gr.Markdown(texts.PHOTO_NUMBERS, elem_id="numbers")
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
            for changed in work(desk, path, size == AS_REPORT, *models, vividness, detail, progress):
                colored = desk.shown["colorization"] is Look.FRESH
                yield looks(desk, changed, compared) | {
                    status: texts.PHOTO_COLORED if colored else texts.PHOTO_STARTING
                }
            yield {status: ""}
        except Superseded:
            return
        except (ValueError, OSError) as error:
            yield {status: f"⚠️ {error}"}

    def looks(desk, names, compared):
        """The updates of the pictures of those names, and of what belongs to them."""
        changes = {}
        for name in names:
            made, look = desk.made.get(name), desk.shown[name]
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
        sentences = [made.weights for name, made in desk.made.items() if desk.shown[name] is Look.FRESH]
        return changes | {weights: " ".join(dict.fromkeys(filter(None, sentences)))}

    def blank(path, desk):
        if not desk.turn_to(path):
            return gr.skip()
        return {
            **dict.fromkeys(pictures.values()),
            **dict.fromkeys(captions.values(), ""),
            **{file: gr.DownloadButton(value=None, interactive=False) for file in files.values()},
            slider: None,
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
    outputs = [*pictures.values(), *captions.values(), *files.values(), slider, weights, status]
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
        [control.change for control in linked.values()],
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
    as_report.click(lambda: (AS_REPORT, *REPORT_MODELS), None, [size, reconstructor, colorizer])
    return [(reconstructor, "reconstruct"), (colorizer, "colorize")]


def work(desk, path, as_report, reconstructor, colorizer, vividness, detail, progress):
    """Makes anew the pictures of which something has changed; yields the names of those that look different now.

    `reconstructor` and `colorizer` are (model id, `Source`). Raises `Superseded` when other work is begun on the
    `desk`, and what `pipeline.colorize` raises.
    """
    another = desk.turn_to(path)
    mark = desk.latest = object()

    def step(share, text):
        if desk.latest is not mark:
            raise Superseded
        progress(share, text)

    wanted = dict.fromkeys(pipeline.PICTURES, (path, as_report))
    wanted["reconstruction"] += reconstructor
    wanted["colorization"] += (*colorizer, vividness, detail)
    looks = {}
    for name, of in wanted.items():
        made = desk.made.get(name)
        same_photo = desk.shown[name] is not Look.CLEARED and made.of[:2] == of[:2]
        looks[name] = (
            Look.FRESH if made and made.of == of and made.caption else Look.STALE if same_photo else Look.CLEARED
        )
    changed = [name for name, look in looks.items() if another or desk.shown[name] is not look]
    desk.shown = looks
    yield changed

    made_anew = pipeline.steps(
        path,
        reconstructor[0],
        colorizer[0],
        reconstructor[1],
        colorizer[1],
        names=[name for name in ORDER if looks[name] is not Look.FRESH],
        as_report=as_report,
        vividness=vividness,
        detail=detail,
        progress=step,
    )
    for picture in made_anew:
        name, image = picture.name, picture.image
        if picture.metrics is None:
            made = Made(wanted[name], preview(path, image, name), is_small(image), picture.weights)
        else:
            made = desk.made[name]._replace(caption=_caption(picture))
        if name in KEPT and not made.file and (name == "colorization" or picture.metrics is not None):
            made = made._replace(file=full_size(path, image, name))  # large: those that nobody waits for come last
        if desk.latest is not mark:
            raise Superseded
        desk.made[name], desk.shown[name] = made, Look.FRESH
        del picture, image  # before the next is made: a large photo leaves room for two
        yield [name]


def _before_after(desk, compared):
    """The update of the slider over two pictures: both as they are shown, nothing where one is not there."""
    names = BEFORE_AFTER[compared]
    made, shown = [desk.made.get(name) for name in names], [desk.shown[name] for name in names]
    if Look.CLEARED in shown:
        return None
    look = Look.STALE if Look.STALE in shown else Look.FRESH
    return gr.ImageSlider(tuple(picture.preview for picture in made), elem_classes=_classes(made[0], look))


def _classes(made, look):
    return ["pixels" if made.small else "photo", look.value]


def _sides(compared):
    before, after = (f"<span>{escape(texts.PHOTO_SIDES[name])}</span>" for name in BEFORE_AFTER[compared])
    return f'<div class="sides">{before}{after}</div>'


def _default_colorizer(size, colorizer):
    """Ours for that size, unless another one was chosen."""
    return DEFAULT_COLORIZERS[size] if colorizer in DEFAULT_COLORIZERS.values() else colorizer


def _choice(task, label, default):
    return gr.Dropdown(choices(task), value=default, label=label, filterable=False, elem_id=task)


def _caption(picture):
    width, height = picture.image.size
    if picture.name == "original":
        return texts.PHOTO_ORIGINAL_CAPTION.format(width=f"{width:,}", height=f"{height:,}")
    if not picture.metrics:
        return texts.PHOTO_NO_COLORS
    return " · ".join(captions(picture.metrics))
