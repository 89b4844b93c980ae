"""Every model and every baseline on the same images, into one file: `results.json`."""

import json
from pathlib import Path

import numpy as np

from ae.data.cifar10 import CLASSES
from ae.evaluation import colors
from ae.files import replace
from ae.image import metrics
from ae.image.color import chroma, to_u8
from ae.models import baselines, predictors
from ae.models.baselines import BASELINES
from ae.models.weights import BUNDLED, Source, load

SPLITS = ("train", "val", "test", "test10k")
METRICS = {
    "accuracy": metrics.accuracy,
    "mse": metrics.mse,
    "mae": metrics.mae,
    "psnr": metrics.psnr,
    "ssim": metrics.ssim,
}
COLOR_METRICS = {
    "chroma_error": metrics.chroma_error,
    "colorfulness": metrics.colorfulness,
    "within_2_percent": metrics.within_2_percent,
    "within_5_percent": metrics.within_5_percent,
}
SKY_CLASSES = [CLASSES.index("airplane"), CLASSES.index("ship")]
CHUNK = 500


def read(folder=BUNDLED):
    """Returns what `evaluate` wrote, {} if nothing."""
    path = Path(folder) / "results.json"
    return json.loads(path.read_text()) if path.exists() else {}


def evaluate(splits, ids, folder=BUNDLED, photos=None, progress=lambda done, text: None):
    """Measures the models and baselines in `ids`, updates `folder`/results.json, and returns its content.

    `splits` is what `cifar10.load` returns, `photos` a `Split` of photos for the colorizers (None leaves what was
    measured of them before); `folder` holds the weights, `<model id>/model.weights.h5`.
    The result is {id: {"parameters", "latent", "train", "val", "test", "test10k"}}: for each split the
    mean of every metric over its images, compared at 8 bits; "test10k" is "val" and "test" together.
    A model has its "layers", a colorizer also "sky". Whatever colorizes has "colors" on all of "test10k" and on the
    photos: at several settings of the vividness, and with hints where it takes them. `progress` is called with the
    share done, in [0, 1], and the id at hand.

    Raises ValueError or FileNotFoundError before anything is measured if a model's weights do not load.
    """
    measured = {i: predictors.of_model(i, load(i, Source(folder=folder))) for i in ids if i not in BASELINES}
    for i in ids:
        if i in BASELINES:
            baselines.fit(BASELINES[i], splits["train"].images_u8, folder)
            measured[i] = predictors.of_baseline(i, folder)
    results = read(folder)
    for number, i in enumerate(ids):

        def step(share, number=number, i=i):
            progress((number + share) / len(ids), i)

        results[i] = _measure(measured[i], splits, photos, results.get(i, {}), step)
    results = {i: results[i] for i in predictors.records() if i in results}
    replace(Path(folder) / "results.json", lambda path: path.write_text(json.dumps(results, indent=1) + "\n"))
    return results


def _measure(predictor, splits, photos, before, progress):
    """Returns the result of one; what is not measured of its colors this time stays as it was `before`."""
    if predictor.record.task == "reconstruct":
        return predictor.facts | _measure_splits(splits, predictor.predict, METRICS, progress)
    sky = {"sky": _sky(predictor.predict, splits["test"])} if predictor.network else {}
    measured = _measure_splits(splits, predictor.predict, METRICS | COLOR_METRICS, progress)
    measured_colors = before.get("colors", {}) | {"cifar10": _measure_colors(predictor, splits["test10k"])}
    if photos:
        measured_colors["photos"] = _measure_colors(predictor, photos)
    return predictor.facts | sky | measured | {"colors": measured_colors}


def _measure_colors(predictor, split):
    """Without hints there is one answer, called vividness 0."""
    hinted = predictor.record.takes_hints
    paint = colors.painter(predictor.network) if hinted else lambda rgb, _: predictor.predict(rgb)
    settings = colors.VIVIDNESS if hinted else [0.0]
    measured = {"images": len(split), "vividness": colors.measure(split.images_u8, paint, settings)}
    if hinted:
        paint_hints = colors.hinted_painter(predictor.network)
        measured["hints"] = colors.measure(split.images_u8, paint_hints, [colors.HINTS])
    if split.kinds is not None:
        measured |= colors.skies_and_leaves(split, paint, settings)
    return measured


