"""Every model and every baseline on the same images, into one file: `results.json`."""
import json
from pathlib import Path

import numpy as np

from ae import metrics
from ae.architectures import ARCHITECTURES
from ae.baselines import BASELINES
from ae.color import luma
from ae.files import replace
from ae.weights import BUNDLED, Source, load

SPLITS = ("train", "val", "test", "test10k")
METRICS = {
    "accuracy": metrics.accuracy,
    "mse": metrics.mse,
    "mae": metrics.mae,
    "psnr": metrics.psnr,
    "ssim": metrics.ssim,
}
CHUNK = 500


def read(folder=BUNDLED):
    """Returns what `evaluate` wrote: {id: {"parameters", "latent", split: {metric: value}}}, empty if nothing."""
    path = Path(folder) / "results.json"
    return json.loads(path.read_text()) if path.exists() else {}


def evaluate(splits, ids, folder=BUNDLED, progress=lambda done, text: None):
    """Measures the models and baselines in `ids`, updates `folder`/results.json, and returns its content.

    `splits` is what `cifar10.load` returns; `folder` holds the weights, `<model id>/model.weights.h5`.
    Every metric is the mean over a split's images, compared at 8 bits; "test10k" is "val" and "test"
    together. `progress` is called with the share done, in [0, 1], and what is being measured.

    Raises ValueError or FileNotFoundError before anything is measured if a model's weights do not load.
    """
    models = {i: load(i, Source(folder=folder)) for i in ids if i not in BASELINES}
    results = read(folder)
    for number, i in enumerate(ids):
        size, predict = _model(ARCHITECTURES[i], models[i]) if i in models else _baseline(BASELINES[i], splits)
        measured = _measure_splits(splits, predict, lambda share: progress((number + share) / len(ids), i))
        results[i] = {**size, **measured}
    results = {i: results[i] for i in (*ARCHITECTURES, *BASELINES) if i in results}
    replace(Path(folder) / "results.json", lambda path: path.write_text(json.dumps(results, indent=1) + "\n"))
    return results


def _model(architecture, model):
    size = {"parameters": model.count_params(), "latent": architecture.latent_size()}
    if architecture.task == "colorize":
        return size, lambda rgb: model.predict_on_batch(luma(rgb))
    return size, model.predict_on_batch


def _baseline(baseline, splits):
    size = {"parameters": baseline.parameters, "latent": baseline.latent}
    return size, baseline.fit(splits["train"].images_u8)


def _measure_splits(splits, predict, progress):
    measured = {}
    names = ("train", "val", "test")
    total, done = sum(len(splits[name]) for name in names), 0
    for name in names:
        sums = dict.fromkeys(METRICS, 0.0)
        images_u8 = splits[name].images_u8
        for start in range(0, len(images_u8), CHUNK):
            truth = images_u8[start : start + CHUNK]
            prediction = metrics.to_u8(predict(truth.astype(np.float32) / 255))
            for metric, function in METRICS.items():
                sums[metric] += float(function(truth, prediction).sum())
            done += len(truth)
            progress(done / total)
        measured[name] = {metric: round(value / len(images_u8), 8) for metric, value in sums.items()}
    val, test = len(splits["val"]), len(splits["test"])
    measured["test10k"] = {
        metric: round((measured["val"][metric] * val + value * test) / (val + test), 8)
        for metric, value in measured["test"].items()
    }
    return measured


def table(results, split="test"):
    """Returns `results` on one split as lines of text."""
    head = f"{'':14} {'parameters':>10} {'latent':>6}  {'accuracy':>8} {'MSE':>8} {'MAE':>8} {'PSNR':>9} {'SSIM':>6}"
    lines = [f"Split: {split}", head]
    for i, result in results.items():
        m = result[split]
        lines.append(
            f"{i:14} {result['parameters']:10,} {result['latent']:6,}  {m['accuracy']:8.2%} {m['mse']:8.5f} "
            f"{m['mae']:8.5f} {m['psnr']:6.2f} dB {m['ssim']:6.4f}"
        )
    return "\n".join(lines)
