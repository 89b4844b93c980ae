"""The life of a server: nobody's work, memory or files stay for longer than somebody is there, and it ends in order."""

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
import zipfile
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from gradio.state_holder import SessionState
from PIL import Image
from server import start

from ae.ui import page as pages
from ae.ui.controls import EXAMPLES
from ae.ui.health import bytes_below

API = "/gradio_api/"
BUDGET_GB = 0.05
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux shows them")
SMALL = [50, 2000, None, "own", 2, 3, 2, 1, 1, 1, "max", "gelu"]  # epochs, images, own ones, network
LARGE = [50, 2000, None, "own", 4, 64, 64, 64, 64, 7, "max", "gelu"]
UNIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without asking it")
PATIENCE_S = 300  # with slow machines: nothing waits so long unless it fails


class Server:
    """A running server, asked with raw requests."""

    def __init__(self, process, url, cache, log):
        self.process, self.address, self.cache, self.log = process, urlsplit(url).netloc, cache, log

    def ask(self, method, path, body=None, kind="application/json"):
        """Returns (status, text)."""
        response = self.open(method, path, body, kind)
        return response.status, response.read().decode()

    def open(self, method, path, body=None, kind="application/json"):
        """Returns the response, whose connection is closed with it."""
        connection = HTTPConnection(self.address, timeout=120)
        body = json.dumps(body) if isinstance(body, dict) else body
        connection.request(method, path, body, {"Content-Type": kind, "Connection": "close"})
        return connection.getresponse()

    def begin(self, name, *data):
        """Calls an endpoint and returns the path of its answer."""
        status, text = self.ask("POST", f"{API}call/{name}", {"data": data})
        assert status == 200, text
        return f"{API}call/{name}/{json.loads(text)['event_id']}"

    def call(self, name, *data):
        return last_event(self.ask("GET", self.begin(name, *data))[1])

    def upload(self, content, name="a.png"):
        head = f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
        body = head.encode() + content + b"\r\n--x--\r\n"
        status, text = self.ask("POST", f"{API}upload", body, "multipart/form-data; boundary=x")
        assert status == 200, text
        return {"path": json.loads(text)[0], "meta": {"_type": "gradio.FileData"}}

    def train(self, settings):
        """Begins a training as the page does, and returns its session."""
        config = json.loads(self.ask("GET", "/config")[1])
        [start] = [c["id"] for c in config["components"] if c["props"].get("elem_id") == "train-start"]
        [train] = [function["id"] for function in config["dependencies"] if [start, "click"] in function["targets"]]
        session = uuid.uuid4().hex
        status, text = self.ask(
            "POST", f"{API}queue/join", {"data": settings, "fn_index": train, "session_hash": session}
        )
        assert status == 200, text
        return session

    def files(self):
        return [path for path in below(self.cache) if path.relative_to(self.cache).parts[1:2] == ("files",)]


def below(folder):
    """The files below the folder, in which a server may be tidying up: `Path.rglob` fails where a folder goes."""
    return [Path(place, name) for place, _, names in os.walk(folder) for name in names]


def last_event(events):
    event, data = re.findall(r"event: (\w+)\ndata: (.*)\n", events)[-1]
    return event, json.loads(data)


def until(condition):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def trainings():
    """The processes of this file's trainings: nobody else's have such networks."""
    pattern = "[a]e.training.child own-(3-2-k1|64-64-64-64-k7)-max-gelu"
    return subprocess.run(["pgrep", "-f", pattern], capture_output=True).stdout.split()


def noise(width, height):
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8)).save(file, "png")
    return file.getvalue()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    with start("--cache-gb", str(BUDGET_GB), GRADIO_TEMP_DIR=str(cache), AE_RUNS="1") as (process, url, log):
        yield Server(process, url, cache, log)
    assert "Traceback" not in "".join(log)


@LINUX
def test_a_session_takes_its_memory_with_it(server):
    server.call("latent", {"path": str(EXAMPLES / "horse.png")}, "ir-best")  # TensorFlow is there
    for _ in range(60):
        server.call("models")
    before = server.log.resident_bytes()
    for _ in range(100):
        assert server.call("models")[0] == "complete"
    assert server.log.resident_bytes() - before < 20e6  # of 0.4 MB each


@LINUX
def test_trainings_that_nobody_watches_end_and_those_in_line_with_them(server):
    for _ in range(2):  # one that runs and one in line: half an hour of work
        server.train(LARGE)
    session, deadline = server.train(SMALL), time.monotonic() + PATIENCE_S
    with server.open("GET", f"{API}queue/data?session_hash={session}") as watched:
        for line in watched:
            assert time.monotonic() < deadline
            if b"of 50" in line:  # epochs: the others are gone, and it is longer there than nobody's work
                break
        assert len(trainings()) == 1
    until(lambda: not trainings())
    until(lambda: not list(server.cache.rglob("__autograph*")))


