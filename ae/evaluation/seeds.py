"""The same model trained from several seeds, which tells how much of a number is chance."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ae.image.metrics import METRICS
from ae.models.weights import FILE_NAME, Source
from ae.training import histories

FOLDER = "seeds"


@dataclass(frozen=True)
class Spread:
    """Of one number over the `runs`: its `mean`, its sample standard `deviation`, the `lowest` and the `highest`."""

    runs: int
    mean: float
    deviation: float
    lowest: float
    highest: float


def sources(model_id, folder):
    """Returns {seed: `Source`} of a model's runs: the chosen one, `folder`/MODEL, and `folder`/seeds/SEED/MODEL.

    It is empty where there is no other run than the chosen one.
    """
    folder = Path(folder)
    others = sorted(path.parents[1] for path in folder.glob(f"{FOLDER}/*/{model_id}/{FILE_NAME}"))
    found = {histories.read(run / model_id)["seed"]: Source(folder=run) for run in [folder, *others] if others}
    return dict(sorted(found.items()))


def spread(result, metric, split="test"):
    """Returns the `Spread` of a metric over the seeds in a model's result; of one seed it is that number."""
    values = [run[split][metric] for run in result.get("seeds", {}).values()] or [result[split][metric]]
    deviation = np.std(values, ddof=1) if len(values) > 1 else 0
    return Spread(len(values), float(np.mean(values)), float(deviation), min(values), max(values))


def text(result, metric, split="test"):
    """Returns mean and deviation as they are shown, "–" for a model of one seed."""
    found, show = spread(result, metric, split), METRICS[metric].text
    return f"{show(found.mean)} ± {show(found.deviation)}" if found.runs > 1 else "–"
