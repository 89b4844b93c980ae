"""What is measured of colorizers alone: how vivid they are, what hints are worth, and whether skies are blue."""

import numpy as np

from ae.image import metrics
from ae.image.color import CHROMA_TO_RGB, chroma, lab, luma, to_u8
from ae.models import hints
from ae.models.baselines import gray_copy

VIVIDNESS = (0.0, 0.5, 1.0)
HINTS = 10
HINTS_SEED = 0
CHUNK = 100
MEASURED = ("accuracy", "mse", "mae", "psnr", "chroma_error", "colorfulness", "within_5_percent")  # of metrics
BRIGHT = 0.6  # luma of a sky
FACES, FACE_HUE = ("face", "people"), 15  # kinds of photos; degrees
COLORED = 0.01  # the length of the chroma of what has a hue
GREEN, BLUE = 1, 2  # channels


def measure(images_u8, paint, settings, progress=lambda share: None, kinds=None):
    """Returns {setting: {metric: mean}} of colorizations of uint8 (N, H, W, 3).

    `paint(rgb, setting)` maps float32 RGB (n, H, W, 3) to its colorization. Beside the `MEASURED`,
    "colorfulness_ratio" is the mean colorfulness divided by that of the images, "gray_share" the MSE divided by that of
    their gray copies, "better_than_gray" the share of images whose MSE is the smaller. Where the `kinds` of the images
    are given, (N,), "kinds" has these three and the number of "photos" of each.
    """
    truth, made = [], {setting: [] for setting in settings}
    for start in range(0, len(images_u8), CHUNK):
        part = images_u8[start : start + CHUNK]
        rgb = part.astype(np.float32) / 255
        gray = to_u8(gray_copy(rgb))
        truth.append({"colorfulness": metrics.colorfulness(part, part), "gray_mse": metrics.mse(part, gray)})
        for setting in settings:
            prediction = to_u8(paint(rgb, setting))
            made[setting].append({name: metrics.METRICS[name].function(part, prediction) for name in MEASURED})
        progress(min(1, (start + CHUNK) / len(images_u8)))
    truth, made = _joined(truth), {setting: _joined(parts) for setting, parts in made.items()}
    means = {}
    for setting, values in made.items():
        mean = {name: round(float(array.mean()), 8) for name, array in values.items()} | _beside_gray(truth, values)
        if kinds is not None:
            of = {kind: np.flatnonzero(kinds == kind) for kind in np.unique(kinds).tolist()}
            mean["kinds"] = {kind: {"photos": len(i)} | _beside_gray(truth, values, i) for kind, i in of.items()}
        means[f"{setting:g}"] = mean
    return means


def _joined(parts):
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _beside_gray(truth, values, chosen=np.s_[:]):
    mse, gray_mse = values["mse"][chosen], truth["gray_mse"][chosen]
    return {
        "colorfulness_ratio": round(
            float(values["colorfulness"][chosen].sum() / truth["colorfulness"][chosen].sum()), 4
        ),
        "gray_share": round(float(mse.sum() / gray_mse.sum()), 4),
        "better_than_gray": round(float((mse < gray_mse).mean()), 4),
    }


def hinted_painter(model):
    """Returns `paint(rgb, patches)`: the mean answer where that many patches of each image's true chroma are given."""

    def paint(rgb, patches):
        return model.predict_on_batch(with_hints(luma(rgb), rgb, patches))

    return paint


def with_hints(y, rgb, patches):
    """Returns luma and hints, float32 (N, H, W, 4): the same patches for the same images, every time."""
    random = np.random.default_rng(HINTS_SEED)
    planes = np.zeros((*y.shape[:3], 3), np.float32)
    for image_hints, image_chroma in zip(planes, chroma(rgb)):
        hints.place_patches(image_hints, image_chroma, patches, random)
    return np.concatenate([y, planes], -1)


