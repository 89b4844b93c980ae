"""Prints how many photos a second `colorize` makes on this machine and on a Ray cluster of two nodes here, in turn.

    python tests/load/cluster_speed.py [--photos N] [--side PIXELS]

Each node has one processor, each run as many photos at a time as there are nodes. What is timed is the work, from the
first result to the last: a cluster takes its time to start, which a large pile does not feel.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image
from ray.cluster_utils import Cluster

ROOT = Path(__file__).parents[2]
NODES = 2


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=60)
    parser.add_argument("--side", type=int, default=1000, help="of the square photos, in pixels")
    options = parser.parse_args()
    os.environ["RAY_worker_niceness"] = "0"  # as the local run has it
    node = {"num_cpus": 1, "object_store_memory": 100 * 1024**2}
    cluster = Cluster(initialize_head=True, head_node_args=node | {"include_dashboard": False})
    for _ in range(NODES - 1):
        cluster.add_node(**node)
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        photos.mkdir()
        dice = np.random.default_rng(0)
        for number in range(options.photos):
            spots = Image.fromarray(dice.integers(0, 256, (20, 20, 3), np.uint8))
            photo = spots.resize((options.side, options.side), Image.Resampling.BICUBIC)
            photo.save(photos / f"{number}.jpg", quality=92)
        local = photos_a_second(photos, Path(folder) / "local", "--jobs", str(NODES))
        remote = photos_a_second(photos, Path(folder) / "ray", "--engine", "ray", RAY_ADDRESS=cluster.address)
        size = sum(path.stat().st_size for path in photos.iterdir()) / options.photos
        made = sum(path.stat().st_size for path in (Path(folder) / "ray").glob("*.jpg")) / options.photos
    cluster.shutdown()
    print(f"local {local:.2f} photos/s, cluster {remote:.2f} photos/s, ratio {remote / local:.2f}")
    print(f"a photo of {size / 1e6:.2f} MB gives one of {made / 1e6:.2f} MB")


def photos_a_second(photos, out, *options, **environment):
    began = time.time()
    command = [sys.executable, "-m", "ae", "colorize", photos, "--out", out, *options]
    subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=True, stdout=subprocess.DEVNULL)
    ends = sorted(path.stat().st_mtime for path in out.glob("*.jpg"))
    print(
        f"{' '.join(options)}: {time.time() - began:.1f} s, the first result after {ends[0] - began:.1f} s", flush=True
    )
    return (len(ends) - 1) / (ends[-1] - ends[0])


if __name__ == "__main__":
    main()
