"""Every model and every baseline on the same images."""

from pathlib import Path

import numpy as np

from ae.data.cifar10 import CLASSES
from ae.evaluation import colors, samples, seeds
from ae.evaluation.results import read_results, write_results
from ae.image.color import chroma, to_u8
from ae.image.metrics import METRICS
from ae.models import baselines, predictors
from ae.models.baselines import BASELINES
from ae.models.weights import BUNDLED, Source, load
from ae.photo.colorizer import painter

SKY_CLASSES = [CLASSES.index("airplane"), CLASSES.index("ship")]
CHUNK = 500


def evaluate(splits, ids, folder=BUNDLED, photos=None, progress=lambda done, text: None):
    """Measures the models and baselines in `ids`, updates the `results` of the folder, and returns them.

    `splits` is what `cifar10.load` returns, `photos` a `Split` of photos for the colorizers (None leaves what was
    measured of them before), of which a model for photos gets a sheet of samples, too; `folder` holds the weights,
    `<model id>/model.weights.h5`.
    The result is {id: {"parameters", "latent", "train", "val", "test", "test10k"}}: for each split the
    mean of every metric over its images, compared at 8 bits; "test10k" is "val" and "test" together.
    A model has its "layers", a colorizer also "sky"; one that was trained from several seeds has "seeds", {seed:
    {"val", "test", "test10k"}}, the chosen one among them. Whatever colorizes has "colors" on all of "test10k" and on
    the photos: at several settings of the vividness, and with hints where it takes them. `progress` is called with the
    share done, in [0, 1], and the id at hand.

    Raises ValueError or FileNotFoundError before anything is measured if a model's weights do not load.
    """
    measured = {i: predictors.of_model(i, load(i, Source(folder=folder))) for i in ids if i not in BASELINES}
    for i in ids:
        if i in BASELINES:
            baselines.fit(BASELINES[i], splits["train"].images_u8, folder)
            measured[i] = predictors.of_baseline(i, folder)
    runs = {i: _runs(i, folder) for i in measured}
    found = read_results(folder)
    for number, i in enumerate(ids):

        def step(share, number=number, i=i):
            progress((number + share) / len(ids), i)

        found[i] = _measure(measured[i], splits, photos, found.get(i, {}), step)
        if runs[i]:
            found[i]["seeds"] = _measure_seeds(runs[i], splits, found[i])
        if photos and measured[i].record.photos:
            samples.write(Path(folder) / i / samples.FILE_NAME, photos, painter(measured[i]))
    return write_results(folder, found)


def _runs(i, folder):
    """Returns {seed: predictor, None of the chosen run} of a model that was trained from several seeds, else {}."""
    return {
        str(seed): None if source.folder == Path(folder) else predictors.of_model(i, load(i, source))
        for seed, source in seeds.sources(i, folder).items()
    }


def _measure_seeds(runs, splits, chosen):
    """Returns what each seed measures; the `chosen` run's result is known."""
    found = {}
    for seed, run in runs.items():
        measured = chosen
        if run:
            measured = _measure_splits(splits, run.predict, run.record.task, lambda share: None, ("val", "test"))
        found[seed] = {split: measured[split] for split in ("val", "test", "test10k")}
    return found


def _measure(predictor, splits, photos, before, progress):
    """Returns the result of one; what is not measured of its colors this time stays as it was `before`."""
    task = predictor.record.task
    measured = _measure_splits(splits, predictor.predict, task, progress)
    if task == "reconstruct":
        return predictor.facts | measured
    sky = {"sky": _sky(predictor.predict, splits["test"])} if predictor.network else {}
    measured_colors = before.get("colors", {}) | {"cifar10": _measure_colors(predictor, splits["test10k"])}
    if photos:
        measured_colors["photos"] = _measure_colors(predictor, photos)
    return predictor.facts | sky | measured | {"colors": measured_colors}


def _measure_colors(predictor, split):
    """Without hints there is one answer, called vividness 0."""
    hinted = predictor.record.takes_hints
    paint = painter(predictor)
    settings = colors.VIVIDNESS if hinted else [0.0]
    measured = {"images": len(split), "vividness": colors.measure(split.images_u8, paint, settings, kinds=split.kinds)}
    if hinted:
        paint_hints = colors.hinted_painter(predictor.network)
        measured["hints"] = colors.measure(split.images_u8, paint_hints, [colors.HINTS])
    if split.kinds is not None:
        measured |= colors.skies_and_leaves(split, paint, settings)
        measured["faces"] = colors.faces(split, paint, settings)
        if hinted:
            from ae.evaluation import recognition  # it begins with Keras

            measured["recognized"] = recognition.measure(split.images_u8, paint, settings)
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


def _measure_splits(splits, predict, task, progress, names=("train", "val", "test")):
    functions = {i: metric.function for i, metric in METRICS.items() if metric.task in (None, task)}
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
