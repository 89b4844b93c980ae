"""The same job on a Ray cluster, of two nodes that run on this machine, with folders and with an S3 server."""

import csv
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.request import Request, urlopen

import numpy as np
import pytest
from command import run
from PIL import Image
from server import ROOT

HOW = "not installed: pip install -r tests/requirements-ray.txt"
ray = pytest.importorskip("ray", reason=HOW)
fs = pytest.importorskip("pyarrow.fs", reason=HOW)
MODEL = "color-report"  # the quickest
KEYS = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_EC2_METADATA_DISABLED": "true"}


@pytest.fixture(scope="module")
def address():
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": 100 * 1024**2}
    with pytest.MonkeyPatch.context() as environment:
        for name, value in KEYS.items():  # each machine of a cluster knows them
            environment.setenv(name, value)
        cluster = Cluster(initialize_head=True, head_node_args=node | {"include_dashboard": False})
        cluster.add_node(**node)
        yield cluster.address
        cluster.shutdown()


class Store:
    """An S3 server on the loopback; `files` is pyarrow's view of it."""

    def __init__(self, port):
        self.host = f"127.0.0.1:{port}"
        self.files, _ = fs.FileSystem.from_uri(self.uri("photos", user="tests:secret@") + "&allow_bucket_creation=true")

    def uri(self, path, user=""):
        return f"s3://{user}{path}?scheme=http&endpoint_override={self.host}&region=us-east-1"

    def put(self, folder, path):
        self.files.create_dir(path.split("/")[0])
        fs.copy_files(str(folder), path, fs.LocalFileSystem(), self.files)

    def get(self, path, folder):
        folder.mkdir(exist_ok=True)
        fs.copy_files(path, str(folder), self.files, fs.LocalFileSystem())
        return folder

    def check_keys(self, requests):
        """Lets so many requests pass, whoever makes them; then nobody, for it knows no user."""
        body = {"data": requests.encode(), "headers": {"Content-Type": "text/plain"}}
        urlopen(Request(f"http://{self.host}/moto-api/reset-auth", **body)).close()


@pytest.fixture(scope="module")
def store():
    moto = pytest.importorskip("moto.server", reason=HOW)
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    with pytest.MonkeyPatch.context() as environment:
        for name, value in KEYS.items():
            environment.setenv(name, value)
        yield Store(server.get_host_and_port()[1])
    server.stop()


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


def test_a_store_takes_the_same_files_and_goes_on_where_a_killed_run_ended(photos, tmp_path, address, store):
    (photos / "more.zip").unlink()
    expected = colorize(photos, tmp_path / "local")
    assert expected == (1, "12 colorized, 0 skipped, 1 failed")
    store.put(photos, "bucket/deep/photos")
    given, out = store.uri("bucket/deep/photos"), store.uri("bucket/colored")
    assert colorize(given, out, "--engine", "ray", RAY_ADDRESS=address) == expected
    assert made(store.get("bucket/colored", tmp_path / "whole")) == made(tmp_path / "local")
    store.files.delete_file("bucket/colored/7-colorized.jpg")
    assert colorize(given, out, "--engine", "ray", RAY_ADDRESS=address)[1] == "1 colorized, 11 skipped, 1 failed"
    assert made(store.get("bucket/colored", tmp_path / "again")) == made(tmp_path / "local")

    with begin(given, store.uri("bucket/killed"), "--engine", "ray", RAY_ADDRESS=address) as process:
        assert " of 13: " in process.stdout.readline()
        process.kill()
    assert colorize(given, store.uri("bucket/killed"), "--engine", "ray", RAY_ADDRESS=address)[0] == 1
    results, rows = made(store.get("bucket/killed", tmp_path / "killed"))
    assert results == made(tmp_path / "local")[0]
    assert [row[:2] for row in rows] == [row[:2] for row in made(tmp_path / "local")[1]]


def test_a_store_and_another_file_system_what_is_not_taken_is_told(photos, tmp_path, address, store):
    av = pytest.importorskip("av")
    with av.open(photos / "film.mp4", "w") as film:
        stream = film.add_stream("libx264", 10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        pictures = [av.VideoFrame.from_ndarray(np.full((32, 32, 3), 40 * n, np.uint8), "rgb24") for n in range(4)]
        film.mux([packet for picture in (*pictures, None) for packet in stream.encode(picture)])
    frames = [Image.new("RGB", (16, 16), color) for color in ("gray", "black")]
    frames[0].save(photos / "moving.gif", save_all=True, append_images=frames[1:])
    frames[0].save(photos / "still.gif")
    store.put(photos, "mixed/photos")
    out = (tmp_path / "out of it").as_uri()
    with begin(store.uri("mixed/photos"), out, "--engine", "ray", RAY_ADDRESS=address) as process:
        said, failures = process.communicate()
    assert process.returncode == 1 and "14 colorized, 0 skipped, 3 failed" in said, failures
    assert "more.zip: A ZIP is not unpacked here" in failures
    assert "moving.gif: An animated GIF is not taken" in failures
    for name in ("moving.gif", "more.zip"):
        (photos / name).unlink()
    colorize(photos, tmp_path / "local")
    assert made(tmp_path / "out of it")[0] == made(tmp_path / "local")[0]
    assert (tmp_path / "out of it" / "film-colorized.mp4").is_file()


def test_a_store_that_cannot_be_used_is_told_in_a_sentence(photos, tmp_path, store, capsys):
    def error(*given, out):
        ended = run(capsys, "colorize", *given, "--out", out, "--engine", "ray", "--model", MODEL)
        assert ended.returncode == 1 and "Traceback" not in ended.stderr
        assert "secret" not in ended.stderr.splitlines()[-1]
        return ended.stderr.splitlines()[-1]

    store.put(photos, "there/photos")
    given, out = store.uri("there/photos"), store.uri("there/out")
    assert "Expected photos at s3://nowhere/x. Nothing is there" in error(store.uri("nowhere/x"), out=out)
    assert "Expected access to s3://nowhere/x. Received: When" in error(given, out=store.uri("nowhere/x"))
    assert "Expected a store that pyarrow knows" in error("ours://user:secret@bucket/x", out=out)
    assert "Expected a store that pyarrow knows" in error("s3://user:secret@bucket/a space", out=out)
    assert "Expected photos of one store" in error(given, photos, out=out)
    assert "Expected a folder for the results that holds no photos" in error(given, out=store.uri("there"))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "results.csv").write_text("name,price\n")
    store.put(tmp_path / "other", "there/other")
    assert "Expected a list of results in s3://there/other/results.csv" in error(given, out=store.uri("there/other"))
    store.check_keys("0")
    assert "Expected access to s3://there/photos. Received: When" in error(
        store.uri("there/photos", "me:secret@"), out=out
    )
    store.check_keys("Infinity")


def test_a_store_that_does_not_answer_is_given_up(tmp_path, capsys, monkeypatch):
    from ae.photo import stores

    monkeypatch.setattr(stores, "GIVEN_UP_AFTER_S", 1)
    place = "gs://anonymous@bucket/photos?scheme=http&endpoint_override=127.0.0.1:9"  # where nobody listens
    ended = run(capsys, "colorize", place, "--out", tmp_path / "out", "--engine", "ray", "--model", MODEL)
    assert ended.returncode == 1 and "Traceback" not in ended.stderr
    assert "Expected access to gs://bucket/photos. Received: " in ended.stderr.splitlines()[-1]


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
