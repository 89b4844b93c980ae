"""The tab "Report": what the report shows and says, beside what was measured here."""

import json
import math
from html import escape

import gradio as gr

from ae import claims, evaluation, inference
from ae.architectures import ARCHITECTURES, TASKS
from ae.baselines import BASELINES
from ae.ui.charts import chart, data_uri, figure, graph, ticks
from ae.ui.photo_tab import EXAMPLES
from ae.weights import BUNDLED

CSS = """
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 1rem 2rem; }
.columns { padding: 0; list-style: none; }
.wide { overflow-x: auto; }
table.plain, table.pictures { border-collapse: collapse; }
table.plain td, table.plain th { padding: .3rem .8rem .3rem .4rem; text-align: left; vertical-align: top; }
table.pictures th { padding: .2rem .4rem; font-weight: normal; text-align: left; min-width: 5.5rem; }
table.pictures img { width: 112px; min-width: 96px; aspect-ratio: 1; image-rendering: pixelated; }
"""
FIGURES = {
    "horse.png": "A horse (Figure 4)",
    "cat-1.png": "A cat (Figure 5)",
    "cat-2.png": "Another cat (Figures 9 to 11)",
    "plane.png": "A plane (Figure 15)",
    "ship.png": "A ship (for showcase #2 of Figure 16)",
    "astronaut.jpg": "A person, not from the dataset (showcase #3)",
}
COLUMNS = [  # header, datatype, width in pixels
    ("Model", "str", 190),
    ("Kind", "str", 150),
    ("Parameters", "number", 105),
    ("Latent", "number", 75),
    ("Report train %", "number", 90),
    ("Report test %", "number", 90),
    ("Train %", "number", 80),
    ("Test %", "number", 80),
    ("MSE", "number", 85),
    ("PSNR dB", "number", 85),
    ("SSIM", "number", 85),
]
CURVES = {
    "ir-initial": "Figures 2 and 3",
    "ir-best": "Figures 7 and 8",
    "color-report": "Figures 13 and 14",
}


def build(source, trained):
    """Lays out the tab inside the current Blocks and returns its model dropdowns, none.

    Every number comes from the bundled histories and results.json, whatever weights the page uses.
    """
    results = evaluation.read()
    histories = {i: _history(i) for i in ARCHITECTURES if i in results}
    gr.Markdown(
        "## Every model and baseline on the same 5,000 test images\n"
        "“Test %” is the report's accuracy: the share of pixels whose brightest channel is right, which is what Keras "
        f'computes for `metrics=["accuracy"]` on RGB. It says little: answering “red” everywhere scores '
        f"{results['always-red']['test']['accuracy']:.1%}, since red is the brightest channel of that many pixels. "
        "MSE, PSNR and SSIM compare the pictures at 8 bits. The baselines, below the models, use no network."
    )
    gr.Dataframe(
        _summary(results),
        datatype=[datatype for _, datatype, _ in COLUMNS],
        column_widths=[width for _, _, width in COLUMNS],
        pinned_columns=1,
        wrap=True,
        max_height=1000,
        interactive=False,
        label="Models and baselines",
        elem_id="summary",
    )
    gr.Markdown(
        "Of a colorization there is more to say: the mean distance of its colors from the true ones in CIELAB (ΔE), "
        "how colorful it is (Hasler & Süsstrunk 2003), and the share of pixels that are right to 2 % and to 5 % in all "
        f"three CIELAB channels (Nazeri et al. 2018).\n\n{evaluation.color_table(results)}",
        elem_id="colorizations",
    )
    gr.Markdown(
        "Our own colorizers keep the photo's luma and say how likely every color is. Vividness 0 is the mean of the "
        "likely colors, 1 the most colorful of them; a hint is a small patch of the true color. Colorfulness is the "
        f"share of the originals'.\n\n{evaluation.vividness_table(results)}",
        elem_id="vividness-table",
        elem_classes="scrolls",
    )
    gr.Markdown("## Quality against the size of the latent")
    gr.HTML(_quality_by_latent(results), elem_id="quality")
    gr.Markdown("## What the report claims, and what we found")
    gr.HTML(_claims(results, histories), elem_id="claims")

    gr.Markdown("## One model")
    model = gr.Dropdown(
        [(f"{ARCHITECTURES[i].title} ({ARCHITECTURES[i].source})", i) for i in histories],
        value="ir-initial",
        label="Model",
        filterable=False,
        elem_id="report-model",
    )
    details = gr.HTML(_details("ir-initial", results, histories), elem_id="details")
    model.change(
        lambda i: _details(i, results, histories), model, details, show_progress="hidden", api_visibility="private"
    )

    gr.Markdown("## The report's pictures, all models in a row")
    pictures = gr.HTML(elem_id="figures", min_height=400)
    gr.context.Context.root_block.load(
        lambda: _figures(histories), None, pictures, show_progress="minimal", api_visibility="private"
    )
    return []


def _history(model_id):
    return json.loads((BUNDLED / model_id / "history.json").read_text())


