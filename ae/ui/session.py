"""What all tabs share: the weights' source, and the visitor's photo, own model and open tab."""

from dataclasses import dataclass

import gradio as gr

from ae.models.weights import Source


@dataclass
class Work:
    """What a tab is at, `latest`: what was begun before it, for another photo or setting, is not shown."""

    latest: object = None


@dataclass(frozen=True)
class Session:
    """`source` says where the operator's weights are; the states hold what is one visitor's alone.

    `photo` is the path of the chosen photo, which can be read, or None; `trained` a `Trained` model or None; `opened`
    the name of the tab that is open. A tab works when it is opened, and when the photo changes while it is.
    """

    source: Source
    photo: gr.State
    trained: gr.State
    opened: gr.State

    def filled_by(self, show, inputs, outputs, blank, given=None, also=(), **options):
        """Calls `show` for the current tab when it is to be filled, or something of `also` happens.

        `blank`, of the inputs `given`, gives the outputs of a tab without a photo: they are cleared at once. `show`
        comes after it, or what it shows could be cleared by an answer that was long under way. Returns both events.
        """
        cleared = self.photo.change(blank, given, outputs, queue=False)
        filled = cleared.then(show, inputs, outputs, **options)
        return filled, gr.on([self.opened.change, *also], show, inputs, outputs, **options)
