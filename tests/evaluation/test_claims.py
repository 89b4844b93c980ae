import json

import numpy as np
import pytest

from ae.evaluation import claims
from ae.evaluation.claims import FAILS, HOLDS, PARTLY
from ae.evaluation.results import read_results
from ae.models.catalog import ARCHITECTURES
from ae.models.weights import BUNDLED

WIDE, KERNELS, AVERAGE_POOLING, FASTER, LATENT, FLUCTUATION, END_POINT, SKY, SUMMARY = range(9)
WHERE = [
    "Experiment 1",
    "Experiment 2",
    "Experiment 3",
    "Experiment 4",
    "Experiment 4",
    "Figure 14",
    "Colorization, results",
    "Figure 15",
    "Summary table",
]
REPORT = list(ARCHITECTURES)[:6]


@pytest.fixture
def results():
    """The initial model at 81 % and 25 dB; what a test is about, it sets itself."""
    latents = {"ir-initial": 1024, "ir-wide": 2048, "ir-kernels": 1024, "ir-avgpool": 1024, "ir-best": 2048}
    results = {i: {"latent": n, "test": score(0.81, 25, mse=4 / n)} for i, n in latents.items()}
    results["color-report"] = {"latent": 3072, "test": score(0.486, 22, mse=0.5), "sky": sky((0.008, -0.006))}
    results["always-red"] = {"latent": 0, "test": score(0.507, 5, mse=0.3)}
    results["pca-4x4-48"] = {"latent": 3072, "test": score(1, 100, mse=0)}
    return results


@pytest.fixture
def histories():
    def epochs():
        return [{"epoch": n, "val_loss": 1 / n, "val_accuracy": 0.6 + n / 250} for n in range(1, 51)]

    histories = {i: {"epochs": epochs()} for i in REPORT}
    histories["color-report"]["epochs"] = [
        {"epoch": n, "accuracy": 0.45 + 0.001 * n, "val_accuracy": 0.48 + 0.02 * (n % 2)} for n in range(1, 51)
    ]
    return histories


def score(accuracy, psnr, mse=0.003):
    return {"accuracy": accuracy, "psnr": psnr, "mse": mse}


def sky(prediction):
    return {"truth": [0.04, -0.03], "prediction": list(prediction)}


def test_the_claims_stand_in_the_report_s_order(results, histories):
    assert [claim.where for claim in claims.check(results, histories)] == WHERE


@pytest.mark.parametrize(
    "accuracy, psnr, verdict",
    [
        (0.805, 25.2, HOLDS),
        (0.819, 25.2, HOLDS),
        (0.815, 27.0, PARTLY),
        (0.790, 25.2, PARTLY),
        (0.822, 25.2, FAILS),
        (0.830, 27.0, FAILS),
    ],
)
def test_wide_is_slightly_over_80_percent_and_no_better(results, histories, accuracy, psnr, verdict):
    results["ir-wide"]["test"] |= score(accuracy, psnr)
    claim = claims.check(results, histories)[WIDE]
    assert claim.verdict == verdict
    assert claim.evidence == f"{100 * accuracy:.1f}% and {psnr:.2f} dB; the initial model: 81.0% and 25.00 dB."


@pytest.mark.parametrize(
    "accuracy, psnr, verdict",
    [
        (0.802, 25.4, HOLDS),
        (0.818, 24.6, HOLDS),
        (0.830, 25.4, PARTLY),
        (0.815, 24.4, PARTLY),
        (0.830, 27.0, FAILS),
        (0.790, 23.0, FAILS),
    ],
)
def test_kernels_are_more_or_less_the_same(results, histories, accuracy, psnr, verdict):
    results["ir-kernels"]["test"] |= score(accuracy, psnr)
    claim = claims.check(results, histories)[KERNELS]
    assert claim.verdict == verdict
    assert claim.evidence == f"{100 * accuracy:.1f}% and {psnr:.2f} dB; the initial model: 81.0% and 25.00 dB."


