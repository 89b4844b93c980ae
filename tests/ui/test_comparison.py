import gradio as gr

from ae.models.weights import Source
from ae.ui import compare_tab, texts
from ae.ui.controls import AS_REPORT, EXAMPLES
from ae.ui.session import Work


def test_a_comparison_is_not_shown_when_another_photo_was_chosen_meanwhile():
    first, second = (str(EXAMPLES / name) for name in ("tabby.jpg", "horse.png"))
    work = Work()

    def show(path, progress):
        given = ["compare", "reconstruct", AS_REPORT, None, "", texts.COMPARE_ORIGINAL, None, work]
        return compare_tab.show(Source(), path, *given, progress=progress)

    overtaken = show(first, lambda share, title: compare_tab.blank(work))
    assert overtaken == gr.skip()
    grid, *_, paths, _, done = show(second, lambda share, title: None)
    assert len(grid.value) == len(paths) - 1 and done[0] == second
