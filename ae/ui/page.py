"""The page: its head, its tabs, its look."""
import gradio as gr

from ae.ui import photo_tab

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
@media (max-width: 640px) { #examples .gallery-item .container { width: 3.4rem; height: 3.4rem; } }
"""
THEME = gr.themes.Default(primary_hue="teal", font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])


def build(source):
    """Returns the `gr.Blocks` of the whole page; `source` says where the operator's weights are."""
    with gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(3600, 24 * 3600)) as page:
        gr.Markdown(INTRODUCTION)
        with gr.Tab("Photo"):
            photo_tab.build(source)
    return page
