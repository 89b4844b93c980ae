"""The model cards: what a model is, how it was trained and what it measures, written from its record and files."""

from pathlib import Path

from huggingface_hub import EvalResult, ModelCardData

from ae.evaluation import samples, seeds, tables
from ae.evaluation.results import SPLITS
from ae.files import replace
from ae.image.metrics import METRICS
from ae.models.architecture import TASKS
from ae.models.description import notes
from ae.training import histories

DATASET = "https://www.cs.toronto.edu/~kriz/cifar.html"
COMPARED_WITH = ("gray-copy", "always-red")  # baselines
HUB_TASK = "image-to-image"
HUB_DATASET = "uoft-cs/cifar10"


def write_card(architecture, folder, results):
    """Writes `folder`/README.md for the model whose `history.json` lies in `folder`.

    `results` is what `evaluation.evaluate` returns, with the model and `COMPARED_WITH`.
    The front matter follows the Hub's model-card specification, with the test split's metrics as `model-index`.
    """
    folder = Path(folder)
    history = histories.read(folder)
    replace(folder / "README.md", lambda path: path.write_text(card(architecture, history, results)))


def card(architecture, history, results):
    """Returns the card's text."""
    own = results[architecture.id]
    chosen, *others = notes(architecture)
    metadata = ModelCardData(
        library_name="keras",
        pipeline_tag=HUB_TASK,
        tags=["autoencoder", TASKS[architecture.task].replace(" ", "-")],
        datasets=None if architecture.photos else [HUB_DATASET],
        model_name=architecture.id,
        eval_results=[_eval_result(METRICS[i], value) for i, value in own["test"].items()],
    )
    minutes = sum(row["seconds"] for row in history["epochs"]) / 60
    versions = ", ".join(f"{name} {number}" for name, number in history["versions"].items())
    return f"""---
{metadata.to_yaml()}
---

# {architecture.title} (`{architecture.id}`)

{TASKS[architecture.task].capitalize()}; {_source(architecture)}. {own["parameters"]:,} parameters, a latent of
{own["latent"]:,} numbers for a 32 × 32 image.

{f"- The report fixes: {architecture.fixed}" if architecture.of_report else ""}
- Chosen here: {chosen}

## Training

{history["recipe"]}; {len(history["epochs"])} epochs on {architecture.data}, seed {history["seed"]},
{minutes:.0f} min. Versions: {versions}.{_abandoned(history)}

    python -m ae train {architecture.id}{_options(architecture, history)}
{"".join(f"{chr(10)}{paragraph}{chr(10)}" for paragraph in others)}
## Results

On CIFAR-10 ([dataset]({DATASET})), 32 × 32: {_role_of_cifar10(architecture)} Predictions are
clipped and rounded to 8 bits.

| | training | validation | test | all 10,000 |
|---|---|---|---|---|
{_rows(own)}

"Accuracy" is the report's: the share of pixels whose brightest channel is right. It says little: answering "red"
everywhere scores {results["always-red"]["test"]["accuracy"]:.1%} on the same test images.
{_published(architecture, own)}{_colors(architecture, results)}
## Limits

{_limits(architecture, results)}
"""


def _options(architecture, history):
    seed = histories.first_seed(history)
    return (" --data FOLDER" if architecture.photos else "") + (f" --seed {seed}" if seed else "")


def _source(architecture):
    return f"the report's {architecture.source}" if architecture.of_report else "a model of our own"


def _eval_result(metric, value):
    return EvalResult(
        task_type=HUB_TASK,
        dataset_type=HUB_DATASET,
        dataset_name="CIFAR-10",
        dataset_split="test",
        metric_type=metric.id,
        metric_name=metric.title,
        metric_value=value,
    )


def _rows(own):
    lines = []
    for metric in own["test"]:
        name, text = METRICS[metric].title, METRICS[metric].text
        lines.append(f"| {name} | {' | '.join(text(own[split][metric]) for split in SPLITS)} |")
    return "\n".join(lines)


def _published(architecture, own):
    if architecture.published is None:
        return ""
    lines = ["", "The report's accuracy beside ours:", ""]
    for split, published in zip(("train", "test"), architecture.published):
        ours = own[split]["accuracy"]
        points = 100 * (ours - published)
        lines.append(f"- {split}: {published:.1%} in the report, {ours:.1%} here ({points:+.1f} points)")
    found = seeds.spread(own, "accuracy")
    if found.runs > 1:
        lines.append(
            f"- test, over {found.runs} seeds: {seeds.text(own, 'accuracy')}, from {found.lowest:.1%} to "
            f"{found.highest:.1%}; these weights are those of the lowest validation loss"
        )
    lines += [
        "",
        "The recipe is the report's. Its seed, its split of the test images and its versions are not known, and the",
        "accuracy moves by a point and more from one epoch to the next (see `history.json`).",
        "",
    ]
    return "\n".join(lines)


