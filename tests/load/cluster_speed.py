"""Prints the photos a second of `python -m ae colorize` on this machine, and on Ray clusters of one and of two nodes.

    python tests/load/cluster_speed.py [--photos N] [--rounds N] [--rows N]

A node has one processor, and all of them are on this machine; needs tests/requirements-ray.txt. The rate is that of the
middle of a run, from a fifth of the photos to four fifths, without its start and its end. `--rows` is the number of
photos for a worker that does nothing, which shows what the machine that leads can follow.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from PIL import Image
from ray.cluster_utils import Cluster

from ae.photo import cluster
from ae.photo.intake import Photo
from ae.photo.outcomes import Outcome

NODE = {"num_cpus": 1, "object_store_memory": 200 * 1024**2}
SIDES = ("local", "one node", "two nodes")


def write_photos(folder, number):
    """JPEGs of 1 to 2 megapixels, of the page's examples, no two alike. Returns their bytes and pixels on average."""
    examples = [
        Image.open(path) for path in sorted((ROOT / "ae/ui/examples").glob("*.*g")) if path.stat().st_size > 9999
    ]
    sizes = []
    for n in range(number):
        example = examples[n % len(examples)].convert("RGB")
        factor = ((1 + n / number) * 1e6 / (example.width * example.height)) ** 0.5
        photo = example.resize(
            (round(example.width * factor), round(example.height * factor)), Image.Resampling.LANCZOS
        )
        photo.save(folder / f"{n}.jpg", quality=90)
        sizes.append(((folder / f"{n}.jpg").stat().st_size, photo.width * photo.height))
    return [statistics.mean(side) for side in zip(*sizes)]


def measure(photos, out, nodes):
    """Returns (photos a second in the middle of the run, seconds of the whole command)."""
    command = [sys.executable, "-m", "ae", "colorize", photos, "--out", out]
    environment, leader = dict(os.environ), None
    if nodes:
        leader = Cluster(initialize_head=True, head_node_args=NODE | {"include_dashboard": False})
        for _ in range(nodes - 1):
            leader.add_node(**NODE)
        environment["RAY_ADDRESS"] = leader.address
        command += ["--engine", "ray"]
    try:
        began, times = time.perf_counter(), []
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=-1, stderr=-3, text=True) as process:
            for line in process.stdout:
                if ", done" in line:
                    times.append(time.perf_counter())
        assert process.returncode == 0, command
        middle = times[len(times) // 5 : len(times) * 4 // 5]
        rate = statistics.linear_regression(middle, range(len(middle))).slope  # a cluster tells of several at once
        return rate, time.perf_counter() - began
    finally:
        if leader:
            leader.shutdown()


class Nothing:
    """A job that takes no time."""

    def load(self):
        return None

    def colorize(self, model, photo, result):
        return Outcome(photo.name, result, "done", "", 1500, 1000, 0.35)


def measure_rows(number):
    """Returns the photos a second, from the first to the last, where the work itself takes no time."""
    names = [f"a/folder/{n}" for n in range(number)]
    items = [(Photo(f"{name}.jpg", f"bucket/{name}.jpg"), f"{name}-colorized.jpg") for name in names]
    with closing(cluster.run(items, Nothing())) as outcomes:
        next(outcomes)
        began = time.perf_counter()
        return sum(1 for _ in outcomes) / (time.perf_counter() - began)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--rows", type=int, default=50_000)
    options = parser.parse_args()
    rates = {side: [] for side in SIDES}
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        photos.mkdir()
        size, pixels = write_photos(photos, options.photos)
        for number in range(options.rounds):
            for nodes, side in enumerate(SIDES):
                out = Path(folder) / f"{number} {side}"
                rate, seconds = measure(photos, out, nodes)
                rates[side].append(rate)
                print(f"{side}: {rate:.2f} photos a second, {seconds:.1f} s from start to end", flush=True)
        written = statistics.mean(path.stat().st_size for path in out.glob("*.jpg"))
    print(f"{pixels / 1e6:.2f} megapixels, {size / 1e3:.0f} kB read and {written / 1e3:.0f} kB written a photo")
    local, one, two = (statistics.median(rates[side]) for side in SIDES)
    print(f"two nodes over local {two / local:.2f}, efficiency of two nodes {two / (2 * one):.2f}")
    if options.rows:
        print(f"{options.rows:,} photos without work: {measure_rows(options.rows):,.0f} a second")


if __name__ == "__main__":
    main()
