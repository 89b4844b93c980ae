"""The models that a person can choose: the report's, ours, and the one trained in this session."""

from dataclasses import dataclass
from pathlib import Path

from ae.evaluation.results import read_results
from ae.models import catalog
from ae.models.weights import Source
from ae.ui import texts

YOURS = "yours"


@dataclass(frozen=True)
class Trained:
    """A model trained in the page: its weights are at `folder / model_id / "model.weights.h5"`."""

    model_id: str
    folder: Path


def choices(task=None, trained=None):
    """Returns [(label, value), …] for a dropdown: the measured models of `task` (None: all), then the session's own."""
    measured = read_results()
    known = [a for a in catalog.ARCHITECTURES.values() if a.id in measured and task in (None, a.task)]
    shown = [(f"{a.title} · {_facts(a, measured[a.id]['test'])}", a.id) for a in known]
    if trained and task in (None, catalog.get(trained.model_id).task):
        shown.append((texts.YOURS.format(model=trained.model_id), YOURS))
    return shown


def resolve(value, trained, source):
    """Returns (model id, `Source` of its weights) of a dropdown's value."""
    return (trained.model_id, Source(folder=trained.folder)) if value == YOURS and trained else (value, source)


def _facts(architecture, test):
    """What a model is for, and how good it is at that: better models have higher numbers."""
    if architecture.photos:
        return texts.MODEL_PHOTOS  # what it does on 32 × 32 pixels would say nothing of it
    kind = texts.MODEL_REPORT if architecture.of_report else texts.MODEL_SMALL
    number = texts.MODEL_RECONSTRUCTS if architecture.task == "reconstruct" else texts.MODEL_COLORIZES
    return f"{kind} · {number.format(**test)}"
