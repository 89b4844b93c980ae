"""The sections of "Look inside": feature maps, the latent's channels, a walk, neighbors."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import gradio as gr

from ae.models.catalog import get
from ae.models.description import code
from ae.photo import latent as inside
from ae.ui import latent_pictures as pictures
from ae.ui import texts
from ae.ui.controls import photo_input, result_picture

OTHER = "cat-1.png"
STRONGEST = 4
MOST_OPEN = 16  # layers; a larger model's are folded


class Follow(NamedTuple):
    """What follows when one of the events `moved` happens, and when a section was filled."""

    moved: list
    function: Callable
    inputs: list
    outputs: list


class Section(NamedTuple):
    """`view`, of `latent.Parts`, a photo and the values of `inputs`, returns the updates of `outputs`."""

    view: Callable
    inputs: list
    outputs: list
    follow: Any = None


def features():
    gr.Markdown(texts.LATENT_FEATURES_INFO)
    layers = gr.HTML(elem_id="latent-features", min_height=640)
    with gr.Accordion(texts.LATENT_CODE, open=False):
        written = gr.Code(language="python", show_label=False, interactive=False, elem_id="latent-code")
    return Section(view_features, [], [layers, written])


def view_features(parts, photo):
    sheets = pictures.sheets(parts, photo)
    show = pictures.figures if len(sheets) <= MOST_OPEN else pictures.folded
    return show(sheets), code(get(parts.model_id))


def channels():
    gr.Markdown(texts.LATENT_CHANNELS_INFO)
    kept, of = gr.State(time_to_live=3600), gr.State()  # the model that the controls are for
    skips = gr.Markdown(elem_id="latent-skips")
    with gr.Column() as body:
        with gr.Row(elem_classes="latent-pictures"):
            original = picture(texts.LATENT_ORIGINAL, texts.LATENT_ORIGINAL_ALT, "latent-original")
            whole = picture(texts.LATENT_WHOLE, texts.LATENT_WHOLE_ALT, "latent-whole")
            edited = picture(texts.LATENT_EDITED, texts.LATENT_EDITED_ALT, "latent-edited")
        caption = gr.Markdown(elem_classes="caption", elem_id="latent-psnr")
        sheet = gr.HTML(elem_id="latent-sheet")
        on = gr.CheckboxGroup([], label=texts.LATENT_ON, elem_id="latent-on")
        with gr.Row():
            buttons = {
                gr.Button(label, size="sm", min_width=90): chosen
                for label, chosen in (
                    (texts.LATENT_ALL, lambda costs: range(len(costs))),
                    (texts.LATENT_NONE, lambda costs: []),
                    (
                        texts.LATENT_STRONGEST.format(count=STRONGEST),
                        lambda costs: sorted((-costs).argsort()[:STRONGEST]),
                    ),
                )
            }
        with gr.Row():
            one = gr.Dropdown([], label=texts.LATENT_ONE, filterable=False, min_width=140, elem_id="latent-one")
            scale = gr.Slider(
                0, 3, 1, step=0.05, label=texts.LATENT_SCALE, buttons=["reset"], min_width=200, elem_id="latent-scale"
            )
        chart = gr.HTML(elem_id="latent-costs")
    follow = Follow(
        [on.input, one.input, scale.input, scale.release],
        edit_channels,
        [kept, on, one, scale],
        [edited, caption, sheet],
    )
    for button, chosen in buttons.items():
        button.click(partial(choose_channels, chosen), [kept, one], [on, scale, *follow.outputs])
    return Section(view_channels, [of], [kept, of, skips, body, original, whole, on, one, scale, chart], follow)


def view_channels(parts, photo, of):
    if parts.decoder is None:
        return [gr.skip(), gr.skip(), texts.LATENT_SKIPS, gr.update(visible=False), *[gr.skip()] * 6]
    encoding = inside.encoding(parts, photo)
    numbers = list(range(len(encoding.costs)))
    names = [(str(i), i) for i in numbers]
    controls = [gr.skip()] * 3
    if of != (parts.model_id, parts.weights_hash):
        controls = [gr.update(choices=names, value=numbers), gr.update(choices=names, value=0), 1]
    return [
        encoding,
        (parts.model_id, parts.weights_hash),
        "",
        gr.update(visible=True),
        pictures.save(photo, "original"),
        pictures.save(encoding.reconstruction, "reconstruction"),
        *controls,
        pictures.costs(encoding.costs),
    ]


def edit_channels(encoding, on, one, scale):
    """Returns what the decoder makes of the channels that are on, what that costs, and their tiles."""
    if encoding is None:
        return gr.skip()
    gains = [(scale if i == one else 1) if i in on else 0 for i in range(len(encoding.costs))]
    edited, psnr = inside.edit(encoding, gains)
    change = f"{psnr - encoding.psnr:+.1f}".replace("-", "−")
    text = texts.LATENT_PSNR.format(before=encoding.psnr, after=psnr, change=change)
    return pictures.save(edited, "edited"), text, pictures.tiles(encoding.latent, on)


def choose_channels(chosen, encoding, one):
    if encoding is None:
        return gr.skip()
    on = [int(i) for i in chosen(encoding.costs)]
    return on, 1, *edit_channels(encoding, on, one, 1)


def walk():
    gr.Markdown(texts.LATENT_WALK_INFO)
    kept = gr.State(time_to_live=3600)
    skips = gr.Markdown()
    with gr.Row() as body:
        with gr.Column(scale=1, min_width=300):
            other = photo_input(texts.LATENT_OTHER, texts.LATENT_OTHER_ALT, OTHER, "latent-other")
            position = gr.Slider(
                0,
                1,
                0.5,
                step=1 / (inside.STEPS - 1),
                label=texts.LATENT_POSITION,
                buttons=[],
                elem_id="latent-position",
            )
            with gr.Row():
                webp = gr.DownloadButton(
                    texts.LATENT_DOWNLOAD.format(kind="WebP"), interactive=False, elem_id="latent-animation"
                )
                gif = gr.DownloadButton(
                    texts.LATENT_DOWNLOAD.format(kind="GIF"), interactive=False, elem_id="latent-gif"
                )
        with gr.Column(scale=1, min_width=300):
            with gr.Row(elem_classes="latent-pictures"):
                walked = picture(texts.LATENT_WALKED, texts.LATENT_WALKED_ALT, "latent-walked")
                faded = picture(texts.LATENT_FADED, texts.LATENT_FADED_ALT, "latent-faded")
            caption = gr.Markdown(elem_classes="caption", elem_id="latent-difference")
    follow = Follow([position.input], stop_at, [kept, position], [walked, faded, caption])
    return Section(view_walk, [other], [kept, skips, body, webp, gif], follow)


def view_walk(parts, photo, other):
    if parts.decoder is None:
        return gr.skip(), texts.LATENT_SKIPS, gr.update(visible=False), gr.skip(), gr.skip()
    if other is None:
        return gr.skip(), "", gr.update(visible=True), gr.skip(), gr.skip()
    frames = inside.walk(parts, photo, inside.square(other))
    files = (gr.DownloadButton(value=pictures.animation(frames, kind), interactive=True) for kind in ("WEBP", "GIF"))
    return frames, "", gr.update(visible=True), *files


def stop_at(frames, position):
    """Returns the two pictures at that share of the way, and how far apart they are."""
    if frames is None:
        return gr.skip()
    frame = frames[round(position * (inside.STEPS - 1))]
    text = texts.LATENT_DIFFERENCE.format(share=frame.share, psnr=frame.psnr)
    return pictures.save(frame.walk, "walk"), pictures.save(frame.fade, "fade"), text


def neighbors():
    gr.Markdown(texts.LATENT_NEIGHBORS_INFO)
    summary = gr.Markdown(elem_id="latent-searched")
    found = gr.HTML(elem_id="latent-neighbors", min_height=340)
    return Section(view_neighbors, [], [summary, found])


def view_neighbors(parts, photo):
    found, searched = inside.nearest(parts, photo)
    counts = Counter(neighbor.label for neighbor in found)
    among = texts.LATENT_SAMPLE if searched == 500 else texts.LATENT_WHOLE_TEST
    classes = ", ".join(f"{label} {count}" for label, count in counts.most_common())
    return f"{among.format(searched=searched)} {classes}.", pictures.figures(pictures.neighbors(found))


def picture(label, alternative, elem_id):
    return result_picture(
        label, alternative, buttons=["download"], elem_classes="pixels", elem_id=elem_id, min_width=140
    )
