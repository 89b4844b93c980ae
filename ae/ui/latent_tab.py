"""The tab "Look inside": a model's feature maps and latent, for one photo."""

import gradio as gr

from ae.photo import latent as inside
from ae.ui import latent_api, latent_plane, latent_sections, link, texts
from ae.ui.choices import choices, resolve
from ae.ui.controls import PhotoInput
from ae.ui.session import Work

SECTIONS = {
    texts.LATENT_FEATURES: latent_sections.features,
    texts.LATENT_CHANNELS: latent_sections.channels,
    texts.LATENT_MAP: latent_plane.lay_out,
    texts.LATENT_WALK: latent_sections.walk,
    texts.LATENT_NEIGHBORS: latent_sections.neighbors,
}


def build(session):
    """Lays out the tab inside the current `gr.Tab`, which it fills when it is opened. Returns its model dropdowns."""
    model = gr.Dropdown(
        choices(), value=latent_api.DEFAULT_MODEL, label=texts.LATENT_MODEL, filterable=False, elem_id="latent-model"
    )
    problem = gr.Markdown(elem_id="latent-problem")
    opened_section, work = gr.State(texts.LATENT_FEATURES), gr.State(Work())
    photo, trained = session.photo, session.trained
    sections, triggers = {}, [opened_section.change]
    with gr.Tabs(elem_id="latent-sections"):
        for name, lay_out in SECTIONS.items():
            with gr.Tab(name) as part:
                sections[name] = lay_out()
            part.select(lambda name=name: name, None, opened_section)
            triggers += [given.change for given in sections[name].inputs if isinstance(given, PhotoInput)]
    inputs = {opened_section, photo, session.opened, model, trained, work}
    inputs |= {given for section in sections.values() for given in section.inputs}
    outputs = [problem, *(shown for section in sections.values() for shown in section.outputs)]
    outputs += [shown for section in sections.values() if section.follow for shown in section.follow.outputs]

    def show(values):
        """Fills the section that is open; the others wait until they are."""
        if values[photo] is None or values[session.opened] != "inside":
            return gr.skip()
        section = sections[values[opened_section]]
        mark = values[work].latest = object()
        try:
            parts = inside.cut(*resolve(values[model], values[trained], session.source))
            given = [values[component] for component in section.inputs]
            updates = section.view(parts, inside.square(values[photo]), *given)
            updates = {problem: "", **dict(zip(section.outputs, updates, strict=True))}
        except (ValueError, OSError) as error:
            updates = {problem: f"⚠️ {error}"}
        return updates if values[work].latest is mark else gr.skip()

    def blank(work):
        work.latest = None
        return {component: _blank(component) for component in outputs if component not in inputs}

    link.remember({"inside-model": model})
    shown = session.filled_by(
        show,
        inputs,
        outputs,
        blank,
        given=[work],
        also=[model.change, *triggers],
        trigger_mode="always_last",
        show_progress_on=[component for component in outputs if isinstance(component, (gr.Image, gr.HTML))],
    )
    for section in sections.values():
        if section.follow:
            moved, *follow = section.follow
            for event in shown:
                event.then(*follow)  # they may have been moved meanwhile
            gr.on(moved, *follow, trigger_mode="always_last")
    latent_api.build(session.source)
    return [(model, None)]


def _blank(component):
    """What a result shows without a photo; what a person has set stays."""
    match component:
        case gr.DownloadButton():
            return gr.DownloadButton(value=None, interactive=False)
        case gr.Image() | gr.HTML() | gr.Markdown() | gr.State() | gr.Code():
            return None
    return gr.skip()
