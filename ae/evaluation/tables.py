"""The results as Markdown tables, whose columns are also aligned on a terminal."""

from ae.evaluation import seeds
from ae.image.metrics import METRICS
from ae.models.predictors import record

SEVERAL_SEEDS = "five seeds"
COLORS_OF = {"cifar10": "CIFAR-10", "photos": "photos"}


def summary(results, split="test"):
    """Returns what is most worth knowing of the models on one split, the report's accuracies beside ours."""
    models = {i: result for i, result in results.items() if record(i).source != "baseline"}
    return _quality(models, split, ["accuracy", "psnr", "ssim"])


def quality(results, split="test"):
    """Returns what is measured of everything on one split, the report's own accuracies beside ours."""
    return _quality(results, split, [i for i, metric in METRICS.items() if metric.task is None])


def colors(results, split="test"):
    """Returns what is measured of colorizations alone."""
    metrics = {i: metric for i, metric in METRICS.items() if metric.task == "colorize"}
    rows = [[f"on {split}", *(metric.name for metric in metrics.values())]]
    for i, result in results.items():
        if record(i).task == "colorize":
            rows.append([f"`{i}`", *(metric.text(result[split][name]) for name, metric in metrics.items())])
    return _markdown(rows)


def vividness(results, ids=None):
    """Returns what `ids` (all if None) measure at every vividness and with hints."""
    names = ("mse", "accuracy", "within_5_percent", "chroma_error")
    rows = [["colors of", "by", "setting", *(METRICS[name].name for name in names), "colorfulness"]]
    for images, title in COLORS_OF.items():
        for i, result in results.items():
            measured = result.get("colors", {}).get(images)
            if measured is None or (ids and i not in ids):
                continue
            settings = [(f"vividness {setting}", m) for setting, m in measured["vividness"].items()]
            if len(settings) == 1:
                settings = [("", settings[0][1])]
            settings += [(f"{hints} hints", m) for hints, m in measured.get("hints", {}).items()]
            for setting, m in settings:
                numbers = [*(METRICS[name].text(m[name]) for name in names), f"{m['colorfulness_ratio']:.0%}"]
                rows.append([f"{measured['images']:,} {title}", f"`{i}`", setting, *numbers])
    return _markdown(rows)


def kinds(results, i):
    """Returns how the colors of each kind of photo compare with its gray copies, of one model; "" without kinds."""
    settings = results[i].get("colors", {}).get("photos", {}).get("vividness", {})
    settings = {setting: m["kinds"] for setting, m in settings.items() if "kinds" in m}
    if not settings:
        return ""
    head = ["kind", "photos"]
    for setting in settings:
        head += [f"MSE of gray's, {setting}", f"better than gray, {setting}", f"colorfulness, {setting}"]
    rows = [head]
    for kind, first in next(iter(settings.values())).items():
        rows.append([kind, f"{first['photos']:,}"])
        for of_kind in settings.values():
            names = ("gray_share", "better_than_gray", "colorfulness_ratio")
            rows[-1] += [f"{of_kind[kind][name]:.0%}" for name in names]
    return _markdown(rows)


def _quality(results, split, names):
    head = [f"on {split}", "in the report", "parameters", "latent", "report's accuracy", SEVERAL_SEEDS]
    rows = [[*head, *(METRICS[name].name for name in names)]]
    for i, result in results.items():
        known = record(i)
        published = f"{known.published[split != 'train']:.1%}" if known.published else "–"
        sizes = [f"{result[size]:,}" for size in ("parameters", "latent")]
        numbers = (METRICS[name].text(result[split][name]) for name in names)
        several = seeds.text(result, "accuracy", split) if split != "train" else "–"
        rows.append([f"`{i}`", known.source, *sizes, published, several, *numbers])
    return _markdown(rows)


def _markdown(rows):
    widths = [max(map(len, column)) for column in zip(*rows)]
    head, *body = ("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows)
    rule = "|" + "|".join("-" * (width + 1) + ("-" if i < 1 else ":") for i, width in enumerate(widths)) + "|"
    return "\n".join([head, rule, *body])
