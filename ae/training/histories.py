"""A run's history.json: what was trained, on what, and what every epoch gave."""

import json
from pathlib import Path

from ae.files import replace

FILE_NAME = "history.json"
FIELDS = {"model": str, "recipe": str, "seed": int, "abandoned": list, "versions": dict, "epochs": list}
ROWS = {"abandoned": {"seed", "epoch", "reason"}, "epochs": {"epoch", "seconds"}}


def read(folder):
    """Returns the history in the folder, a dict. Those of older versions have no "run", see `ae.training.run`.

    Raises FileNotFoundError without the file, ValueError if it is no history.
    """
    path = Path(folder) / FILE_NAME
    try:
        history = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(_refusal(path, f"what is not JSON ({error})")) from error
    for name, kind in FIELDS.items():
        value = history.get(name) if isinstance(history, dict) else None
        rows = value if name in ROWS and isinstance(value, list) else []
        if not isinstance(value, kind) or not all(isinstance(row, dict) and ROWS[name] <= row.keys() for row in rows):
            raise ValueError(_refusal(path, f"one that does not say its {name}"))
    run = history.get("run", {"epochs": 0})
    if not isinstance(run, dict) or not isinstance(run.get("epochs"), int):
        raise ValueError(_refusal(path, "one that does not say how many epochs its run has"))
    return history


def write(folder, history):
    replace(Path(folder) / FILE_NAME, lambda path: path.write_text(json.dumps(history, indent=1) + "\n", "utf-8"))


def first_seed(history):
    """Returns the seed that the run began with: those that a channel died of were given up."""
    return history["abandoned"][0]["seed"] if history["abandoned"] else history["seed"]


def _refusal(path, received):
    return f"Expected {path} to be a run's history. Received: {received}. Remove it, or name another folder."