def _summary(results):
    rows, shown = [], []
    for i, result in results.items():
        record, test = ARCHITECTURES.get(i) or BASELINES[i], result["test"]
        published = getattr(record, "published", None) or (None, None)
        shares = [*published, result["train"]["accuracy"], test["accuracy"]]
        kind = "baseline" if i in BASELINES else record.source
        sizes, errors = [result["parameters"], result["latent"]], [test[name] for name in ("mse", "psnr", "ssim")]
        rows.append([record.title, kind, *sizes, *shares, *errors])
        shown.append(
            [
                record.title,
                kind,
                *(f"{size:,}" for size in sizes),
                *("–" if share is None else f"{100 * share:.1f}" for share in shares),
                *(form.format(error) for form, error in zip(("{:.5f}", "{:.2f}", "{:.4f}"), errors)),
            ]
        )
    headers = [header for header, _, _ in COLUMNS]
    return {"headers": headers, "data": rows, "metadata": {"display_value": shown}}


def _quality_by_latent(results):
    """Reconstructions only: a colorizer's latent is not meant to hold the colors."""
    points = []
    for i, result in results.items():
        record = ARCHITECTURES.get(i) or BASELINES[i]
        if record.task == "reconstruct":
            kind = "baseline" if i in BASELINES else "report" if record.fixed else "ours"
            points.append(
                (kind, f"{record.title}, {result['test']['psnr']:.1f} dB", result["latent"], result["test"]["psnr"])
            )
    return figure(
        chart(
            "Mean PSNR on the test images against the size of the latent, one point a model or baseline",
            "numbers in the latent of a 32 × 32 image (logarithmic)",
            "PSNR in dB; an exact match, 100 dB, at the top",
            [(n, f"{n:,}") for n in (512, 768, 1024, 2048, 3072)],
            [(n, str(n)) for n in range(20, 55, 5)],
            points=points,
            x=math.log,
        ),
        "Teal: the report's models. Orange: ours. Gray: baselines, which need no network. The image itself is 3,072 "
        "numbers.",
    )


def _claims(results, histories):
    items = "".join(
        f"<li><p><strong>{escape(claim.where)}: {escape(claim.verdict)}.</strong> “{escape(claim.text)}”<br>"
        f"{escape(claim.evidence)}</p></li>"
        for claim in claims.check(results, histories)
    )
    return f'<ul class="columns">{items}</ul>'


def _details(i, results, histories):
    architecture, epochs = ARCHITECTURES[i], histories[i]["epochs"]
    layers = [(name, shape, count) for name, shape, count in results[i]["layers"]]
    drawing = graph(f"The layers of {architecture.title} with their shapes", layers, results[i]["latent_layer"])
    body = "".join(
        f"<tr><td>{name}</td><td>(None, {', '.join(map(str, shape))})</td><td>{count:,}</td></tr>"
        for name, shape, count in layers
    )
    fixed = f"The report fixes: {escape(architecture.fixed)}" if architecture.fixed else "A model of our own."
    return f"""<p>{TASKS[architecture.task].capitalize()}. {fixed} Chosen here: {escape(architecture.chosen)}</p>
<div class="columns">
{_curve(architecture, epochs, "loss", f"Loss ({architecture.recipe.loss_name})", None)}
{_curve(architecture, epochs, "accuracy", "Accuracy", architecture.published)}
{figure(drawing, "At 32 × 32, the latent in teal")}
<div class="wide" tabindex="0"><table class="plain">
<thead><tr><th>Layer</th><th>Output shape</th><th>Param #</th></tr></thead>
<tbody>{body}</tbody><tfoot><tr><td>Total</td><td></td><td>{results[i]["parameters"]:,}</td></tr></tfoot></table></div>
</div>"""


def _curve(architecture, epochs, metric, y_label, published):
    lines = [
        ("train", "training", [(row["epoch"], row[metric]) for row in epochs]),
        ("validation", "validation", [(row["epoch"], row[f"val_{metric}"]) for row in epochs]),
    ]
    values = [value for _, _, line in lines for _, value in line]
    points = []
    if published:
        points = [
            ("report", f"report, {name} {share:.1%}", len(epochs), share)
            for name, share in zip(("train", "test"), published)
        ]
        values += published
    last = epochs[-1]
    printed = CURVES.get(architecture.id)
    caption = f"{y_label} by epoch{f', the report’s {printed}' if printed else ''}. " + (
        f"Solid: training, at the end {last[metric]:.4g}. Dashed: validation, at the end {last[f'val_{metric}']:.4g}."
    )
    return figure(
        chart(
            f"{y_label} of {architecture.title} by epoch",
            "epoch",
            y_label,
            [(1, "1"), *((n, str(n)) for n in range(10, len(epochs) + 1, 10))],
            ticks(min(values), max(values)),
            lines,
            points,
        ),
        caption,
    )


def _figures(histories):
    columns = ["Original", *(f"{ARCHITECTURES[i].title}" for i in histories)]
    head = "".join(f"<th>{escape(column)}</th>" for column in ["", *columns])
    rows = []
    for name, caption in FIGURES.items():
        pictures = inference.gallery(EXAMPLES / name, list(histories))
        cells = "".join(
            f'<td><img src="{data_uri(image)}" alt="{escape(f"{caption}: {column}")}"></td>'
            for image, column in zip(pictures, columns)
        )
        rows.append(f"<tr><th>{escape(caption)}</th>{cells}</tr>")
    table = f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody>"
    return f'<div class="wide" tabindex="0"><table class="pictures">{table}</table></div>'
