"""The page: its head, its tabs, its look."""

import gradio as gr

from ae.ui import photo_tab, report_tab

TITLE = "Autoencoders, reproduced"
INTRODUCTION = """# Autoencoders, reproduced
Small convolutional networks, trained on CIFAR-10 after a student's report: some squeeze a photo into a few numbers and
give it back, one guesses the colors of a grayscale photo."""
CSS = """
.pixels img { image-rendering: pixelated; }
#pictures .pixels { min-height: 12rem; }
#pictures .image-container { padding-top: 2.2rem; }
#pictures .image-container > button, #pictures .image-frame, #pictures img { width: 100%; }
#pictures img { aspect-ratio: 1; object-fit: fill; }
#photo { height: 320px; }
#photo img { width: 100%; height: 100%; object-fit: contain; }
.caption { min-height: 3em; text-align: center; }
.chart { width: 100%; min-width: 560px; height: auto; font-size: 12px; fill: var(--body-text-color); }
.chart text { paint-order: stroke; stroke: var(--body-background-fill); stroke-width: 3px; }
.chart line { stroke: var(--border-color-primary); }
.chart polyline { fill: none; stroke-width: 2; stroke: var(--color-accent); }
.chart polyline.validation { stroke-dasharray: 4 3; stroke: var(--body-text-color); }
.chart circle, .chart rect { fill: var(--body-text-color-subdued); }
.chart rect.latent, .chart circle.report { fill: var(--color-accent); }
.chart circle.ours { fill: #ea580c; }
figure { margin: 0 0 1rem; max-width: 760px; overflow-x: auto; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 1rem 2rem; }
.columns { padding: 0; list-style: none; }
.wide { overflow-x: auto; }
table.plain, table.pictures { border-collapse: collapse; }
table.plain td, table.plain th { padding: .3rem .8rem .3rem .4rem; text-align: left; vertical-align: top; }
table.pictures th { padding: .2rem .4rem; font-weight: normal; text-align: left; min-width: 5.5rem; }
table.pictures img { width: 112px; min-width: 96px; aspect-ratio: 1; image-rendering: pixelated; }
@media (max-width: 640px) { #examples .gallery-item .container { width: 3.4rem; height: 3.4rem; } }
"""
THEME = gr.themes.Default(primary_hue="teal", font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])


def build(source):
    """Returns the `gr.Blocks` of the whole page; `source` says where the operator's weights are."""
    with gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(3600, 24 * 3600)) as page:
        gr.Markdown(INTRODUCTION)
        with gr.Tab("Photo"):
            photo_tab.build(source)
        with gr.Tab("Report"):
            report_tab.build()
    return page
