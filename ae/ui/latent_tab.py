"""The tab "Look inside": a model's feature maps and latent, for one photo."""

from collections import Counter

import gradio as gr

from ae.photo import latent as inside
from ae.ui import latent_api, link, texts
from ae.ui import latent_pictures as pictures
from ae.ui.choices import choices, resolve
from ae.ui.controls import PhotoInput, photo_input, result_picture

OTHER = "cat-1.png"
STRONGEST = 4


def build(session):
    """Lays out the tab inside the current `gr.Tab`, which it fills when it is opened. Returns its model dropdowns."""
    model = gr.Dropdown(
        choices(), value=latent_api.DEFAULT_MODEL, label=texts.LATENT_MODEL, filterable=False, elem_id="latent-model"
    )
    problem = gr.Markdown(elem_id="latent-problem")
    section = gr.State(texts.LATENT_FEATURES)
    photo, trained = session.photo, session.trained
    views, inputs, outputs, triggers = {}, {section, photo, session.opened, model, trained}, [problem], [section.change]
    followers = []
    with gr.Tabs(elem_id="latent-sections"):
        for name, lay_out in {
            texts.LATENT_FEATURES: _features,
            texts.LATENT_CHANNELS: _channels,
            texts.LATENT_WALK: _walk,
            texts.LATENT_NEIGHBORS: _neighbors,
        }.items():
            with gr.Tab(name) as part:
                views[name], more_inputs, more_outputs, *follower = lay_out()
            part.select(lambda name=name: name, None, section)
            inputs.update(more_inputs)
            outputs += more_outputs
            followers += follower
            triggers += [component.change for component in more_inputs if isinstance(component, PhotoInput)]

    def show(values):
        """Fills the section that is open; the others wait until they are."""
        if values[photo] is None or values[session.opened] != "inside":
            return gr.skip()
        try:
            parts = inside.cut(*resolve(values[model], values[trained], session.source))
            return {problem: "", **views[values[section]](parts, inside.square(values[photo]), values)}
        except (ValueError, OSError) as error:
            return {problem: f"⚠️ {error}"}

    link.remember({"inside-model": model})
    for _, _, _, moving in followers:
        outputs += moving
    shown = session.filled_by(
        show,
        inputs,
        outputs,
        lambda: {component: _blank(component) for component in outputs if component not in inputs},
        also=[model.change, *triggers],
        trigger_mode="always_last",
        show_progress_on=[component for component in outputs if isinstance(component, (gr.Image, gr.HTML))],
    )
    for moved, *follow in followers:
        shown.then(*follow)  # they may have been moved meanwhile
        gr.on(moved, *follow, trigger_mode="always_last")
    latent_api.build(session.source)
    return [(model, None)]


def _features():
    gr.Markdown(texts.LATENT_FEATURES_INFO)
    layers = gr.HTML(elem_id="latent-features", min_height=640)
    return lambda parts, photo, values: {layers: pictures.figures(pictures.sheets(parts, photo))}, [], [layers]


