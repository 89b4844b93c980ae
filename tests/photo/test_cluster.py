"""The same job on a Ray cluster, of two nodes that run on this machine."""

import csv
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from server import ROOT

ray = pytest.importorskip("ray", reason="not installed: pip install -r requirements-ray.txt")
MODEL = "color-report"  # the quickest


@pytest.fixture(scope="module")
def address():
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": 100 * 1024**2}
    cluster = Cluster(initialize_head=True, head_node_args=node | {"include_dashboard": False})
    cluster.add_node(**node)
    yield cluster.address
    cluster.shutdown()


@pytest.fixture
def photos(tmp_path):
    folder, dice = tmp_path / "photos", np.random.default_rng(0)
    (folder / "deep").mkdir(parents=True)
    for number in range(12):
        pixels = dice.integers(0, 256, (40 + number, 60, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.{'jpg' if number % 2 else 'png'}")
    os.rename(folder / "3.jpg", folder / "deep" / "=3 \N{SNOWMAN}.jpg")
    with zipfile.ZipFile(folder / "more.zip", "w") as more:
        more.write(folder / "4.png", "zipped.png")
    (folder / "bad.jpg").write_bytes(b"no photo")
    return folder


def begin(photos, out, *options, **environment):
    command = [sys.executable, "-m", "ae", "colorize", photos, "--out", out, "--model", MODEL, *options]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=-1, stderr=-1, text=True)


def colorize(*arguments, **environment):
    """Returns (exit code, the last line that it said)."""
    process = begin(*arguments, **environment)
    said, failures = process.communicate()
    assert "Traceback" not in failures, failures
    return process.returncode, said.splitlines()[-1].rpartition(", in")[0].partition(": ")[2]


def made(out):
    """{path: content} of the results, and the rows of their table without the seconds."""
    files = {path.relative_to(out).as_posix(): path for path in out.rglob("*") if path.is_file()}
    with files.pop("results.csv").open(encoding="utf-8", newline="") as table:
        rows = sorted(tuple(row.values())[:-1] for row in csv.DictReader(table))
    return {name: path.read_bytes() for name, path in files.items()}, rows


def test_a_cluster_makes_the_same_files_and_goes_on_where_it_ended(photos, tmp_path, address):
    expected = colorize(photos, tmp_path / "local")
    assert expected == (1, "13 colorized, 0 skipped, 1 failed")
    out = tmp_path / "cluster"
    assert colorize(photos, out, "--engine", "ray", RAY_ADDRESS=address) == expected
    assert made(out) == made(tmp_path / "local")
    (out / "7-colorized.jpg").unlink()
    assert colorize(photos, out, "--engine", "ray", RAY_ADDRESS=address)[1] == "1 colorized, 12 skipped, 1 failed"
    assert made(out) == made(tmp_path / "local")


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux shows them")
def test_a_worker_that_is_killed_loses_nothing(photos, tmp_path, address):
    known, out = workers(), tmp_path / "out"
    with begin(photos, out, "--engine", "ray", RAY_ADDRESS=address) as process:
        while not (new := workers() - known):
            assert process.poll() is None, process.communicate()
        os.kill(min(new), signal.SIGKILL)
        said, failures = process.communicate()
    assert "13 colorized, 0 skipped, 1 failed" in said, failures
    assert len(made(out)[0]) == 13


def workers():
    """The processes of this machine that hold a model for a cluster."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes().startswith(b"ray::_Worker") or b"MapWorker(MapBatches(_Worker" in path.read_bytes():
                found.add(int(path.parent.name))
        except OSError:
            continue  # it has ended
    return found
