"""The colors that one paints with: named ones, those of the photo, one's own; a palette is kept as a GIMP palette."""

import re
from pathlib import Path

from ae.image import photos
from ae.ui import texts

OWN_COLORS = 6  # of the photo itself
MOST = 24  # of one's own
MOST_BYTES = 100_000
HEADER = "GIMP Palette"


def parse_color(text):
    """Returns "#rrggbb" of a color as people write it: "#d9a583", "d9a583" or "217, 165, 131"."""
    hexadecimal = re.fullmatch(r"#?([0-9a-f]{6})", text.strip().lower())
    if hexadecimal:
        return f"#{hexadecimal[1]}"
    numbers = re.fullmatch(r"(?:rgb)?\(?(\d{1,3})[ ,]+(\d{1,3})[ ,]+(\d{1,3})\)?", text.strip().lower())
    if not numbers or max(map(int, numbers.groups())) > 255:
        raise ValueError(f"Expected a color such as #d9a583 or 217, 165, 131. Received: {text[:40]!r}")
    return _hexadecimal(map(int, numbers.groups()))


def of_photo(photo):
    """Returns the colors that an RGB photo has most of, "#rrggbb" each, none of a photo without colors."""
    if photos.is_gray(photo):
        return []
    small = photo.resize((64, 64)).quantize(OWN_COLORS)
    palette = small.getpalette()
    often = sorted(small.getcolors(), reverse=True)
    return [_hexadecimal(palette[3 * i : 3 * i + 3]) for _, i in often]


def swatches(own=None, of_photo=()):
    """Returns [(name, color), …], each color once: the named ones, those of the photo, one's `own` {color: name}."""
    named = dict(texts.HAND_PALETTE)
    named |= {color: texts.HAND_OWN.format(number=n) for n, color in enumerate(of_photo, 1) if color not in named}
    named |= {color: name for color, name in (own or {}).items() if color not in named}
    return [(name, color) for color, name in named.items()]


def to_gpl(swatches):
    """Returns the text of a GIMP palette, which GIMP, Inkscape and Krita read, too."""
    rows = [
        "{:3d} {:3d} {:3d}\t{}".format(*bytes.fromhex(color[1:]), " ".join(name.split())) for name, color in swatches
    ]
    return "\n".join([HEADER, "Name: Colors", "#", *rows, ""])


def read_gpl(path):
    """Returns {color: name} of the file of a GIMP palette, `MOST` at most.

    Raises ValueError for a file that is none, or has no color.
    """
    expected = "Expected a palette as it is saved here, a GIMP palette (.gpl) with at least one color."
    with Path(path).open("rb") as file:
        lines = file.read(MOST_BYTES).decode(errors="replace").splitlines()
    if not lines or lines[0].strip() != HEADER:
        raise ValueError(expected)
    colors = {}
    for line in lines[1:]:
        row = re.fullmatch(r"\s*(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})(?:\s+(.*))?", line)
        if row and all(int(number) <= 255 for number in row.groups()[:3]):
            color = _hexadecimal(map(int, row.groups()[:3]))
            colors.setdefault(color, (row[4] or "").strip()[:40] or color)
    if not colors:
        raise ValueError(expected)
    return dict(list(colors.items())[:MOST])


def _hexadecimal(rgb):
    return "#{:02x}{:02x}{:02x}".format(*rgb)
