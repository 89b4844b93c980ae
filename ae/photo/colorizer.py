"""One colorizer for one job: it knows how a photo becomes its input, and how its answer becomes the photo's colors."""

import numpy as np
from PIL import Image

from ae.image.color import chroma, fit_chroma, luma, to_u8
from ae.image.photos import to_array, to_image
from ae.models.cache import MODELS
from ae.models.catalog import ARCHITECTURES, get
from ae.models.weights import Source
from ae.photo import alternatives, guided
from ae.photo import reference as references
from ae.photo import strokes as by_hand
from ae.stages import stage

LONGEST_SIDE = 2048  # of what a colorizer is given: a strip of a million by eight pixels must not become huge
MOST_ENLARGED = 4  # times: of a photo of 32 × 32 pixels more would be a blur such as it was never trained on
VIVIDNESS = 0.5
BATCH = 50  # photos that a model is given at once


class Colorizer:
    """A model that colorizes. `network` is its `keras.Model`, `weights` the sentence on the weights.

    It sees a photo at the size that it was trained on, but no more than `MOST_ENLARGED` times as large as it is. Used
    `as_report`, what is the report's own sees it as it is, and gives its whole answer, its luma included.
    """

    def __init__(self, model_id, network, weights="", as_report=False):
        self.architecture, self.network, self.weights, self.as_report = get(model_id), network, weights, as_report

    @classmethod
    def load(cls, model_id, source=Source(), as_report=False):
        """Returns the one of that id, with the bundled weights where `source` fails.

        Raises ValueError for a model that is unknown or colorizes nothing.
        """
        known(model_id, "colorize")
        return cls(model_id, *MODELS.get(model_id, source), as_report)

    @stage("colorize")
    def process(self, photo, vividness=VIVIDNESS, detail=1.0, strokes=None, hold=None, alternative=0, reference=None):
        """Returns the RGB image `photo` in the model's colors, an image of its size; the photo keeps its own luma.

        `vividness` in [0, 1] goes from the mean of the likely colors, safe and grayish, to the most colorful of them;
        the report's colorizer has no such choice. `detail` in [1, 2]: how much larger than in its training the model
        sees the photo. `strokes` is an RGBA picture over the photo, of any size: their colors spread over what is near
        and alike, for the models that take hints. `hold`, of a film's frames, is given luma (h, w, 1) and the chroma
        (h, w, 2) predicted for it, float32, both as small as the model sees the frame, and returns the chroma to use.
        `alternative` is the number of one of `alternatives`, which is then the answer where nothing is painted.
        `reference` is what `reference` gave of another photo, whose colors are carried over.

        Raises ValueError for a setting that is none of these.
        """
        self._check(vividness, detail, strokes)
        if self.as_report and not self.architecture.takes_hints:
            return to_image(self.network.predict_on_batch(luma(to_array(photo))[None])[0])
        size = self.seen_size(photo.size, detail)
        y = _luma(photo, size)
        if alternative or reference:
            predicted = self._other_chroma(y, vividness, alternative, reference)
        else:
            predicted = self.chroma(y[None], vividness)[0]
        image = _with_chroma(photo, y, hold(y, predicted) if hold else predicted)
        hints = by_hand.to_hints(strokes, size) if strokes else np.zeros(0)
        if hints.any():
            where = by_hand.mask(photo, y, strokes, hints)
            answered = self.chroma(y[None], vividness, hints[None])[0]
            image = _with_chroma(photo, y, by_hand.follow(answered, y, hints, strokes), where, image)
            by_hand.lay_over(image, photo, strokes)
        return image

    def paint(self, rgb, vividness=VIVIDNESS):
        """As `process`, of photos of one size, RGB in [0, 1], float32 (N, H, W, 3); so is the answer, at 8 bits."""
        painted = []
        for start in range(0, len(rgb), BATCH):
            photos = [to_image(photo) for photo in rgb[start : start + BATCH]]
            y = np.stack([_luma(photo, self.seen_size(photo.size)) for photo in photos])
            painted += map(_with_chroma, photos, y, self.chroma(y, vividness))
        return np.stack([to_array(image) for image in painted])

    def alternatives(self, photo, vividness=VIVIDNESS, detail=1.0):
        """Returns the RGB image `photo`, as small as the model sees it, in the likeliest colors and in up to 3 others.

        The others differ in hue, where the model is unsure of it, see `ae.photo.alternatives`. Raises ValueError as
        `unsure` and `process` do.
        """
        self._check(vividness, detail, None)
        self._needs_likelihoods()
        y = _luma(photo, self.seen_size(photo.size, detail))
        heads = MODELS.heads(self.network)
        logits, mixing = heads.logits(_with_hints(y[None]))
        colorings = (heads.colors(logits + tilt, mixing, vividness)[0] for tilt in _tilts(heads, logits, y))
        return [to_image(fit_chroma(y, colors)) for colors in colorings]

    def reference(self, photo, strength=1.0):
        """Returns the `Reference` of the RGB image `photo`, for `process`; `strength` in [0, 1] is how far it goes.

        Raises `PhotoError` for a photo without colors, ValueError for a model that does not recognise what it sees, and
        for a strength that is none.
        """
        if not self.architecture.photos:
            raise ValueError(
                "Expected a model that recognises what a photo shows, color-photo, to carry colors over. "
                f"{self.architecture.title} does not."
            )
        if not 0 <= strength <= 1:
            raise ValueError(f"Expected a strength from 0 to 1. Received: {strength}")
        references.check(photo)
        small = photo.resize(self.seen_size(photo.size), Image.Resampling.LANCZOS, reducing_gap=3.0)
        features = self._features(luma(to_array(small)))
        places = small.resize(features[0].shape[1::-1], Image.Resampling.BOX)
        return references.Reference(features, chroma(to_array(places)), strength)

    def _features(self, y):
        """Returns what the encoder sees of luma (h, w, 1), as `Heads.features` of one photo."""
        return [plane[0] for plane in MODELS.heads(self.network).features(_with_hints(y[None]))]

    def _other_chroma(self, y, vividness, alternative, reference):
        """Returns chroma (h, w, 2) of luma (h, w, 1): that of one of `alternatives`, with a reference's, or both."""
        self._needs_likelihoods()
        heads = MODELS.heads(self.network)
        logits, mixing = heads.logits(_with_hints(y[None]))
        if alternative:
            tilts = _tilts(heads, logits, y)
            if alternative not in range(len(tilts)):
                raise ValueError(
                    f"Expected the number of one of the photo's colorings, below {len(tilts)}. Received: {alternative}"
                )
            logits = logits + tilts[alternative]
        coarse = heads.coarse(logits, vividness)
        if reference:
            coarse = reference.carry_over(self._features(y), y, coarse[0])[None]
        return heads.upsample(coarse, mixing)[0]

    def chroma(self, y, vividness=VIVIDNESS, hints=None):
        """Returns the model's chroma (N, H, W, 2) of luma, float32 (N, H, W, 1), with or without hints (N, H, W, 3)."""
        if not self.architecture.takes_hints:
            return chroma(np.clip(self.network.predict_on_batch(y), 0, 1))
        return MODELS.heads(self.network)(_with_hints(y, hints), vividness)

    def unsure(self, photo):
        """Returns how unsure the model is of the colors of the RGB image `photo`: uint8 (H, W).

        It is the standard deviation of the likely colors, in chroma, a half being 255.

        Raises ValueError for a model that predicts one color alone.
        """
        self._needs_likelihoods()
        y = _luma(photo, self.seen_size(photo.size))
        spread = Image.fromarray(to_u8(2 * MODELS.heads(self.network).unsure(_with_hints(y[None]))[0, ..., 0]))
        return np.asarray(spread.resize(photo.size, Image.Resampling.BILINEAR))

    def seen_size(self, size, detail=1.0):
        """The (width, height) that the model is given of a photo of that size: the same aspect, in whole multiples."""
        scale = detail * min(self.architecture.size / min(size), MOST_ENLARGED)
        multiple = self.architecture.multiple
        return tuple(multiple * max(1, round(min(scale * side, LONGEST_SIDE) / multiple)) for side in size)

    def _check(self, vividness, detail, strokes):
        if not 0 <= vividness <= 1:
            raise ValueError(f"Expected a vividness from 0 to 1. Received: {vividness}")
        if not 1 <= detail <= 2:
            raise ValueError(f"Expected a detail from 1 to 2. Received: {detail}")
        if strokes is not None and not self.architecture.takes_hints:
            raise ValueError(f"Expected a model that takes strokes of color. {self.architecture.title} takes none.")

    def _needs_likelihoods(self):
        if not self.architecture.takes_hints:
            raise ValueError(
                f"Expected a model that predicts how likely colors are. {self.architecture.title} does not."
            )


