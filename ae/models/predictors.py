"""Models and baselines alike: whatever makes a picture of a picture, to be measured and compared."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ae.image.color import model_input
from ae.models import baselines
from ae.models.architecture import Architecture
from ae.models.baselines import BASELINES, Baseline
from ae.models.catalog import ARCHITECTURES, get
from ae.models.description import facts
from ae.models.weights import BUNDLED


@dataclass(frozen=True)
class Predictor:
    """A `record` and what it takes to use it.

    `predict` maps RGB, float32 (N, H, W, 3) in [0, 1], to RGB of that shape, not clipped; what colorizes sees the luma
    alone. `facts` has "parameters" and "latent" (how many numbers stand for a 32 × 32 image), of a model all that
    `description.facts` gives. `network` is a model's `keras.Model`, `weights` the sentence on its weights.
    """

    record: Architecture | Baseline
    facts: dict
    predict: Callable
    network: Any = None
    weights: str = ""


def record(i):
    """Returns the `Architecture` or the `Baseline` of that id. Raises ValueError, naming the models, for none."""
    return BASELINES.get(i) or get(i)


def records(task=None):
    """Returns {id: record} of all models and baselines that do the `task` (None: of all), models first."""
    everything = ARCHITECTURES | BASELINES
    return {i: record for i, record in everything.items() if task in (None, record.task)}


def of_model(model_id, network, weights=""):
    """Returns the `Predictor` of a model and its weights, as `weights.load` or `Models.get` give them."""
    architecture = get(model_id)

    def predict(rgb):
        return network.predict_on_batch(model_input(rgb, architecture.task))

    return Predictor(architecture, _facts(model_id), predict, network, weights)


def of_baseline(baseline_id, folder=BUNDLED):
    """Returns the `Predictor` of a baseline that has learned what `folder` holds. Raises FileNotFoundError for none."""
    baseline = BASELINES[baseline_id]
    sizes = {"parameters": baseline.parameters, "latent": baseline.latent}
    return Predictor(baseline, sizes, baselines.load(baseline, folder))


@lru_cache(maxsize=64)
def _facts(model_id):
    return facts(get(model_id))
