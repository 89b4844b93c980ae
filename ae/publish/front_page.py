"""weights/README.md: every number in one place, and the front page of the weights' repository on the Hub."""

from pathlib import Path

from huggingface_hub import CardData
from huggingface_hub.repocard import metadata_load

from ae.evaluation import tables
from ae.files import replace
from ae.image.metrics import METRICS
from ae.models.architecture import TASKS
from ae.models.catalog import ARCHITECTURES

FILE_NAME = "README.md"


def write_front_page(folder, results):
    """Writes `folder`/README.md: the models that have a card there, and the tables of the results.

    Its metadata are those of all the cards, lists joined, with an entry a model in the `model-index`.
    """
    folder = Path(folder)
    text = front_page({i: folder / i / FILE_NAME for i in ARCHITECTURES if (folder / i / FILE_NAME).is_file()}, results)
    replace(folder / FILE_NAME, lambda path: path.write_text(text, "utf-8"))


def front_page(cards, results):
    """Returns the text; `cards` is {model id: path of its card}."""
    models = [ARCHITECTURES[i] for i in cards]
    rows = "\n".join(f"| [{m.id}]({m.id}/README.md) | {m.title} | {TASKS[m.task]} | {m.source} |" for m in models)
    meanings = "\n".join(f"- **{metric.name}**: {metric.meaning}" for metric in METRICS.values())
    return f"""---
{CardData(**_metadata(cards.values())).to_yaml()}
---

# Autoencoders, reproduced: weights

| Model | Title | Task | In the report |
|---|---|---|---|
{rows}

Each folder has the weights (`model.weights.h5`, arrays alone), the training history and a model card. From a repository
on the Hub: `python app.py --hub-repo USER/REPO`.

## What was measured

On the 5,000 of CIFAR-10's test images that no training run has seen. `python -m ae evaluate` writes this page and
`results.json`, from which the app takes its numbers.

{tables.quality(results)}

{tables.colors(results)}

{tables.vividness(results)}

{meanings}

Accuracy says little: answering "red" everywhere (`always-red`) scores as much as the gray copy, and more than the
48.6 % that the report states for its colorizer. Latent is how many numbers stand for a 32 × 32 image, which itself is
3,072 numbers. Predictions are clipped and rounded to 8 bits; every number is the mean over the images.

The baselines: the grayscale itself; red everywhere; bicubic down to 16 × 16 and back; principal components of 4 × 4
patches (16 or 48 of them) and of whole images (1,024).

Our own colorizers keep the photo's luma and predict how likely every color is. Vividness 0 is the mean of the likely
colors, 1 the most colorful of them; a hint is a small patch of the true color. "Photos" are test photos that no
training has seen. In the last table colorfulness is the share of the originals'.
"""


def _metadata(cards):
    merged = {}
    for card in cards:
        for key, value in (metadata_load(card) or {}).items():
            if isinstance(value, list):
                known = merged.setdefault(key, [])
                known += [item for item in value if item not in known]
            else:
                merged.setdefault(key, value)
    return merged
