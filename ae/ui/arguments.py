"""What the page's functions are given: files that this server has received, numbers, choices; else a sentence."""

import json
import math
import os
from itertools import islice
from pathlib import Path

import gradio as gr
from gradio.blocks import BlocksConfig
from gradio.utils import get_upload_folder
from pydantic import ValidationError

from ae.photo.intake import MAX_PHOTOS
from ae.ui.canvas import MOST_STROKES, Canvas
from ae.ui.controls import EXAMPLES

LONGEST = 1000  # characters of an answer: what was received may be of any length
FILE = (
    "Expected a file that was given to this page or made by it, and is still here. Choose it again; a program uploads "
    "it first, with gradio_client.handle_file or POST /gradio_api/upload; an assistant sends data:image/png;base64,…"
)


class CheckedBlocks(gr.Blocks):
    """Blocks whose functions are given what their inputs promise, and whose failures are all sentences.

    Every call comes through here, whether from the page, by name or from an assistant. An endpoint that says
    `preprocess=False` and `postprocess=False` has no page to keep up to date and several outputs, files as an upload
    answers them: Gradio would copy its components for the session and look up every file four times more.
    """

    def __init__(self, **options):
        super().__init__(**options)
        self.default_config = _Components(self)

    async def process_api(self, block_fn, inputs, *arguments, event_data=None, **options):
        try:
            if block_fn.collects_event_data and not _is_selection(event_data):
                raise ValueError("Expected what was selected on the page. Click again.")
            return await super().process_api(block_fn, inputs, *arguments, event_data=event_data, **options)
        except gr.Error as error:
            raise _refusal(error.message) from None
        except OSError as error:  # its own words name files of the server
            raise _refusal(error.strerror or error) from None
        except ValueError as error:
            raise _refusal(error) from None
        except Exception as error:  # ours to mend: the log says where
            raise gr.Error("Something went wrong here, not in what you did. Reload the page and try again.") from error

    async def preprocess_data(self, block_fn, inputs, state, explicit_call=False):
        if len(inputs) < len(block_fn.inputs):
            raise ValueError(f"Expected {len(block_fn.inputs)} arguments. Received: {len(inputs)}")
        for component, value in zip(block_fn.inputs, inputs):
            if not component.stateful:
                current = state[component._id] if state and component._id in state else component
                check(current, value, optional=component.value is None)
        if not block_fn.preprocess:
            given = zip(block_fn.inputs, inputs)
            return [c.preprocess(_validated(c, value) if c.data_model else value) for c, value in given]
        try:
            return await super().preprocess_data(block_fn, inputs, state, explicit_call)
        except gr.Error:
            raise
        except Exception as error:
            if isinstance(error.__cause__, ValueError):
                raise error.__cause__ from None
            raise ValueError("One of the files given cannot be read. Choose it again.") from error

    async def postprocess_data(self, block_fn, predictions, state):
        if block_fn.postprocess or not block_fn.outputs:  # Gradio itself says so of what is done when a page is closed
            return await super().postprocess_data(block_fn, predictions, state)
        self.validate_outputs(block_fn, predictions)
        return list(predictions)


class _Components(BlocksConfig):
    """Gradio's own, of which a new session copies no descriptions: deep links, which alone need them, are closed here.

    To describe all components of the page takes 44 ms, and a program's call is a new session.
    """

    def __copy__(self):
        copied = super().__copy__()
        copied.config_for_block = lambda *_: {}
        return copied


def check(component, value, optional=True):
    """Raises ValueError unless `value`, from a request's JSON, is of the kind that the input `component` takes.

    Whatever the component, a file named in `value` must be one that this server has received or made. None is a choice
    only if it is `optional`.
    """
    paths = list(islice(_paths(value), MAX_PHOTOS + 1))
    if (
        len(paths) > MAX_PHOTOS
        or isinstance(component, gr.File)
        and isinstance(value, list)
        and len(value) > MAX_PHOTOS
    ):
        raise ValueError(f"Expected {MAX_PHOTOS} files or fewer. Give them in parts, or as a ZIP.")
    if not all(_is_here(path) for path in paths):
        raise ValueError(FILE)
    match component:
        case gr.Slider() | gr.Number():
            fits, expected = _is_number(component, value), _number(component)
        case gr.Checkbox():
            fits, expected = isinstance(value, bool), "true or false"
        case gr.CheckboxGroup():
            fits = isinstance(value, list) and all(item in _values(component) for item in value)
            expected = f"a list of these: {_listed(component)}"
        case gr.Dropdown() | gr.Radio():
            fits, expected = value in _values(component) or optional and value is None, f"one of {_listed(component)}"
        case gr.Dataset():
            fits = isinstance(value, int) and 0 <= value < len(component.raw_samples)
            expected = "the number of an example"
        case gr.Textbox():
            fits = len(str(value)) <= (component.max_length or math.inf)
            expected = f"at most {component.max_length} characters"
        case gr.Image() | gr.File():
            fits, expected = value is None or _is_file(component, value), "a file as an upload answers it"
        case Canvas():
            fits = value is None or _validated(component, value) is not None
            expected = f"{MOST_STROKES} strokes or fewer, each of a color, a width and points"
        case _:
            return
    if not fits:
        name = f" for {component.label}" if component.label else ""
        raise ValueError(f"Expected {expected}{name}. Received: {json.dumps(value):.100}")


def _refusal(message):
    message = str(message)
    short = message if len(message) <= LONGEST else f"{message[: LONGEST - 1]}…"
    return gr.Error(short, print_exception=False)


def _is_selection(event_data):
    return isinstance(event_data._data, dict) and {"index", "value"} <= event_data._data.keys()


def _paths(value):
    """Yields the path of every file in JSON, however deep; the depth is the sender's choice, so no recursion."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            if item.get("path") is not None:
                yield item["path"]
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item


def _is_here(path):
    """Whether it is a file of the upload folder or an example. Of what is outside nothing is asked, so nothing told."""
    try:
        near = Path(os.path.abspath(path))
        folder = next((f for f in (get_upload_folder(), EXAMPLES) if near.is_relative_to(os.path.abspath(f))), None)
        if folder is None:
            return False
        file = near.resolve(strict=True)
        return file.is_file() and file.is_relative_to(Path(folder).resolve())
    except (TypeError, ValueError, OSError, RuntimeError):  # no path at all, or one that leads round in circles
        return False


def _is_file(component, value):
    file = _validated(component, value)
    return file is not None and (not isinstance(component, gr.Image) or file.path is not None)


def _validated(component, value):
    try:
        return component.data_model.model_validate(value)
    except (ValidationError, RecursionError):
        return None


def _is_number(component, value):
    kinds = int if _is_whole(component) else (int, float)
    if not isinstance(value, kinds) or isinstance(value, bool) or not abs(value) < math.inf:
        return False
    return component.minimum is None or component.minimum <= value <= component.maximum


def _is_whole(component):
    return isinstance(component, gr.Slider) and isinstance(component.step, int)


def _number(component):
    kind = "a whole number" if _is_whole(component) else "a number"
    return kind if component.minimum is None else f"{kind} from {component.minimum:,} to {component.maximum:,}"


def _values(component):
    return [value for _, value in component.choices]


def _listed(component):
    return ", ".join(map(str, _values(component)))
