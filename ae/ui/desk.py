"""What a visitor of the tab "Photo" has: the pictures of one photo, made in the order in which they are waited for."""

from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import NamedTuple

from PIL import Image

from ae.image.metrics import captions
from ae.image.photos import said_by
from ae.models.catalog import get
from ae.models.weights import Source
from ae.photo import pipeline
from ae.photo.colorizer import Colorizer
from ae.photo.memory import share_for
from ae.ui import texts
from ae.ui.keeper import check_wanted
from ae.ui.pictures import LONGEST_PREVIEW, full_size, is_small, preview

KEPT = ("grayscale", "reconstruction", "colorization")
ORDER = ("grayscale", "colorization", "original", "reconstruction")  # what is waited for comes first
UNSURE_COLOR, UNSURE_GAIN = (234, 88, 12), 2.5


@dataclass(frozen=True)
class Settings:
    """What is asked for: `reconstructor` and `colorizer` are (model id, `Source`), `unsure` asks for that map, too."""

    path: str
    as_report: bool
    reconstructor: tuple[str, Source]
    colorizer: tuple[str, Source]
    vividness: float
    detail: float
    unsure: bool = False

    def wanted(self, alternative):
        """Returns {name: what the picture of that name is made of}, the photo and its size first."""
        photo = self.path, self.as_report
        wanted = dict.fromkeys(pipeline.PICTURES, photo)
        wanted["reconstruction"] += self.reconstructor
        wanted["colorings"] = *photo, *self.colorizer, self.detail, self.vividness
        wanted["colorization"] = *wanted["colorings"], alternative
        return wanted | ({"unsure": (*photo, *self.colorizer)} if self.unsure else {})


class Made(NamedTuple):
    """A picture in the page: what it was made `of`, its preview's path, its file's and caption ("": not yet).

    Of "colorings" the preview is a list of paths, the likeliest first.
    """

    of: tuple
    preview: str | list
    small: bool = False
    weights: str = ""
    file: str = ""
    caption: str = ""


class Look(Enum):
    """How a picture is shown: as it was made, dimmed while it is made anew, or not at all."""

    FRESH, STALE, CLEARED = "fresh", "stale", "cleared"


@dataclass
class Desk:
    """What a visitor has: `made` {name: `Made`} and how it is `shown` {name: `Look`}, of the photo at `path`.

    `latest` marks the latest work: the results of any other are dropped. `alternative` is the number of the chosen one
    of the "colorings".
    """

    path: str | None = None
    made: dict = field(default_factory=dict)
    shown: dict = field(default_factory=dict)
    latest: object = None
    alternative: int = 0

    def turn_to(self, path):
        """Forgets what is shown and drops what is being made if the photo is another one; returns whether it is."""
        if self.path == path:
            return False
        self.path, self.latest, self.shown, self.alternative = path, None, {}, 0
        return True

    def look(self, name):
        return self.shown.get(name, Look.CLEARED)


class Superseded(Exception):
    """Another photo or setting is asked for meanwhile."""


def work(desk, settings, progress):
    """Makes anew the pictures of which something has changed; yields the names of those that look different now.

    Those are the pipeline's pictures, "colorings" to choose from, and "unsure" if it is asked for. Raises `Superseded`
    when other work is begun on the `desk`, and what `pipeline.colorize` raises.
    """
    another = desk.turn_to(settings.path)
    mark = desk.latest = object()

    def step(share, text):
        if desk.latest is not mark:
            raise Superseded
        check_wanted()
        progress(share, text)

    def put(name, made):
        if desk.latest is not mark:
            raise Superseded
        desk.made[name], desk.shown[name] = made, Look.FRESH
        return [name]

    colorings = desk.made.get("colorings")
    if colorings and colorings.of[:-1] != settings.wanted(0)["colorings"][:-1]:
        desk.alternative = 0  # another model has others; another vividness has not
    wanted = settings.wanted(desk.alternative)
    looks = {name: _look(desk, name, of) for name, of in wanted.items()}
    changed = [name for name, look in looks.items() if another or desk.look(name) is not look]
    desk.shown = looks
    yield changed

    missing = [name for name, look in looks.items() if look is not Look.FRESH]
    if missing:
        with share_for(settings.path):  # until all is made, or nobody goes on with this
            yield from _make(desk, settings, wanted, missing, step, put)


