"""results.json: what every model and every baseline measures, read by the page, the cards and the tables."""

import json
from pathlib import Path

from ae.files import replace
from ae.models.predictors import records
from ae.models.weights import BUNDLED

FILE_NAME = "results.json"
SPLITS = ("train", "val", "test", "test10k")


def read_results(folder=BUNDLED):
    """Returns what `measure.evaluate` left in the folder, {} if nothing."""
    path = Path(folder) / FILE_NAME
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def write_results(folder, results):
    """Writes the results into the folder and returns them, models first, in the order of the catalog."""
    results = {i: results[i] for i in records() if i in results}
    text = json.dumps(results, indent=1) + "\n"
    replace(Path(folder) / FILE_NAME, lambda path: path.write_text(text, "utf-8"))
    return results
