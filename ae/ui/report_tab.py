"""The tab "Report": what the report shows and says, beside what was measured here."""

import json
import math
import os
from html import escape

import gradio as gr

from ae.evaluation import claims, seeds, summary, tables
from ae.evaluation.results import read_results
from ae.image.metrics import METRICS
from ae.models.architecture import TASKS
from ae.models.catalog import ARCHITECTURES
from ae.models.description import notes
from ae.models.predictors import record as record_of
from ae.models.weights import BUNDLED
from ae.photo import pipeline
from ae.ui import report_texts
from ae.ui.charts import chart, data_uri, figure, graph, ticks
from ae.ui.controls import EXAMPLES
from ae.ui.tables import of_markdown, sortable

ERRORS = [METRICS[name] for name in ("mse", "psnr", "ssim")]


def build(session):
    """Lays out the tab inside the current Blocks and returns its model dropdowns, none.

    Every number comes from the bundled histories and results.json, whatever weights the page uses.
    """
    results = read_results()
    histories = {i: _history(i) for i in ARCHITECTURES if i in results}
    checked = claims.check(results, histories)
    gr.HTML(_in_short(results, checked), elem_id="in-short")
    gr.Markdown(report_texts.TABLE.format(red=results["always-red"]["test"]["accuracy"]))
    gr.HTML(sortable(report_texts.TABLE_LABEL, *_summary(results)), elem_id="summary")
    with gr.Accordion(report_texts.COLORS, open=False):
        gr.Markdown(report_texts.COLORIZATIONS)
        gr.HTML(sortable(report_texts.COLORIZATIONS_LABEL, *of_markdown(tables.colors(results))))
        gr.Markdown(report_texts.VIVIDNESS)
        gr.HTML(
            sortable(report_texts.VIVIDNESS_LABEL, *of_markdown(tables.vividness(results))), elem_id="vividness-table"
        )
    gr.Markdown(report_texts.CLAIMS)
    gr.HTML(_claims(checked), elem_id="claims")

    gr.Markdown(report_texts.ONE_MODEL)
    model = gr.Dropdown(
        [(ARCHITECTURES[i].title, i) for i in histories],
        value="ir-initial",
        label=report_texts.MODEL,
        filterable=False,
        elem_id="report-model",
    )
    details = gr.HTML(_details("ir-initial", results, histories), elem_id="details")
    model.change(lambda i: _details(i, results, histories), model, details)

    gr.Markdown(report_texts.PICTURES)
    pictures, filled = gr.HTML(elem_id="figures", min_height=400), gr.State(False)
    session.opened.change(
        lambda opened, filled: (_figures(histories), True) if opened == "report" and not filled else gr.skip(),
        [session.opened, filled],
        [pictures, filled],
        show_progress_on=pictures,
    )
    return []


def _history(model_id):
    return json.loads((BUNDLED / model_id / "history.json").read_text())


def _in_short(results, checked):
    """The first screen: five sentences, what they are about, and one chart."""
    sentences = "".join(f"<li>{escape(sentence)}</li>" for sentence in summary.sentences(results, checked))
    space = os.environ.get("SPACE_ID")  # as Hugging Face sets it
    code = space and report_texts.CODE.format(url=f"https://huggingface.co/spaces/{escape(space)}/tree/main")
    return f"""<div class="columns"><div><h2>{report_texts.IN_SHORT}</h2><ol>{sentences}</ol>
<p>{report_texts.CITED} {code or ""}</p></div>{_quality_by_latent(results)}</div>"""


def _summary(results):
    """Returns (head, rows) of the table of everything."""
    rows = []
    for i, result in results.items():
        record, test = record_of(i), result["test"]
        shares = [*(record.published or (None, None)), result["train"]["accuracy"], test["accuracy"]]
        rows.append(
            [
                record.title,
                record.source,
                *(f"{result[size]:,}" for size in ("parameters", "latent")),
                *("–" if share is None else f"{100 * share:.1f}" for share in shares),
                seeds.text(result, "accuracy").replace("%", ""),
                *(f"{test[metric.id]:{metric.form}}" for metric in ERRORS),
            ]
        )
    return [*report_texts.COLUMNS, *(f"{metric.name} {metric.unit}".rstrip() for metric in ERRORS)], rows


