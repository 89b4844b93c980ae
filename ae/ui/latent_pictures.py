"""What "Look inside" shows of its results: files with their captions, and a chart."""

import io
import math
from html import escape

from PIL import Image

from ae.photo import latent
from ae.ui import texts
from ae.ui.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, data_uri, figure
from ae.ui.pictures import keep

SIDE = 128


def sheets(parts, photo):
    """Returns [(image, caption), …], a picture a layer."""
    return [
        (latent.sheet(maps), f"{name} · {' × '.join(map(str, maps.shape))}")
        for name, maps in latent.feature_maps(parts, photo).items()
    ]


def figures(captioned):
    """Returns [(image, caption), …] as HTML that shows each image at its own size."""
    items = []
    for image, caption in captioned:
        text = escape(caption)
        items.append(f'<figure><figcaption>{text}</figcaption><img src="{data_uri(image)}" alt="{text}"></figure>')
    return f'<div class="sheets">{"".join(items)}</div>'


def folded(captioned):
    """As `figures`, each to be opened by its caption."""
    items = []
    for image, caption in captioned:
        text = escape(caption)
        items.append(
            f'<details><summary>{text}</summary><img src="{data_uri(image)}" alt="{text}" loading="lazy"></details>'
        )
    return f'<div class="folded">{"".join(items)}</div>'


def tiles(maps, on):
    """Returns the channels of a latent (h, w, channels) as HTML: buttons with their numbers, those not `on` dimmed.

    `ae/ui/page.js` lets a click on one turn the channel on or off.
    """
    items = []
    for i in range(maps.shape[2]):
        name = texts.LATENT_TILE.format(channel=i)
        uri = data_uri(latent.sheet(maps[..., i : i + 1]))
        items.append(
            f'<button type="button" class="channel" data-channel="{i}" aria-pressed="{str(i in on).lower()}" '
            f'aria-label="{name}"><img src="{uri}" alt="">{i}</button>'
        )
    return f'<p>{escape(texts.LATENT_SHEET)}</p><div class="channels">{"".join(items)}</div>'


def neighbors(nearest):
    """Returns [(image, caption), …], nearest first, enlarged."""
    return [
        (found.image.resize((SIDE, SIDE), Image.Resampling.NEAREST), f"{rank}. {found.label} · {found.distance:.2f}")
        for rank, found in enumerate(nearest, 1)
    ]


def animation(frames, kind="WEBP"):
    """Returns the path of the frames as a file, "WEBP" or "GIF"."""
    file = io.BytesIO()
    latent.save_animation(frames, file, kind)
    return keep(file.getvalue(), f"walk.{kind.lower()}")


def costs(decibels):
    """Returns the chart of an encoding's costs as HTML."""
    return figure(bars(texts.LATENT_COSTS, decibels), texts.LATENT_COSTS)


def bars(title, values):
    """Returns an SVG text: a bar a value, numbered from 0, in dB; below the line where it is negative."""
    low, high = min(0, *values), max(0.1, *values)
    step = next(step for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50) if (high - low) / step <= 6)
    width = (WIDTH - LEFT - RIGHT) / len(values)
    every = 1 if len(values) <= 24 else 4

    def y(value):
        return round(TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM), 1)

    parts = []
    for i in range(math.ceil(low / step), math.floor(high / step) + 1):
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(i * step)}" y2="{y(i * step)}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y(i * step) + 4}" text-anchor="end">{i * step:g} dB</text>')
    for i, value in enumerate(values):
        x, top, bottom = LEFT + i * width, y(max(value, 0)), y(min(value, 0))
        parts.append(
            f'<rect class="latent" x="{x + 1:.1f}" y="{top}" width="{width - 2:.1f}" height="{bottom - top:.1f}">'
            f"<title>{i}: {value:.2f} dB</title></rect>"
        )
        if i % every == 0:
            parts.append(f'<text x="{x + width / 2:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{i}</text>')
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT - 24}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def saved(captioned):
    """Returns [(path, caption), …] of [(image, caption), …]."""
    return [(save(image, caption.split(" · ")[0]), caption) for image, caption in captioned]


def save(image, name):
    """Returns the path of the picture as a PNG file."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return keep(file.getvalue(), f"{name}.png")