def test_a_new_session_has_the_page_s_components_and_no_description_of_any():
    page = pages.build(None)
    session = SessionState(page)
    assert session.blocks_config.blocks == page.blocks and list(session.components) == []


def test_many_photos_are_the_work_of_one_at_a_time():
    functions = pages.build(None).fns.values()
    assert {f.concurrency_limit for f in functions if f.concurrency_id == "many"} == {1}


def test_a_pile_of_photos_that_nobody_waits_for_makes_room_for_the_next(server):
    photo = server.upload(noise(900, 600))
    with server.open("GET", server.begin("colorize_many", [photo] * 200, "color-photo", 0.5)) as answer:
        until(lambda: list(server.cache.rglob("colorized-photos.zip")))
    assert answer.isclosed()
    event, (_, outcomes) = server.call("colorize_many", [photo], "color-photo", 0.5)
    assert event == "complete" and [outcome["status"] for outcome in outcomes] == ["done"]
    until(lambda: len(list(server.cache.rglob("colorized-photos.zip"))) == 1)  # when its last photo is done


@pytest.mark.parametrize("entry", [{"path": "/a.png"}, {"path": None}, None, 7], ids=str)
def test_thousands_of_files_in_a_request_are_refused(server, entry):
    entries = [entry] * 20_000
    status, text = server.ask("POST", f"{API}call/colorize_many", {"data": [entries, "color-photo", 0.5]})
    if status == 200:
        text = server.ask("GET", f"{API}call/colorize_many/{json.loads(text)['event_id']}")[1]
    assert "200 files or fewer. Give them in parts" in text


def test_the_cache_keeps_its_budget_and_the_newest(server):
    photo = noise(1000, 500)
    photos = [server.upload(photo + bytes([number])) for number in range(40)]
    until(lambda: bytes_below(server.cache) <= BUDGET_GB * 1e9)
    assert not Path(photos[0]["path"]).exists() and Path(photos[-1]["path"]).exists()
    event, answer = server.call("latent", photos[0], "ir-best")
    assert event == "error" and "is still here. Choose it again" in answer["error"]


def test_an_upload_that_breaks_off_leaves_nothing(server):
    host, port = server.address.split(":")
    with socket.create_connection((host, int(port))) as connection:
        head = '--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
        connection.sendall(
            f"POST {API}upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n"
            f"Content-Length: 9000000\r\n\r\n{head}{'a' * 1_000_000}".encode()
        )
        until(lambda: any(path.parent.name == "files" for path in server.files()))
    until(lambda: not any(path.parent.name == "files" for path in server.files()))


def test_the_examples_are_there_when_the_cache_was_emptied(server):
    for path in server.files():
        path.unlink()
    config = server.ask("GET", "/config")[1]
    for name in {path.name for path in EXAMPLES.iterdir()} - {"README.md"}:
        [url] = set(re.findall(rf"({API}file=[^\"]+/{name})\"", config))
        response = server.open("GET", url)
        assert (response.status, response.read()) == (200, (EXAMPLES / name).read_bytes())


def ends_in_order(server, number):
    """Sends it the signal while it works for two: it finishes what runs, refuses the other and leaves nothing."""
    photo, before = server.upload(noise(300, 200)), set(server.cache.rglob("colorized-photos.zip"))
    server.call("latent", photo, "ir-best")
    running = [server.begin("colorize_many", [photo] * 6, "color-photo", 0.5)]
    running += [server.begin("colorize_many", [photo], "color-photo", 0.5)]
    with server.open("GET", running[0]) as first, server.open("GET", running[1]) as second:
        until(lambda: set(server.cache.rglob("colorized-photos.zip")) - before)
        server.process.send_signal(number)
        event, answer = last_event(first.read().decode())
        assert event == "complete"
        path = urlsplit(answer[0]["url"]).path
        response = server.open("GET", path)
        assert len(zipfile.ZipFile(io.BytesIO(response.read())).namelist()) == 7
        assert "The server is about to end" in second.read().decode()
    assert server.process.wait(60) == 0
    assert not below(server.cache)


@UNIX
def test_a_server_that_is_interrupted_ends_in_order(tmp_path):
    with start(GRADIO_TEMP_DIR=str(tmp_path)) as (process, url, log):
        ends_in_order(Server(process, url, tmp_path, log), signal.SIGINT)
    assert "Traceback" not in "".join(log)


@UNIX
def test_a_server_of_many_sessions_that_is_terminated_ends_in_order(server):
    """The last of these tests: what all of them left goes, too."""
    ends_in_order(server, signal.SIGTERM)
