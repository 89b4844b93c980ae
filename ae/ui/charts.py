"""Charts as SVG: drawn by hand, because a label beside its point says more than a legend."""

import base64
import io
import math
from html import escape

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 20, 48
LETTER, LINE = 6.5, 14  # of the page's 12-pixel labels
RADIUS = 4.5


def chart(title, x_label, y_label, x_ticks, y_ticks, lines=(), points=(), x=float, y=float):
    """Returns an SVG text.

    `x_ticks` and `y_ticks` are (value, text) and span the axes. `lines` are (css class, label, [(x, y), …])
    and `points` (css class, label, x, y), each labelled beside it, where no other label or point is. `x` and `y`
    map a value to its place on the axis (say math.log). Colors come from the page's CSS.
    """

    def place(value, ticks, scale, start, end):
        low, high = scale(ticks[0][0]), scale(ticks[-1][0])
        return start + (min(max(scale(value), low), high) - low) / (high - low) * (end - start)

    def at(px, py):
        return (
            round(place(px, x_ticks, x, LEFT, WIDTH - RIGHT), 1),
            round(place(py, y_ticks, y, HEIGHT - BOTTOM, TOP), 1),
        )

    parts = []
    for value, text in x_ticks:
        px, _ = at(value, y_ticks[0][0])
        parts.append(f'<line class="grid" x1="{px}" x2="{px}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
        parts.append(f'<text x="{px}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{escape(text)}</text>')
    for value, text in y_ticks:
        _, py = at(x_ticks[0][0], value)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{py}" y2="{py}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{py + 4}" text-anchor="end">{escape(text)}</text>')
    parts.append(
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(x_label)}</text>'
    )
    middle = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(f'<text transform="translate(14 {middle}) rotate(-90)" text-anchor="middle">{escape(y_label)}</text>')
    for kind, label, values in lines:
        path = " ".join(f"{px},{py}" for px, py in (at(*value) for value in values))
        parts.append(f'<polyline class="{kind}" points="{path}"><title>{escape(label)}</title></polyline>')
    places = [at(*point[2:]) for point in points]
    taken = [(px - RADIUS, px + RADIUS, py, LINE / 2 + RADIUS) for px, py in places]  # from, to, middle, distance
    for (kind, label, *_), (px, py) in sorted(zip(points, places), key=lambda drawn: drawn[1][1]):
        length = len(label) * LETTER
        left = px + 9 + length > WIDTH
        start = px - 9 - length if left else px + 9
        end = start + length
        near = [(other, distance) for begin, stop, other, distance in taken if start < stop and begin < end]
        rows = range(TOP, HEIGHT - BOTTOM + 1)
        free = (row for row in rows if all(abs(row - other) >= distance for other, distance in near))
        middle = min(free, key=lambda row: abs(row - py), default=py)
        taken.append((start, end, middle, LINE))
        parts.append(f'<circle class="{kind}" cx="{px}" cy="{py}" r="{RADIUS}"><title>{escape(label)}</title></circle>')
        anchor = f'x="{px - 9}" text-anchor="end"' if left else f'x="{px + 9}"'
        parts.append(f'<text {anchor} y="{middle + 4}">{escape(label)}</text>')
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def graph(title, layers, latent, controls=None):
    """Returns an SVG of a chain of layers: the taller a box the larger its image, the wider the more channels.

    `layers` are (name, (height, width, channels), parameters), first to last; `latent` is the index of one. `controls`,
    if any, are {index of a layer: (id of the field that a click on it changes, what a screen reader says of that)}.
    """
    rows, top = [], 4
    widest = max(shape[-1] for _, shape, _ in layers)
    for i, (name, (height, width, channels), parameters) in enumerate(layers):
        box = 12 + height * 0.5
        length = 24 + 200 * channels / widest
        count = f"{parameters:,} parameters" if parameters else ""
        middle = top + box / 2 + 4
        control = ""
        if controls and i in controls:
            field, label = controls[i]
            control = f'tabindex="0" role="button" data-field="{field}" aria-label="{escape(label)}" '
        rows.append(
            f'<rect {control}class="{"latent" if i == latent else "layer"}" x="150" y="{top}" '
            f'width="{length:.0f}" height="{box:.0f}" rx="3"/>'
        )
        rows.append(f'<text x="142" y="{middle}" text-anchor="end">{escape(name)}</text>')
        rows.append(f'<text x="{158 + length:.0f}" y="{middle}">{height} × {width} × {channels}</text>')
        rows.append(f'<text x="636" y="{middle}" text-anchor="end">{count}</text>')
        top += box + 5
    return (
        f'<svg class="chart" viewBox="0 0 640 {top:.0f}" role="{"group" if controls else "img"}" '
        f'aria-label="{escape(title)}"><title>{escape(title)}</title>{"".join(rows)}</svg>'
    )


def ticks(low, high):
    """Round steps of 1, 2 or 5 that span [low, high]."""
    step = 10 ** math.floor(math.log10((high - low) / 3))
    step *= next(factor for factor in (1, 2, 5, 10) if (high - low) / (factor * step) <= 6)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [(n * step, f"{n * step:.4g}") for n in range(first, last + 1)]


def figure(svg, caption):
    return f'<figure tabindex="0">{svg}<figcaption>{escape(caption)}</figcaption></figure>'


def data_uri(image):
    png = io.BytesIO()
    image.save(png, "PNG")
    return f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}"
