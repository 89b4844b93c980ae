"""The figures of the suite: each yields (title, measured, at most), all of them ratios of what was measured in turn."""

import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image
from servers import APP, AS_REPORT, BASELINE, ECHO, EMPTY, MODELS, OWN_SIZE, Client, resident_mb, serve

from ae.ui.controls import EXAMPLES

CLIENTS = 32
LARGE = (4000, 3000)


def function(rounds):
    """Yields the time of the Python function for four pictures at 32 × 32, over the baseline's."""
    import baseline

    from ae.photo import pipeline

    path, four = EXAMPLES / "horse.png", baseline.build()
    ours, theirs = in_turn(
        rounds,
        lambda: list(pipeline.colorize(path, *MODELS, as_report=True)),
        lambda: four(Image.open(path)),
    )
    yield "four pictures at 32 × 32, over the baseline's function", ours / theirs, 1 / 15


def one_client(rounds):
    """Yields the time of one client's call, over that of an endpoint that gives the file back."""
    photo = (EXAMPLES / "horse.png").read_bytes()
    with serve(APP) as (url, _, _), serve(ECHO) as (echo_url, _, _):
        ours, echo = Client(url, AS_REPORT), Client(echo_url)
        times = in_turn(rounds, lambda: ours.ask(photo), lambda: echo.ask(photo))
    yield "one client, over an endpoint that gives the file back", times[0] / times[1], 1.3


def many_clients(rounds):
    """Yields the baseline's requests a second over ours, with 32 clients, and our 99th percentile over the median."""
    photo, calls = (EXAMPLES / "horse.png").read_bytes(), CLIENTS * max(2, rounds // 6)
    with serve(APP) as (url, _, _), serve(BASELINE) as (baseline_url, _, _):
        ours, theirs = crowd(url, AS_REPORT, photo, calls), crowd(baseline_url, (), photo, calls)
    yield f"{CLIENTS} clients: the baseline's requests a second, over ours", theirs[1] / ours[1], 1 / 4
    yield f"{CLIENTS} clients: 99th percentile, over the median", np.quantile(ours[0], 0.99) / np.median(ours[0]), 4


def start(rounds):
    """Yields the time to the first answer over an empty page's, and to the first colors over that and TensorFlow's."""
    photo, firsts, colors, empty, imports = (EXAMPLES / "horse.png").read_bytes(), [], [], [], []
    for _ in range(max(1, rounds // 7)):
        with serve(EMPTY) as (_, _, seconds):
            empty.append(seconds)
        began = time.perf_counter()
        with serve(APP) as (url, _, seconds):
            firsts.append(seconds)
            Client(url, AS_REPORT).ask(photo)
            colors.append(time.perf_counter() - began)
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import tensorflow"], stderr=subprocess.DEVNULL, check=True)
        imports.append(time.perf_counter() - began)
    first, color, least, tensorflow = map(statistics.median, (firsts, colors, empty, imports))
    yield "first HTTP 200, over an empty Blocks page's", first / least, 1.2
    yield "first colors, over the first HTTP 200 and importing TensorFlow", color / (first + tensorflow), 1


def idle(rounds):
    """Yields the idle memory over that of a process with nothing but the imports."""
    imports = "import sys, gradio, tensorflow; print('there', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", imports], stdin=-1, stdout=-1, stderr=subprocess.DEVNULL) as least:
        least.stdout.readline()
        mb = resident_mb(least)
        least.stdin.close()
    with serve(APP) as (_, process, _):
        ready(process)
        yield "idle, over a process that has imported gradio and tensorflow", resident_mb(process) / mb, 1.25


def large(rounds):
    """Yields the time that 12 megapixels take, over Pillow's to decode, resize to 256 and back, and encode as PNG."""
    from ae.image.photos import open_photo
    from ae.photo import pipeline
    from ae.photo.colorizer import Colorizer

    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "photo.jpg", Path(folder) / "out.png"
        Image.open(EXAMPLES / "coffee.jpg").resize(LARGE, Image.Resampling.LANCZOS).save(path, quality=92)

        def pillow():
            image = Image.open(path).convert("RGB")
            image.resize((256, 256)).resize(image.size).save(out)

        photo = path.read_bytes()
        with serve(APP) as (url, _, _):
            client = Client(url, OWN_SIZE)
            everything, without = in_turn(max(1, rounds // 10), lambda: client.ask(photo), pillow)
        colors, reconstruction, least = in_turn(
            max(1, rounds // 10),
            lambda: Colorizer.load(pipeline.DEFAULT_COLORIZER).process(open_photo(path)),
            lambda: pipeline.reconstruct_photo(path, pipeline.DEFAULT_RECONSTRUCTOR),
            pillow,
        )
    yield "12 megapixels: colors, over Pillow alone", colors / least, 0.4
    yield "12 megapixels: reconstruction, over Pillow alone", reconstruction / least, 0.8
    yield "12 megapixels: all four and their metrics through the server, over Pillow alone", everything / without, 2.5


def in_turn(rounds, *functions):
    """Returns the median seconds of every function, each called once a round; a first round does not count."""
    seconds = [[] for _ in functions]
    for number in range(rounds + 1):
        for function, times in zip(functions, seconds):
            began = time.perf_counter()
            function()
            if number:
                times.append(time.perf_counter() - began)
    return [statistics.median(times) for times in seconds]


def crowd(url, arguments, photo, calls):
    """Returns the seconds of every call and the calls a second of `CLIENTS` at once; one call before does not count."""
    clients = [Client(url, arguments) for _ in range(CLIENTS)]
    clients[0].ask(photo)

    def visit(client):
        times = []
        for _ in range(calls // CLIENTS):
            began = time.perf_counter()
            client.ask(photo)
            times.append(time.perf_counter() - began)
        return times

    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        times = sum(pool.map(visit, clients), [])
    return times, len(times) / (time.perf_counter() - began)


def ready(process):
    """Waits until a server has imported what it imports by itself: its memory stands still for ten seconds."""
    before = 0
    while (now := resident_mb(process)) > before:
        before = now
        time.sleep(10)