def _channels():
    gr.Markdown(texts.LATENT_CHANNELS_INFO)
    kept, of = gr.State(time_to_live=3600), gr.State()  # the model that the controls are for
    skips = gr.Markdown(elem_id="latent-skips")
    with gr.Column() as body:
        with gr.Row(elem_classes="latent-pictures"):
            original = _picture(texts.LATENT_ORIGINAL, texts.LATENT_ORIGINAL_ALT, "latent-original")
            whole = _picture(texts.LATENT_WHOLE, texts.LATENT_WHOLE_ALT, "latent-whole")
            edited = _picture(texts.LATENT_EDITED, texts.LATENT_EDITED_ALT, "latent-edited")
        caption = gr.Markdown(elem_classes="caption", elem_id="latent-psnr")
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
        with gr.Row():
            with gr.Column(min_width=300):
                chart = gr.HTML(elem_id="latent-costs")
            with gr.Column(min_width=300):
                sheet = gr.HTML(elem_id="latent-sheet")

    def follow(encoding, on, one, scale):
        if encoding is None:
            return gr.skip()
        gains = [(scale if i == one else 1) if i in on else 0 for i in range(len(encoding.costs))]
        picture, psnr = inside.edit(encoding, gains)
        change = f"{psnr - encoding.psnr:+.1f}".replace("-", "−")
        text = texts.LATENT_PSNR.format(before=encoding.psnr, after=psnr, change=change)
        return pictures.save(picture, "edited"), text

    def choose(chosen, encoding, one):
        if encoding is None:
            return gr.skip()
        channels = [int(i) for i in chosen(encoding.costs)]
        return channels, 1, *follow(encoding, channels, one, 1)

    for button, chosen in buttons.items():
        button.click(
            lambda encoding, one, chosen=chosen: choose(chosen, encoding, one),
            [kept, one],
            [on, scale, edited, caption],
        )
    moved = [on.input, one.input, scale.input, scale.release]
    follower = moved, follow, [kept, on, one, scale], [edited, caption]

    def view(parts, photo, values):
        if parts.decoder is None:
            return {skips: texts.LATENT_SKIPS, body: gr.update(visible=False)}
        encoding = inside.encoding(parts, photo)
        numbers = list(range(len(encoding.costs)))
        channels = [(str(i), i) for i in numbers]
        controls = {}
        if values[of] != (parts.model_id, parts.weights_hash):
            controls = {
                of: (parts.model_id, parts.weights_hash),
                on: gr.update(choices=channels, value=numbers),
                one: gr.update(choices=channels, value=0),
                scale: 1,
            }
        return {
            kept: encoding,
            skips: "",
            body: gr.update(visible=True),
            original: pictures.save(photo, "original"),
            whole: pictures.save(encoding.reconstruction, "reconstruction"),
            chart: pictures.costs(encoding.costs),
            sheet: pictures.figures([(inside.sheet(encoding.latent), texts.LATENT_SHEET)]),
            **controls,
        }

    return view, [of], [kept, of, skips, body, original, whole, on, one, scale, chart, sheet], follower


def _walk():
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
            file = gr.DownloadButton(texts.LATENT_DOWNLOAD, interactive=False, elem_id="latent-animation")
        with gr.Column(scale=1, min_width=300):
            with gr.Row(elem_classes="latent-pictures"):
                walked = _picture(texts.LATENT_WALKED, texts.LATENT_WALKED_ALT, "latent-walked")
                faded = _picture(texts.LATENT_FADED, texts.LATENT_FADED_ALT, "latent-faded")
            caption = gr.Markdown(elem_classes="caption", elem_id="latent-difference")

    def at(frames, position):
        if frames is None:
            return gr.skip()
        frame = frames[round(position * (inside.STEPS - 1))]
        text = texts.LATENT_DIFFERENCE.format(share=frame.share, psnr=frame.psnr)
        return pictures.save(frame.walk, "walk"), pictures.save(frame.fade, "fade"), text

    follower = [position.input], at, [kept, position], [walked, faded, caption]

    def view(parts, photo, values):
        if parts.decoder is None:
            return {skips: texts.LATENT_SKIPS, body: gr.update(visible=False)}
        if values[other] is None:
            return {skips: "", body: gr.update(visible=True)}
        frames = inside.walk(parts, photo, inside.square(values[other]))
        animation = gr.DownloadButton(value=pictures.animation(frames), interactive=True)
        return {kept: frames, skips: "", body: gr.update(visible=True), file: animation}

    return view, [other], [kept, skips, body, file], follower


def _neighbors():
    gr.Markdown(texts.LATENT_NEIGHBORS_INFO)
    summary = gr.Markdown(elem_id="latent-searched")
    found = gr.HTML(elem_id="latent-neighbors", min_height=340)

    def view(parts, photo, values):
        neighbors, searched = inside.nearest(parts, photo)
        counts = Counter(neighbor.label for neighbor in neighbors)
        among = texts.LATENT_SAMPLE if searched == 500 else texts.LATENT_WHOLE_TEST
        classes = ", ".join(f"{label} {count}" for label, count in counts.most_common())
        return {
            found: pictures.figures(pictures.neighbors(neighbors)),
            summary: f"{among.format(searched=searched)} {classes}.",
        }

    return view, [], [summary, found]


def _blank(component):
    """What a result shows without a photo; what a person has set stays."""
    match component:
        case gr.DownloadButton():
            return gr.DownloadButton(value=None, interactive=False)
        case gr.Image() | gr.HTML() | gr.Markdown() | gr.State():
            return None
    return gr.skip()


def _picture(label, alternative, elem_id):
    return result_picture(
        label, alternative, buttons=["download"], elem_classes="pixels", elem_id=elem_id, min_width=140
    )
