"""Servers to measure, each a process of its own, and a client that asks them as a browser does."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
APP = "import sys; sys.argv = ['app.py', '--host', '127.0.0.1', '--port', sys.argv[1]]; import app; app.main()"
ECHO = """
import sys, gradio as gr
given, back = gr.Image(type="filepath"), gr.Image(type="filepath", format="png")
app = gr.Interface(lambda path: path, given, back, api_name="colorize")
app.launch(server_name="127.0.0.1", server_port=int(sys.argv[1]))
"""
EMPTY = """
import sys, gradio as gr
with gr.Blocks() as app:
    pass
app.launch(server_name="127.0.0.1", server_port=int(sys.argv[1]))
"""
BASELINE = "import sys; sys.path.insert(0, 'tests/load'); import baseline; baseline.main()"
MODELS = ("ir-best", "color-report")  # the baseline's
AS_REPORT = (*MODELS, True, 0.5, 1)  # arguments of the endpoint /colorize
OWN_SIZE = ("ir-residual-s", "color-photo", False, 0.5, 1)
DEADLINE_S = 600


@contextmanager
def serve(code):
    """Yields (url, process, seconds until it answered 200) of a server: Python `code` that is given a port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as cache:
        environment = os.environ | {"GRADIO_TEMP_DIR": cache, "GRADIO_ANALYTICS_ENABLED": "False"}
        environment.pop("TF_ENABLE_ONEDNN_OPTS", None)
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(port)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield url, process, _until_it_answers(url, process, began)
        finally:
            process.kill()
            process.wait()


def _until_it_answers(url, process, began):
    while time.perf_counter() - began < DEADLINE_S:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with the exit code {process.returncode}")
        try:
            if httpx.get(url, timeout=DEADLINE_S).status_code == 200:
                return time.perf_counter() - began
        except httpx.TransportError:
            continue  # not yet listening: asked again at once, for the time is what is measured
    raise TimeoutError(f"no answer within {DEADLINE_S} seconds")


class Client:
    """One visitor: uploads a photo and waits for what the endpoint /colorize, or another, makes of it."""

    def __init__(self, url, arguments=()):
        self._http = httpx.Client(base_url=f"{url}/gradio_api", timeout=DEADLINE_S)
        self._arguments = arguments

    def ask(self, photo, endpoint="colorize", arguments=None):
        """Returns the endpoint's outputs for a photo, bytes of a file; raises RuntimeError if it answers an error."""
        arguments = self._arguments if arguments is None else arguments
        name = f"photo{suffix(photo)}"
        uploaded = self._http.post("/upload", files={"files": (name, photo)}).raise_for_status().json()
        given = {"path": uploaded[0], "meta": {"_type": "gradio.FileData"}}
        called = self._http.post(f"/call/{endpoint}", json={"data": [given, *arguments]}).raise_for_status()
        with self._http.stream("GET", f"/call/{endpoint}/{called.json()['event_id']}") as answer:
            event = ""
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    event = line.removeprefix("event: ")
                elif line.startswith("data: ") and event == "complete":
                    return json.loads(line.removeprefix("data: "))
                elif line.startswith("data: ") and event == "error":
                    raise RuntimeError(line)
        raise RuntimeError("the answer broke off")

    def fetch(self, output):
        """Returns the bytes of a file among the outputs."""
        return self._http.get(f"/file={output['path']}").raise_for_status().content


def suffix(photo):
    return ".jpg" if photo.startswith(b"\xff\xd8") else ".png"


def resident_mb(process):
    """Returns the resident memory of a process, in MB (Linux)."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024
