"""What the report claims, and what the histories and `results.json` say of it."""

from dataclasses import dataclass

import numpy as np

from ae.evaluation import seeds
from ae.models.catalog import ARCHITECTURES

HOLDS, PARTLY, FAILS = "holds", "holds in part", "does not hold"
SAME_ACCURACY = 0.01  # as shares; epochs of one run differ by more
SAME_PSNR_DB = 0.5  # less is hard to see


@dataclass(frozen=True)
class Claim:
    """`where` in the report, `text` what it says, `verdict` ours, `evidence` the numbers behind it."""

    where: str
    text: str
    verdict: str
    evidence: str


def check(results, histories):
    """Returns the `Claim`s, the report's order.

    `results` is what `evaluation.evaluate` returns and `histories` {model id: history} of the six models
    of the report. Accuracies and PSNRs are those of the test split.
    """
    return [
        _wide(results),
        _kernels(results),
        _average_pooling(results),
        _faster(histories),
        _latent(results),
        _fluctuation(histories),
        _end_point(results, histories),
        _sky(results),
        _summary(results),
    ]


def _wide(results):
    wide, initial = results["ir-wide"]["test"], results["ir-initial"]["test"]
    over_80 = 0.80 < wide["accuracy"] <= 0.82
    no_better = wide["accuracy"] - initial["accuracy"] < SAME_ACCURACY and wide["psnr"] - initial["psnr"] < SAME_PSNR_DB
    return Claim(
        "Experiment 1",
        "With more channels the test accuracy is slightly over 80 % and no better than before.",
        HOLDS if over_80 and no_better else PARTLY if over_80 or no_better else FAILS,
        f"{_score(wide)}; the initial model: {_score(initial)}.",
    )


def _kernels(results):
    kernels, initial = results["ir-kernels"]["test"], results["ir-initial"]["test"]
    return Claim(
        "Experiment 2",
        "With more convolutions and growing kernels the results are more or less the same.",
        _verdict(_same_accuracy(kernels, initial), _same_psnr(kernels, initial)),
        f"{_score(kernels)}; the initial model: {_score(initial)}.",
    )


def _average_pooling(results):
    average, initial = results["ir-avgpool"]["test"], results["ir-initial"]["test"]
    return Claim(
        "Experiment 3",
        "With average pooling the results are decent, but the model misses features that max pooling keeps.",
        _verdict(average["accuracy"] < initial["accuracy"], average["psnr"] < initial["psnr"]),
        f"{_score(average)}; the initial model with max pooling: {_score(initial)}.",
    )


def _faster(histories):
    initial, best = (histories[i]["epochs"] for i in ("ir-initial", "ir-best"))
    target = initial[-1]["val_loss"]
    epoch = next((row["epoch"] for row in best if row["val_loss"] <= target), None)
    reached = f"in epoch {epoch}" if epoch else f"never in {len(best)} epochs"
    return Claim(
        "Experiment 4",
        "The best model reaches the initial model's results within 20 epochs instead of 50.",
        HOLDS if epoch and epoch <= 20 else FAILS,
        f"The initial model's validation loss after {len(initial)} epochs is {target:.5f}; the best model's is there "
        f"{reached}.",
    )


def _latent(results):
    points = [(r["latent"], r["test"]["mse"], i) for i, r in results.items() if i in REPORT_RECONSTRUCTORS]
    latents, errors, _ = zip(*points)
    correlation = float(np.corrcoef(np.log(latents), np.log(errors))[0, 1])
    listed = ", ".join(f"{latent:,}: {mse:.5f}" for latent, mse, _ in sorted(points))
    return Claim(
        "Experiment 4",
        "A larger latent goes with a lower error.",
        HOLDS if correlation <= -0.8 else PARTLY if correlation < 0 else FAILS,
        f"MSE by latent size: {listed}. Correlation of their logarithms: {correlation:.2f}.",
    )


def _fluctuation(histories):
    epochs = histories["color-report"]["epochs"][10:]
    steps = {name: np.abs(np.diff([row[name] for row in epochs])).mean() for name in ("accuracy", "val_accuracy")}
    return Claim(
        "Figure 14",
        "The colorizer's validation accuracy fluctuates while its training accuracy increases.",
        _verdict(steps["val_accuracy"] > 5 * steps["accuracy"], epochs[-1]["accuracy"] > epochs[0]["accuracy"]),
        f"From one epoch to the next, after the tenth, validation moves by {100 * steps['val_accuracy']:.2f} points on "
        f"average and training by {100 * steps['accuracy']:.2f}; training went from {epochs[0]['accuracy']:.1%} "
        f"to {epochs[-1]['accuracy']:.1%}.",
    )


def _end_point(results, histories):
    at_30, at_50 = (histories["color-report"]["epochs"][epoch - 1]["accuracy"] for epoch in (30, 50))
    red = results["always-red"]["test"]["accuracy"]
    test = results["color-report"]["test"]["accuracy"]
    return Claim(
        "Colorization, results",
        "The colorizer's training accuracy converges to slightly more than 50 %.",
        HOLDS if 0.50 < at_50 < 0.52 else FAILS,
        f"{at_30:.1%} after 30 epochs, {at_50:.1%} after 50; {test:.1%} on test images, where answering red everywhere "
        f"scores {red:.1%}.",
    )


def _sky(results):
    truth, prediction = (results["color-report"]["sky"][name] for name in ("truth", "prediction"))
    blue = prediction[0] > 0 > prediction[1]
    share = float(np.hypot(*prediction) / np.hypot(*truth))
    return Claim(
        "Figure 15",
        "The colorizer has learned to color the sky blue, although weakly.",
        _verdict(blue, blue and share < 0.5),
        f"Mean (Cb, Cr) over the upper third of planes and ships: ({prediction[0]:+.4f}, {prediction[1]:+.4f}), in "
        f"truth ({truth[0]:+.4f}, {truth[1]:+.4f}); blue is where Cb is above and Cr below zero. Its strength is "
        f"{share:.0%} of the truth's.",
    )


def _summary(results):
    """A number is reached if one of the seeds reaches it: the report has one run of each."""
    reached, parts = [], []
    for i in ("ir-initial", "ir-best", "color-report"):
        published, ours = ARCHITECTURES[i].published[1], results[i]["test"]["accuracy"]
        found = seeds.spread(results[i], "accuracy")
        reached.append(round(found.highest, 3) >= published)  # to the digits that the report gives
        parts.append(
            f"{ARCHITECTURES[i].title} {published:.1%}, here {ours:.1%}, by the seed (of {found.runs}) "
            f"{found.lowest:.1%} to {found.highest:.1%}"
        )
    return Claim(
        "Summary table",
        "The test accuracies are 81.2 % (initial), 84.4 % (best) and 48.6 % (colorization).",
        _verdict(*reached),
        "; ".join(parts)
        + ". The seed alone moves the accuracy that much; a number counts as reached if one of the seeds reaches it, "
        "to its digits.",
    )


REPORT_RECONSTRUCTORS = ("ir-initial", "ir-wide", "ir-kernels", "ir-avgpool", "ir-best")


def _verdict(*parts):
    return HOLDS if all(parts) else PARTLY if any(parts) else FAILS


def _same_accuracy(one, other):
    return abs(one["accuracy"] - other["accuracy"]) < SAME_ACCURACY


def _same_psnr(one, other):
    return abs(one["psnr"] - other["psnr"]) < SAME_PSNR_DB


def _score(measured):
    return f"{measured['accuracy']:.1%} and {measured['psnr']:.2f} dB"
