"""Prints how long the grid of the tab "Compare" takes, and its ratio to the models' own `predict_on_batch`.

    python tests/load/compare_speed.py [PHOTO] [--rounds N]

The grid is all of `ae.photo.compare.rank`: reading the photo, every model and baseline, their metrics and pictures.
Both are timed in turn, after a first round that loads the models; the ratio is the median of the rounds.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))


from ae.evaluation.results import read_results
from ae.image.color import luma
from ae.image.photos import center_square, open_photo, to_array
from ae.models.architecture import TASKS
from ae.models.cache import MODELS
from ae.models.catalog import ARCHITECTURES
from ae.models.weights import Source
from ae.photo import pipeline
from ae.photo.compare import rank


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photo", nargs="?", default=ROOT / "ae/ui/examples/horse.png")
    parser.add_argument("--rounds", type=int, default=101)
    options = parser.parse_args()
    rgb = to_array(center_square(open_photo(options.photo), pipeline.SIZE))[None]
    for task, name in TASKS.items():
        known = [a for a in ARCHITECTURES.values() if a.task == task and a.id in read_results()]
        models = [(a.title, a.id, Source()) for a in known]
        graphs = [MODELS.get(a.id)[0] for a in known]
        images = rgb if task == "reconstruct" else luma(rgb)
        rank(options.photo, task, models)
        ratios, grids, sums = [], [], []
        for _ in range(options.rounds):
            start = time.perf_counter()
            for graph in graphs:
                graph.predict_on_batch(images)
            middle = time.perf_counter()
            rank(options.photo, task, models)
            end = time.perf_counter()
            sums.append(middle - start)
            grids.append(end - middle)
            ratios.append(grids[-1] / sums[-1])
        grid, graph, ratio = (statistics.median(values) for values in (grids, sums, ratios))
        print(f"{name}: {len(models)} models {1000 * graph:.1f} ms, grid {1000 * grid:.1f} ms, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
