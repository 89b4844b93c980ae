"""What only shows after a while: memory, errors and wrong answers under many hands. Each yields as in `figures`."""

import io
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
from PIL import Image
from servers import APP, AS_REPORT, OWN_SIZE, Client, resident_mb, serve, suffix

VISITORS = 50
LOOK = """
import sys, time, httpx
while True:
    began = time.perf_counter()
    with httpx.stream("GET", sys.argv[1], timeout=60) as answer:
        next(answer.iter_raw())
        print(time.perf_counter() - began, flush=True)
    time.sleep(1)
"""


def memory(rounds):
    """Yields the memory after 2,000 photos of 500 sizes, over that after 200."""
    with serve(APP) as (url, process, _):
        client, dice = Client(url, OWN_SIZE), np.random.default_rng(0)
        sizes = dice.integers(16, 400, (500, 2))
        photos, after = 100 * rounds, {}
        for number in range(photos):
            client.ask(photo_of(sizes[number % len(sizes)], dice))
            after[number + 1] = resident_mb(process)
        early = after[photos // 10]
        yield f"after {photos:,} photos, over after {photos // 10:,}", after[photos] / early, (early + 50) / early


def mixed(rounds):
    """Yields what 50 clients find who ask for all kinds of things in all sizes, for 5 minutes of 20 rounds."""
    requests = [
        (photo, *request)
        for photo in photos_of_all_kinds()
        for request in (
            ("colorize", AS_REPORT),
            ("colorize", ("ir-residual-s", "color-photo", False, 0.5, 1)),
            ("colorize", ("ir-best", "color-unet", False, 1, 1)),
            ("reconstruct", ("ir-best",)),
        )
    ]
    expected = [direct(*request) for request in requests]
    wrong, seconds, first_bytes, used = [], [], [], []

    def visit(url, number):
        client, dice = Client(url), np.random.default_rng(number)
        while time.monotonic() < end:
            chosen, began = dice.integers(len(requests)), time.perf_counter()
            try:
                outputs = client.ask(*requests[chosen])
                seconds.append(time.perf_counter() - began)
                pictures = [client.fetch(output) for output in outputs if output and "path" in output]
                if len(pictures) != len(expected[chosen]) or not all(map(alike, pictures, expected[chosen])):
                    wrong.append(f"another picture: {requests[chosen][1:]}")
            except (RuntimeError, httpx.HTTPError) as error:
                wrong.append(repr(error))

    def look(url, process):
        """In a process of its own: one of the visitors' threads would wait for the others."""
        with subprocess.Popen([sys.executable, "-c", LOOK, url], stdout=subprocess.PIPE, text=True) as other:
            while time.monotonic() < end:
                first_bytes.append(float(other.stdout.readline()))
                used.append(resident_mb(process))
            other.kill()

    with serve(APP) as (url, process, _), ThreadPoolExecutor(VISITORS + 1) as pool:
        for request in requests:
            Client(url).ask(*request)
        end = time.monotonic() + 15 * rounds
        visits = [pool.submit(visit, url, number) for number in range(VISITORS)] + [pool.submit(look, url, process)]
        for one in visits:
            one.result()
    for reason in wrong[:10]:
        print(reason, file=sys.stderr)
    print(f"{len(seconds):,} answers, median {statistics.median(seconds):.1f} s", file=sys.stderr)
    early = max(used[: len(used) // 5])
    yield f"{VISITORS} clients: answers that are wrong, or errors", len(wrong), 0
    yield f"{VISITORS} clients: the page's first byte, seconds at most", max(first_bytes), 1
    yield f"{VISITORS} clients: memory at the end, over that after a fifth", used[-1] / early, (early + 50) / early


def photo_of(size, dice, kind="PNG"):
    """Returns the bytes of a picture file with that many pixels, large spots of any color."""
    width, height = map(int, size)
    spots = dice.integers(0, 256, (height // 8 + 1, width // 8 + 1, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(spots).resize((width, height), Image.Resampling.BICUBIC).save(file, kind)
    return file.getvalue()


def photos_of_all_kinds():
    dice = np.random.default_rng(1)
    sizes = ((16, 16), (33, 57), (150, 100), (256, 256), (97, 403), (640, 480))
    return [photo_of(size, dice, kind) for size in sizes for kind in ("PNG", "JPEG")]


def direct(photo, endpoint, arguments):
    """Returns the pictures that Python's own call makes, in the order of the endpoint's outputs."""
    from ae.photo import pipeline

    with tempfile.NamedTemporaryFile(suffix=suffix(photo)) as file:
        file.write(photo)
        file.flush()
        if endpoint == "reconstruct":
            return [pipeline.reconstruct_photo(file.name, *arguments)[0]]
        reconstructor, colorizer, as_report, vividness, detail = arguments
        settings = {"as_report": as_report, "vividness": vividness, "detail": detail}
        return [picture.image for picture in pipeline.colorize(file.name, reconstructor, colorizer, **settings)]


def alike(content, picture):
    """Whether a file holds the picture: to one of 255 levels, or as close to it as a JPEG file comes."""
    image = Image.open(io.BytesIO(content))
    if image.size != picture.size:
        return False
    difference = np.abs(np.int16(image.convert("RGB")) - np.int16(picture))
    return difference.max() <= 1 if image.format == "PNG" else difference.mean() <= 2