def _sky(predict, test):
    """Returns the mean (Cb, Cr) over the upper third of planes and ships: of the images and of the predictions."""
    truth_u8 = test.images_u8[np.isin(test.labels, SKY_CLASSES)]
    prediction_u8 = np.concatenate([to_u8(predict(_floats(part))) for part in _chunks(truth_u8)])
    means = {}
    for name, images_u8 in (("truth", truth_u8), ("prediction", prediction_u8)):
        upper_third = _floats(images_u8[:, : images_u8.shape[1] // 3])
        means[name] = [round(float(mean), 6) for mean in chroma(upper_third).mean((0, 1, 2), dtype=np.float64)]
    return means


def _measure_splits(splits, predict, functions, progress):
    names = ("train", "val", "test")
    measured, total, done = {}, sum(len(splits[name]) for name in names), 0
    for name in names:
        sums = dict.fromkeys(functions, 0.0)
        for truth in _chunks(splits[name].images_u8):
            prediction = to_u8(predict(_floats(truth)))
            for metric, function in functions.items():
                sums[metric] += float(function(truth, prediction).sum())
            done += len(truth)
            progress(done / total)
        measured[name] = {metric: round(value / len(splits[name]), 8) for metric, value in sums.items()}
    weights = [len(splits["val"]), len(splits["test"])]
    measured["test10k"] = {
        metric: round(float(np.average([measured["val"][metric], measured["test"][metric]], weights=weights)), 8)
        for metric in functions
    }
    return measured


def _chunks(images_u8):
    return (images_u8[start : start + CHUNK] for start in range(0, len(images_u8), CHUNK))


def _floats(images_u8):
    return images_u8.astype(np.float32) / 255


def table(results, split="test"):
    """Returns `results` on one split as a Markdown table, the report's own accuracies beside ours."""
    rows = [
        [
            f"on {split}",
            "in the report",
            "parameters",
            "latent",
            "report's accuracy",
            "accuracy",
            "MSE",
            "MAE",
            "PSNR",
            "SSIM",
        ]
    ]
    for i, result in results.items():
        record, m = predictors.record(i), result[split]
        published = record.published
        cells = [
            f"`{i}`",
            record.source,
            f"{result['parameters']:,}",
            f"{result['latent']:,}",
            f"{published[split != 'train']:.1%}" if published else "–",
            f"{m['accuracy']:.1%}",
            f"{m['mse']:.5f}",
            f"{m['mae']:.4f}",
            f"{m['psnr']:.2f} dB",
            f"{m['ssim']:.4f}",
        ]
        rows.append(cells)
    return _markdown(rows)


def color_table(results, split="test"):
    """Returns what is measured of colorizations alone, as a Markdown table."""
    rows = [[f"on {split}", "chroma error (ΔE)", "colorfulness", "within 2 %", "within 5 %"]]
    for i, result in results.items():
        m = result[split]
        if "chroma_error" in m:
            shares = (f"{m[name]:.1%}" for name in ("within_2_percent", "within_5_percent"))
            rows.append([f"`{i}`", f"{m['chroma_error']:.2f}", f"{m['colorfulness']:.1f}", *shares])
    return _markdown(rows)


def vividness_table(results, ids=None):
    """Returns what `ids` (all if None) measure at every vividness and with hints, as a Markdown table."""
    rows = [["colors of", "by", "setting", "MSE", "accuracy", "within 5 %", "ΔE", "colorfulness"]]
    for name, title in (("cifar10", "CIFAR-10"), ("photos", "photos")):
        for i, result in results.items():
            measured = result.get("colors", {}).get(name)
            if measured is None or (ids and i not in ids):
                continue
            settings = [(f"vividness {setting}", m) for setting, m in measured["vividness"].items()]
            if len(settings) == 1:
                settings = [("", settings[0][1])]
            settings += [(f"{hints} hints", m) for hints, m in measured.get("hints", {}).items()]
            for setting, m in settings:
                numbers = [f"{m['mse']:.5f}", f"{m['accuracy']:.1%}", f"{m['within_5_percent']:.1%}"]
                numbers += [f"{m['chroma_error']:.2f}", f"{m['colorfulness_ratio']:.0%}"]
                rows.append([f"{measured['images']:,} {title}", f"`{i}`", setting, *numbers])
    return _markdown(rows)


def _markdown(rows):
    """A table whose columns are also aligned on a terminal."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    head, *body = ("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows)
    rule = "|" + "|".join("-" * (width + 1) + ("-" if i < 1 else ":") for i, width in enumerate(widths)) + "|"
    return "\n".join([head, rule, *body])
