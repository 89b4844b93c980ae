"""Measures the page against what people write today and against the least that is possible; every figure is a ratio.

    python -m tests.load [FIGURE…] [--rounds N] [--write]

Both sides of a ratio are measured in turn in one run, so that a busy machine slows both; the ratio is that of their
medians. `--write` puts the table into tests/load/README.md. Linux.
"""

import argparse
import datetime
import io
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]

import numpy as np
from PIL import Image
from servers import APP, BASELINE, ECHO, EMPTY, Client, resident_mb, serve

from ae.ui.controls import EXAMPLES

README = Path(__file__).parent / "README.md"
MODELS = ("ir-best", "color-report")  # the baseline's
AS_REPORT = (*MODELS, True, 0.5, 1)
OWN_SIZE = ("ir-residual", "color-photo", False, 0.5, 1)
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
    photo, calls = (EXAMPLES / "horse.png").read_bytes(), CLIENTS * max(2, rounds // 4)
    with serve(APP) as (url, _, _), serve(BASELINE) as (baseline_url, _, _):
        ours, theirs = crowd(url, AS_REPORT, photo, calls), crowd(baseline_url, (), photo, calls)
    yield f"{CLIENTS} clients: the baseline's requests a second, over ours", theirs[1] / ours[1], 1 / 4
    yield f"{CLIENTS} clients: 99th percentile, over the median", np.quantile(ours[0], 0.99) / np.median(ours[0]), 4


def start(rounds):
    """Yields the time to the first answer over an empty page's, and to the first colors over that and TensorFlow's."""
    photo, firsts, colors, empty, imports = (EXAMPLES / "horse.png").read_bytes(), [], [], [], []
    for _ in range(max(3, rounds // 10)):
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


def memory(rounds):
    """Yields the idle memory over that of the imports, and after 2,000 photos of 500 sizes over that after 200."""
    imports = "import sys, gradio, tensorflow; print('there', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", imports], stdin=-1, stdout=-1, stderr=subprocess.DEVNULL) as least:
        least.stdout.readline()
        mb = resident_mb(least)
        least.stdin.close()
    with serve(APP) as (url, process, _):
        ready(process)
        yield "idle, over a process that has imported gradio and tensorflow", resident_mb(process) / mb, 1.25
        client, dice = Client(url, OWN_SIZE), np.random.default_rng(0)
        sizes = dice.integers(16, 400, (500, 2))
        photos, after = 100 * rounds, {}
        for number in range(photos):
            width, height = sizes[number % len(sizes)]
            client.ask(png(dice.integers(0, 256, (height // 8 + 1, width // 8 + 1, 3), np.uint8), (width, height)))
            after[number + 1] = resident_mb(process)
        early = after[photos // 10]
        yield f"after {photos:,} photos, over after {photos // 10:,}", after[photos] / early, (early + 50) / early


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
            everything, without = in_turn(max(3, rounds // 4), lambda: client.ask(photo), pillow)
        colors, reconstruction, least = in_turn(
            max(3, rounds // 4),
            lambda: Colorizer.load(pipeline.DEFAULT_COLORIZER).process(open_photo(path)),
            lambda: pipeline.reconstruct_photo(path, pipeline.DEFAULT_RECONSTRUCTOR),
            pillow,
        )
    yield "12 megapixels: colors, over Pillow alone", colors / least, 0.4
    yield "12 megapixels: reconstruction, over Pillow alone", reconstruction / least, 0.8
    yield "12 megapixels: all four and their metrics through the server, over Pillow alone", everything / without, 2.5


FIGURES = {figure.__name__: figure for figure in (function, one_client, many_clients, start, memory, large)}


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
    """Waits until a server has imported what it imports by itself: its memory stands still for two seconds."""
    before = 0
    while (now := resident_mb(process)) > before:
        before = now
        time.sleep(2)


def png(pixels, size):
    file = io.BytesIO()
    Image.fromarray(pixels).resize(tuple(map(int, size)), Image.Resampling.BICUBIC).save(file, "PNG")
    return file.getvalue()


def main():
    parser = argparse.ArgumentParser("python -m tests.load", description=__doc__.splitlines()[0])
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=f"{', '.join(FIGURES)} (all)")
    parser.add_argument("--rounds", type=int, default=20, metavar="N", help="of each comparison (20)")
    parser.add_argument("--write", action="store_true", help="put the table into tests/load/README.md")
    options = parser.parse_args()
    for name in options.figures:
        if name not in FIGURES:
            parser.error(f"expected {', '.join(FIGURES)}, received {name}")
    lines = ["| | ratio | at most | |", "|---|--:|--:|---|"]
    print(*lines, sep="\n")
    for name in options.figures or FIGURES:
        for title, ratio, bound in FIGURES[name](options.rounds):
            lines.append(f"| {title} | {ratio:.3f} | {bound:.3f} | {'✓' if ratio <= bound else 'missed'} |")
            print(lines[-1], flush=True)
    if options.write:
        cores, today = os.cpu_count(), datetime.date.today()
        where = f"{today}, {platform.machine()}, {cores} cores, Python {platform.python_version()}:"
        head, _, rest = README.read_text().partition("<!-- suite -->\n")
        _, _, tail = rest.partition("<!-- /suite -->\n")
        table = "\n".join([where, "", *lines])
        README.write_text(f"{head}<!-- suite -->\n{table}\n<!-- /suite -->\n{tail}")


if __name__ == "__main__":
    main()