@pytest.mark.parametrize(
    "accuracy, psnr, verdict", [(0.80, 24, HOLDS), (0.80, 26, PARTLY), (0.82, 24, PARTLY), (0.82, 26, FAILS)]
)
def test_average_pooling_is_worse(results, histories, accuracy, psnr, verdict):
    results["ir-avgpool"]["test"] |= score(accuracy, psnr)
    claim = claims.check(results, histories)[AVERAGE_POOLING]
    assert claim.verdict == verdict
    assert claim.evidence.startswith(f"{100 * accuracy:.1f}% and {psnr:.2f} dB; the initial model")
    assert claim.evidence.endswith(": 81.0% and 25.00 dB.")


@pytest.mark.parametrize(
    "factor, verdict, reached",
    [
        (2.5, HOLDS, "in epoch 20"),
        (2.4, FAILS, "in epoch 21"),
        (1, FAILS, "in epoch 50"),
        (0.9, FAILS, "never in 50 epochs"),
    ],
)
def test_best_is_there_within_20_epochs(results, histories, factor, verdict, reached):
    for row in histories["ir-best"]["epochs"]:
        row["val_loss"] /= factor
    claim = claims.check(results, histories)[FASTER]
    assert claim.verdict == verdict
    assert "loss after 50 epochs is 0.02000" in claim.evidence and claim.evidence.endswith(f"is there {reached}.")


@pytest.mark.parametrize(
    "errors, verdict, correlation",  # of ir-initial, -wide, -kernels, -avgpool, -best
    [
        ((0.004, 0.002, 0.004, 0.004, 0.002), HOLDS, "-1.00"),
        ((0.004, 0.002, 0.002, 0.002, 0.002), PARTLY, "-0.41"),
        ((0.002, 0.004, 0.002, 0.002, 0.004), FAILS, "1.00"),
    ],
)
def test_a_larger_latent_goes_with_a_lower_error(results, histories, errors, verdict, correlation):
    for model_id, mse in zip(REPORT, errors):
        results[model_id]["test"]["mse"] = mse
    claim = claims.check(results, histories)[LATENT]
    assert claim.verdict == verdict
    assert f"1,024: {errors[0]:.5f}" in claim.evidence and f"2,048: {errors[1]:.5f}" in claim.evidence
    assert claim.evidence.endswith(f": {correlation}.")
    assert "3,072" not in claim.evidence  # the colorizer and the baselines are no part of it


@pytest.mark.parametrize(
    "step, swing, verdict",
    [(0.001, 0.006, HOLDS), (0.001, 0.004, PARTLY), (-0.001, 0.006, PARTLY), (-0.001, 0.004, FAILS)],
)
def test_validation_fluctuates_while_training_increases(results, histories, step, swing, verdict):
    for row in histories["color-report"]["epochs"]:
        n = row["epoch"]
        row |= {"accuracy": 0.45 + step * n, "val_accuracy": 0.48 + swing * (n % 2)}
        if n <= 10:  # these do not count
            row |= {"accuracy": 0.9 * (n % 2), "val_accuracy": 0.5}
    claim = claims.check(results, histories)[FLUCTUATION]
    assert claim.verdict == verdict
    assert f"validation moves by {100 * swing:.2f} points" in claim.evidence and "training by 0.10;" in claim.evidence
    assert f"from {45 + 1100 * step:.1f}% to {45 + 5000 * step:.1f}%" in claim.evidence


@pytest.mark.parametrize("at_50, verdict", [(0.505, HOLDS), (0.519, HOLDS), (0.499, FAILS), (0.521, FAILS)])
def test_the_colorizer_ends_slightly_over_50_percent(results, histories, at_50, verdict):
    histories["color-report"]["epochs"][49]["accuracy"] = at_50
    claim = claims.check(results, histories)[END_POINT]
    assert claim.verdict == verdict
    assert claim.evidence.startswith(f"48.0% after 30 epochs, {100 * at_50:.1f}% after 50; 48.6% on test images")
    assert claim.evidence.endswith("scores 50.7%.")


@pytest.mark.parametrize(
    "prediction, verdict, share",
    [
        ((0.008, -0.006), HOLDS, "20%"),
        ((0.032, -0.024), PARTLY, "80%"),
        ((-0.008, 0.006), FAILS, "20%"),
        ((0.008, 0.006), FAILS, "20%"),
    ],
)
def test_the_sky_is_weakly_blue(results, histories, prediction, verdict, share):
    results["color-report"]["sky"] = sky(prediction)
    claim = claims.check(results, histories)[SKY]
    assert claim.verdict == verdict
    assert f"({prediction[0]:+.4f}, {prediction[1]:+.4f}), in truth (+0.0400, -0.0300)" in claim.evidence
    assert f"strength is {share} of" in claim.evidence