def _role_of_cifar10(architecture):
    if architecture.photos:
        return "no training has seen its images."
    return 'half of its 10,000 test images watched the training ("validation"), the other half is "test".'


def _colors(architecture, results):
    if not architecture.takes_hints:
        return ""
    photos = results[architecture.id]["colors"].get("photos")
    table = tables.vividness(results, [architecture.id, "color-report", "gray-copy"])
    return f"""
## Colors

The photo keeps its luma; the model adds the chroma. Vividness 0 is the mean of the colors that it holds for likely, 1
the most colorful of them. A hint is a small patch of the true color. "Colorfulness" is the share of the originals'
(Hasler & Süsstrunk 2003), "within 5 %" the share of pixels that are right to 5 % in all three CIELAB channels.

{table}
{_samples(architecture, photos)}{_kinds(architecture, results)}{_skies(photos)}{_faces(photos)}{_recognized(photos)}"""


def _samples(architecture, photos):
    if not (architecture.photos and photos):  # it is drawn when photos are measured
        return ""
    return f"""
Photos of the test half: the original, its gray copy, the colors at vividness 0 and at 0.5. They are drawn by rule, not
chosen.

![Original, gray copy, careful and default colors of twelve photos]({samples.FILE_NAME})
"""


def _kinds(architecture, results):
    table = tables.kinds(results, architecture.id) if architecture.photos else ""
    if not table:
        return ""
    return f"""
The photos by kind, at each vividness: the MSE as a share of the gray copy's, how many photos are nearer to the truth
than their gray copy, and the colorfulness as a share of the originals'.

{table}
"""


def _skies(photos):
    if not photos or not {"sky", "leaves"} <= photos.keys():
        return ""
    sky, leaves = photos["sky"], photos["leaves"]
    shares = "\n".join(
        f"- at vividness {setting}, {sky['right'][setting]:.0%} of the skies are blue, {green:.0%} of the leaves green"
        for setting, green in leaves["right"].items()
    )
    return f"""
By the mean color of {sky["photos"]} blue skies, and of the leaves in {leaves["photos"]} photos that are green for the
most part:

{shares}
"""


def _faces(photos):
    if not photos or not photos.get("faces"):
        return ""
    faces = photos["faces"]
    shares = ", ".join(f"{share:.0%} at vividness {setting}" for setting, share in faces["right"].items())
    return f"""
Of {faces["photos"]} faces the middle has the true hue to within 15 degrees of CIELAB, and half of its chroma or more,
in {shares}. One hue for all of them, the best, is right in {faces["one_hue"]:.0%}.
"""


def _recognized(photos):
    if not photos or not photos.get("recognized"):
        return ""
    recognized = photos["recognized"]
    shares = ", ".join(f"{share:.0%} at vividness {setting}" for setting, share in recognized["right"].items())
    return f"""
A network that knows none of these colorizers, EfficientNet-Lite1, sees in {recognized["photos"]} colorized photos what
it sees in the original, by its first guess among ImageNet's 1,000 classes, in {shares}; in their gray copies in
{recognized["gray"]:.0%}.
"""


def _limits(architecture, results):
    if architecture.task == "reconstruct":
        return "Trained on 32 × 32 thumbnails of ten kinds of things; fine detail is lost."
    mse, gray = (results[i]["test"]["mse"] for i in (architecture.id, "gray-copy"))
    text = (
        f"The colors are plausible, not true: a guess. On CIFAR-10 its MSE is {mse:.5f}; leaving the picture gray has "
    )
    text += f"{gray:.5f}" + (", which is better: an exhibit, not a tool." if gray < mse else ".")
    if architecture.photos:
        text += (
            " It is made for photos, not for thumbnails of 32 × 32. What can have any color, clothes, walls, cars, it "
            "leaves grayish or guesses; the faces that it learned are of few parts of the world. Whoever needs a color "
            "to be right has to give it by hand."
        )
    return text


def _abandoned(history):
    return "".join(
        f"\nSeed {run['seed']} was given up after epoch {run['epoch']}: {run['reason']}" for run in history["abandoned"]
    )