def _make(desk, settings, wanted, missing, step, put):
    """Makes what is `missing`; `step` and `put` are those of `work`."""
    photo = pipeline.opened(settings.path, settings.as_report)
    said = cache(lambda: said_by(settings.path))  # once, and after the first colors
    made_anew = pipeline.steps(
        photo,
        settings.reconstructor[0],
        settings.colorizer[0],
        settings.reconstructor[1],
        settings.colorizer[1],
        names=[name for name in ORDER if name in missing],
        as_report=settings.as_report,
        vividness=settings.vividness,
        detail=settings.detail,
        alternative=desk.alternative,
        progress=step,
    )
    for picture in made_anew:
        name, image = picture.name, picture.image
        if picture.metrics is None:
            made = Made(wanted[name], preview(settings.path, image, name), is_small(image), picture.weights)
        else:
            made = desk.made[name]._replace(caption=_caption(picture))
        first_colors = name == "colorization" and picture.metrics is None
        if first_colors:
            yield put(name, made)  # its file may take longer than it did
        if name in KEPT and not made.file and (first_colors or picture.metrics is not None):
            maker = {"reconstruction": settings.reconstructor[0], "colorization": settings.colorizer[0]}.get(name, "")
            file = full_size(settings.path, said(), image, name, maker)  # large: those nobody waits for come last
            made = made._replace(file=file)
        del picture, image  # before the next is made: a large photo leaves room for two
        yield put(name, made)
        if first_colors and "colorings" in missing:  # small, so that they are there long before the reconstruction
            yield [name, *put("colorings", _colorings(photo, settings, wanted["colorings"]))]
            missing.remove("colorings")
    for name, make in (("unsure", _unsure), ("colorings", _colorings)):
        if name in missing:
            step(0.95, "Looking for other colors")
            yield put(name, make(photo, settings, wanted[name]))


def _look(desk, name, of):
    made = desk.made.get(name)
    if made and made.of == of and (made.caption or name not in pipeline.PICTURES):
        return Look.FRESH
    return Look.STALE if desk.look(name) is not Look.CLEARED and made.of[:2] == of[:2] else Look.CLEARED


def _unsure(photo, settings, of):
    """The photo in gray, the more orange the less sure the colorizer is of the colors."""
    small = photo.copy()
    small.thumbnail((LONGEST_PREVIEW, LONGEST_PREVIEW))
    spread = Image.fromarray(Colorizer.load(*settings.colorizer, settings.as_report).unsure(small))
    image = pipeline.grayscale(small)
    image.paste(UNSURE_COLOR, mask=spread.point(lambda value: min(255, UNSURE_GAIN * value)))
    return Made(of, preview(settings.path, image, "unsure"), is_small(image))


def _colorings(photo, settings, of):
    """None but the first of a model that is sure, or that cannot say how likely colors are."""
    if not get(settings.colorizer[0]).takes_hints:
        return Made(of, [])
    colorizer = Colorizer.load(*settings.colorizer, settings.as_report)
    images = colorizer.alternatives(photo, settings.vividness, settings.detail)
    return Made(of, [preview(settings.path, image, f"coloring-{number}") for number, image in enumerate(images, 1)])


def _caption(picture):
    width, height = picture.image.size
    if picture.name == "original":
        return texts.PHOTO_ORIGINAL_CAPTION.format(width=f"{width:,}", height=f"{height:,}")
    if not picture.metrics:
        return texts.PHOTO_NO_COLORS
    return " · ".join(captions(picture.metrics))