@pytest.mark.parametrize(
    "initial, best, color, verdict",
    [
        (0.813, 0.845, 0.487, HOLDS),
        (0.813, 0.831, 0.501, PARTLY),
        (0.811, 0.831, 0.487, PARTLY),
        (0.811, 0.831, 0.485, FAILS),
    ],
)
def test_the_summary_table_is_reached(results, histories, initial, best, color, verdict):
    for model_id, accuracy in (("ir-initial", initial), ("ir-best", best), ("color-report", color)):
        results[model_id]["test"]["accuracy"] = accuracy
    claim = claims.check(results, histories)[SUMMARY]
    assert claim.verdict == verdict
    shares = {"Initial model 81.2%": initial, "Best model 84.4%": best, "Report's colorizer 48.6%": color}
    for start, share in shares.items():
        assert f"{start}, here {share:.1%}, by the seed (of 1) {share:.1%} to {share:.1%}" in claim.evidence


def test_a_number_holds_that_one_of_the_seeds_reaches(results, histories):
    for model_id, seeds in {"ir-initial": [0.75, 0.812], "ir-best": [0.8436, 0.80], "color-report": [0.4, 0.5]}.items():
        results[model_id]["seeds"] = {str(i): {"test": score(accuracy, 25)} for i, accuracy in enumerate(seeds)}
    claim = claims.check(results, histories)[SUMMARY]
    assert claim.verdict == HOLDS
    assert "Best model 84.4%, here 81.0%, by the seed (of 2) 80.0% to 84.4%" in claim.evidence


def verdicts_by_hand(results, histories):
    """Of the bundled numbers, each claim's parts written out."""
    test = {i: results[i]["test"] for i in REPORT}
    initial, wide, kernels, average, *_ = (test[i] for i in REPORT)
    losses = {i: [row["val_loss"] for row in histories[i]["epochs"]] for i in REPORT}
    latents, errors = zip(*((np.log(results[i]["latent"]), np.log(test[i]["mse"])) for i in REPORT[:5]))
    correlation = np.corrcoef(latents, errors)[0, 1]
    training, validation = (
        np.array([row[name] for row in histories["color-report"]["epochs"]][10:])
        for name in ("accuracy", "val_accuracy")
    )
    at_50 = histories["color-report"]["epochs"][49]["accuracy"]
    (cb, cr), truth = results["color-report"]["sky"]["prediction"], results["color-report"]["sky"]["truth"]
    parts = [
        [
            0.80 < wide["accuracy"] <= 0.82,
            wide["accuracy"] < initial["accuracy"] + 0.01 and wide["psnr"] < initial["psnr"] + 0.5,
        ],
        [abs(kernels["accuracy"] - initial["accuracy"]) < 0.01, abs(kernels["psnr"] - initial["psnr"]) < 0.5],
        [average["accuracy"] < initial["accuracy"], average["psnr"] < initial["psnr"]],
        [min(losses["ir-best"][:20]) <= losses["ir-initial"][-1]],
        [correlation < 0, correlation <= -0.8],
        [np.abs(np.diff(validation)).mean() > 5 * np.abs(np.diff(training)).mean(), training[-1] > training[0]],
        [0.50 < at_50 < 0.52],
        [cb > 0 > cr, cb > 0 > cr and np.hypot(cb, cr) < 0.5 * np.hypot(*truth)],
        [
            max(round(run["test"]["accuracy"], 3) for run in results[i]["seeds"].values()) >= published
            for i, published in (("ir-initial", 0.812), ("ir-best", 0.844), ("color-report", 0.486))
        ],
    ]
    return [HOLDS if all(part) else PARTLY if any(part) else FAILS for part in parts]


def test_the_bundled_files_answer_every_claim():
    histories = {i: json.loads((BUNDLED / i / "history.json").read_text()) for i in REPORT}
    found = claims.check(read_results(), histories)
    assert [claim.where for claim in found] == WHERE
    assert [claim.verdict for claim in found] == verdicts_by_hand(read_results(), histories)
    assert all(claim.text.endswith(".") and "nan" not in claim.evidence for claim in found)