def _quality_by_latent(results):
    """Reconstructions only: a colorizer's latent is not meant to hold the colors."""
    points = []
    for i, result in results.items():
        record = record_of(i)
        if record.task == "reconstruct":
            kind = "report" if record.of_report else record.source
            psnr = result["test"]["psnr"]
            point = report_texts.QUALITY_POINT.format(title=record.title, psnr=psnr)
            points.append((kind, point, result["latent"], psnr))
    return figure(
        chart(
            report_texts.QUALITY_ALT,
            report_texts.QUALITY_LATENT,
            report_texts.QUALITY_PSNR,
            [(n, f"{n:,}") for n in (512, 768, 1024, 2048, 3072)],
            [(n, str(n)) for n in range(20, 55, 5)],
            points=points,
            x=math.log,
        ),
        report_texts.QUALITY_CAPTION,
    )


def _claims(checked):
    items = "".join(
        f"<li><p><strong>{escape(claim.where)}: {escape(claim.verdict)}.</strong> “{escape(claim.text)}”<br>"
        f"{escape(claim.evidence)}</p></li>"
        for claim in checked
    )
    return f'<ul class="columns">{items}</ul>'


def _details(i, results, histories):
    architecture, epochs = ARCHITECTURES[i], histories[i]["epochs"]
    layers = [(name, shape, count) for name, shape, count in results[i]["layers"]]
    drawing = graph(report_texts.LAYERS_ALT.format(title=architecture.title), layers, results[i]["latent_layer"])
    body = "".join(
        f"<tr><td>{name}</td><td>(None, {', '.join(map(str, shape))})</td><td>{count:,}</td></tr>"
        for name, shape, count in layers
    )
    fixed = report_texts.FIXED.format(fixed=architecture.fixed) if architecture.of_report else report_texts.OURS
    facts = report_texts.FACTS.format(
        task=TASKS[architecture.task].capitalize(), fixed=fixed, chosen=notes(architecture)[0]
    )
    loss = report_texts.LOSS.format(loss=architecture.recipe.loss_name)
    curves = [("loss", loss, None), ("accuracy", report_texts.ACCURACY, architecture.published)]
    curves = [_curve(architecture, epochs, *curve) for curve in curves if f"val_{curve[0]}" in epochs[-1]]
    head = "".join(f"<th>{column}</th>" for column in report_texts.LAYER_COLUMNS)
    return f"""<p>{escape(facts)}</p>
<div class="columns">
{"".join(curves)}
{figure(drawing, report_texts.LAYERS)}
<details><summary>{report_texts.LAYERS_TABLE}</summary><div class="wide" tabindex="0"><table class="plain">
<thead><tr>{head}</tr></thead>
<tbody>{body}</tbody>
<tfoot><tr><td>{report_texts.TOTAL}</td><td></td><td>{results[i]["parameters"]:,}</td></tr></tfoot></table></div></details>
</div>"""


def _curve(architecture, epochs, metric, y_label, published):
    lines = [
        ("train", report_texts.TRAINING, [(row["epoch"], row[metric]) for row in epochs]),
        ("validation", report_texts.VALIDATION, [(row["epoch"], row[f"val_{metric}"]) for row in epochs]),
    ]
    values = [value for _, _, line in lines for _, value in line]
    points = []
    if published:
        points = [
            ("report", text.format(share=share), len(epochs), share)
            for text, share in zip(report_texts.PUBLISHED, published)
        ]
        values += published
    last = epochs[-1]
    caption = report_texts.CURVE_CAPTION.format(
        metric=y_label,
        printed=report_texts.CURVES.get(architecture.id, ""),
        training=last[metric],
        validation=last[f"val_{metric}"],
    )
    return figure(
        chart(
            report_texts.CURVE_ALT.format(metric=y_label, title=architecture.title),
            report_texts.EPOCH,
            y_label,
            [(1, "1"), *((n, str(n)) for n in range(10, len(epochs) + 1, 10))],
            ticks(min(values), max(values)),
            lines,
            points,
        ),
        caption,
    )


def _figures(histories):
    columns = [report_texts.ORIGINAL, *(ARCHITECTURES[i].title for i in histories)]
    head = "".join(f"<th>{escape(column)}</th>" for column in ["", *columns])
    rows = []
    for name, caption in report_texts.FIGURES.items():
        pictures = pipeline.gallery(EXAMPLES / name, list(histories))
        alternatives = [report_texts.PICTURE_ALT.format(caption=caption, column=column) for column in columns]
        cells = "".join(
            f'<td><img src="{data_uri(image)}" alt="{escape(alternative)}"></td>'
            for image, alternative in zip(pictures, alternatives)
        )
        rows.append(f"<tr><th>{escape(caption)}</th>{cells}</tr>")
    table = f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody>"
    return f'<div class="wide" tabindex="0"><table class="pictures">{table}</table></div>'