def painter(predictor):
    """Returns `paint(rgb, vividness)` of a `Predictor`: what the page shows of photos of that size."""
    if predictor.record.takes_hints:
        return Colorizer(predictor.record.id, predictor.network).paint
    return lambda rgb, _: predictor.predict(rgb)


def known(model_id, task):
    """Returns the `Architecture` of that id. Raises ValueError unless it can do the task."""
    architecture = get(model_id)
    if architecture.task != task:
        able = [architecture.id for architecture in ARCHITECTURES.values() if architecture.task == task]
        raise ValueError(f"Expected a model that can {task}: {', '.join(able)}. Received: {model_id!r}")
    return architecture


def _luma(photo, size):
    """Returns the luma (h, w, 1) of the photo as small as a model sees it."""
    return luma(to_array(photo.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)))


def _tilts(heads, logits, y):
    """Returns what is added to the logits for each of `alternatives`, first nothing, of luma (h, w, 1)."""
    others = alternatives.tilts(heads.shares(logits)[0], heads.grid, y)
    return [np.float32(tilt) for tilt in (0, *others)]


def _with_hints(y, hints=None):
    """Returns luma and hints (N, H, W, 4), zeros being no hints."""
    return np.concatenate([y, np.zeros((*y.shape[:3], 3), np.float32) if hints is None else hints], -1)


def _with_chroma(photo, y, chroma, mask=None, result=None):
    """As `guided.colorize`, which a photo of the model's own size has no need of."""
    if y.shape[:2] != photo.size[::-1]:
        return guided.colorize(photo, y, chroma, mask, result)
    image = to_image(fit_chroma(y, chroma))
    return Image.composite(image, result, mask) if mask else image