def skies_and_leaves(split, paint, settings):
    """Returns how often skies are blue and leaves green: {"sky", "leaves"}, each {"photos", "right": {setting: share}}.

    Of the photos of the kind "scene". A sky is what is bright in the upper fifth, if its true mean color is
    blue; leaves are the pixels that are truly green, if they are half of the photo or more. A color is blue or green
    if that is its brightest channel. What no photo shows is left out.
    """
    found = {"sky": {}, "leaves": {}}
    scenes = split.images_u8[split.kinds == "scene"]
    for start in range(0, len(scenes), CHUNK):
        truth = scenes[start : start + CHUNK].astype(np.float32) / 255
        true = chroma(truth)
        bright = luma(truth)[..., 0] > BRIGHT
        bright[:, truth.shape[1] // 5 :] = False
        green = _hue(true) == GREEN
        regions = [("sky", BLUE, i, mask) for i, mask in enumerate(bright) if mask.any()]
        regions = [region for region in regions if _mean_hue(true, *region[2:]) == BLUE]
        regions += [("leaves", GREEN, i, mask) for i, mask in enumerate(green) if mask.mean() >= 0.5]
        for setting in settings:
            predicted = chroma(np.clip(paint(truth, setting), 0, 1))
            for name, hue, i, mask in regions:
                found[name].setdefault(f"{setting:g}", []).append(_mean_hue(predicted, i, mask) == hue)
    return {
        name: {
            "photos": len(next(iter(right.values()))),
            "right": {setting: round(float(np.mean(answers)), 4) for setting, answers in right.items()},
        }
        for name, right in found.items()
        if right
    }


def faces(split, paint, settings):
    """Returns how often a face has the color of a face: {"photos", "right": {setting: share}, "one_hue"}.

    Of the photos of the kinds `FACES`: the mean color of their middle, in CIELAB, has the hue of the truth to within
    `FACE_HUE` degrees and at least half of its chroma. "one_hue" is the honest baseline: the most that one hue gets
    which is the same for all faces, chosen by their own. {} without faces.
    """
    chosen = np.flatnonzero(np.isin(split.kinds, FACES))
    right, truths = {f"{setting:g}": [] for setting in settings}, []
    for start in range(0, len(chosen), CHUNK):
        truth = split.images_u8[chosen[start : start + CHUNK]]
        true = _middle(truth)
        truths.append(true)
        for setting in settings:
            made = _middle(to_u8(paint(truth.astype(np.float32) / 255, setting)))
            right[f"{setting:g}"] += (_same_hue(made, true) & (np.abs(made) >= np.abs(true) / 2)).tolist()
    if not len(chosen):
        return {}
    hues, true = np.exp(1j * np.radians(np.arange(360)))[:, None], np.concatenate(truths)
    return {
        "photos": len(chosen),
        "right": {setting: round(float(np.mean(a)), 4) for setting, a in right.items()},
        "one_hue": round(float(_same_hue(hues, true).mean(-1).max()), 4),
    }


def _same_hue(made, true):
    return np.abs(np.angle(made / np.where(true == 0, 1, true), deg=True)) <= FACE_HUE


def _middle(images_u8):
    """Returns the mean a + bi of the middle ninth of images (N, H, W, 3): complex (N,)."""
    height, width = images_u8.shape[1] // 3, images_u8.shape[2] // 3
    a, b = np.moveaxis(lab(images_u8[:, height : 2 * height, width : 2 * width])[..., 1:].mean((1, 2)), -1, 0)
    return a + 1j * b


def _mean_hue(chroma, i, mask):
    return _hue(chroma[i][mask].mean(0))


def _hue(chroma):
    """Returns the index of the brightest RGB channel, or -1 where there is hardly a color: (..., 2) to (...)."""
    return np.where(np.linalg.norm(chroma, axis=-1) > COLORED, (chroma @ np.float32(CHROMA_TO_RGB)).argmax(-1), -1)
