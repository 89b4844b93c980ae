"""The section "Map" of "Look inside": where a photo lies among others, and what lies elsewhere."""

from html import escape

import gradio as gr

from ae.image.photos import to_array
from ae.photo import latent as inside
from ae.photo import latent_map
from ae.ui import latent_pictures as pictures
from ae.ui import texts
from ae.ui.controls import result_picture
from ae.ui.latent_sections import Follow, Section, picture

STEP = 0.0625  # a power of two: a slider shows its multiples without a tail of digits
FAR = 1.5  # times as far from the nearest image as images are from each other


def lay_out():
    gr.Markdown(texts.LATENT_MAP_INFO)
    kept = gr.State(time_to_live=3600)  # a photo, its model's parts, axes, its latent and its coordinates
    skips = gr.Markdown()
    with gr.Row() as body:
        with gr.Column(scale=3, min_width=300):
            chart = result_picture(texts.LATENT_MAP, texts.LATENT_MAP_ALT, buttons=["fullscreen"], elem_id="latent-map")
            with gr.Row():
                zoom = gr.Slider(
                    1,
                    latent_map.CLOSEST,
                    1,
                    step=1,
                    label=texts.LATENT_ZOOM,
                    min_width=120,
                    buttons=[],
                    elem_id="latent-zoom",
                )
                farther = gr.Button(texts.LATENT_FARTHER, size="sm", min_width=60, scale=0, elem_id="latent-farther")
                closer = gr.Button(texts.LATENT_CLOSER, size="sm", min_width=60, scale=0, elem_id="latent-closer")
            gr.HTML(_legend())
        with gr.Column(scale=2, min_width=300):
            with gr.Row(elem_classes="latent-pictures"):
                decoded = picture(texts.LATENT_THERE, texts.LATENT_THERE_ALT, "latent-there")
            caption = gr.Markdown(elem_classes="caption", elem_id="latent-far")
            sliders = [
                gr.Slider(
                    -latent_map.REACH,
                    latent_map.REACH,
                    0,
                    step=STEP,
                    label=texts.LATENT_DIRECTION.format(number=number),
                    buttons=[],
                    elem_id=f"latent-direction-{number}",
                )
                for number in range(1, latent_map.COMPONENTS + 1)
            ]
            keep = gr.Checkbox(True, label=texts.LATENT_KEEP, info=texts.LATENT_KEEP_INFO, elem_id="latent-keep")
            back = gr.Button(texts.LATENT_BACK, size="sm", elem_id="latent-back")
    follow = Follow(
        [*(slider.input for slider in sliders), keep.input, zoom.change],
        go_to,
        [kept, keep, zoom, *sliders],
        [chart, decoded, caption],
    )
    closer.click(lambda zoom: min(2 * zoom, latent_map.CLOSEST), zoom, zoom)  # as do the wheel and the keys + and -
    farther.click(lambda zoom: max(zoom // 2, 1), zoom, zoom)
    chart.select(pick, [kept, zoom, *sliders[:2]], sliders[:2]).then(*follow[1:])
    back.click(home, kept, sliders).then(*follow[1:])
    return Section(view, [], [kept, skips, body, *sliders], follow)


def view(parts, photo):
    if parts.decoder is None:
        return [None, texts.LATENT_SKIPS, gr.update(visible=False), *[gr.skip()] * latent_map.COMPONENTS]
    axes = latent_map.axes(parts)
    latent = inside.encode(parts, to_array(photo)[None])
    kept = photo, parts, axes, latent[0], axes.coordinates(latent)[0]
    labels = (
        texts.LATENT_DIRECTION_SHARE.format(number=number, share=share) for number, share in enumerate(axes.shares, 1)
    )
    sliders = [gr.Slider(value=value, label=label) for value, label in zip(home(kept), labels, strict=True)]
    return [kept, "", gr.update(visible=True), *sliders]


def go_to(kept, keep, zoom, *coordinates):
    """Returns the map with the place on it, what the decoder makes of it, and how far from the images it is."""
    if kept is None:
        return gr.skip()
    photo, parts, axes, latent, own = kept
    image, distance = latent_map.move(parts, axes, latent, coordinates, keep)
    text = texts.LATENT_FAR if distance > FAR else texts.LATENT_NEAR
    chart = pictures.save(latent_map.draw(axes, photo, own, coordinates, zoom), "map")
    return chart, pictures.save(image, "there"), text.format(distance=distance)


def pick(kept, zoom, across, up, event: gr.SelectData):
    """Returns the first two coordinates of the place that was clicked."""
    try:
        x, y = (int(min(max(number, 0), latent_map.SIDE - 1)) for number in event.index)
    except (TypeError, ValueError):
        raise ValueError("Expected a place on the map. Click it again.") from None
    if kept is None:
        return gr.skip()
    return [_on_slider(value) for value in latent_map.from_pixel(x, y, latent_map.window((across, up), zoom))]


def home(kept):
    """Returns the photo's own coordinates, as near as the sliders come to them."""
    if kept is None:
        return gr.skip()
    return [_on_slider(value) for value in kept[-1]]


def _on_slider(value):
    return round(min(max(float(value), -latent_map.REACH), latent_map.REACH) / STEP) * STEP


def _legend():
    names = "".join(
        f'<li><span style="background: {color}"></span>{escape(name)}</li>' for name, color in latent_map.legend()
    )
    return f'<ul class="legend">{names}</ul>'
