"""The hostile corpus at every door that could take it: a sentence each, and a server that is as it was."""

import json
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import corpus
import pytest
from hub import Hub
from server import start

API = "/gradio_api/"
META = {"meta": {"_type": "gradio.FileData"}}
CHEAP = ("latent", "reconstruct", "neighbors")  # doors that open a photo as all do: each is given a third of them
ANSWERS_WITHIN_S = 30  # the page, all the while: a bound for slow machines; a fast one needs a hundredth


class Visitor:
    def __init__(self, url):
        self.address = urlsplit(url).netloc

    def ask(self, method, path, body=None, kind="application/json"):
        """Returns (status, text)."""
        connection = HTTPConnection(self.address, timeout=120)
        try:
            connection.request(method, path, body, {"Content-Type": kind})
            response = connection.getresponse()
            return response.status, response.read().decode(errors="replace")
        finally:
            connection.close()

    def call(self, name, data):
        """Returns ("refused" | "complete" | "error", answer) of a call whose arguments are the JSON text `data`."""
        status, text = self.ask("POST", f"{API}call/{name}", f'{{"data": {data}}}'.encode("utf-8", "surrogatepass"))
        if status != 200:
            assert 400 <= status < 500, text
            return "refused", json.loads(text)["detail"]
        events = self.ask("GET", f"{API}call/{name}/{json.loads(text)['event_id']}")[1]
        event, answer = re.findall(r"event: (\w+)\ndata: (.*)\n", events)[-1]
        return event, json.loads(answer)

    def upload(self, files):
        """Returns the answers of uploads of {name: content}, as values of a photo."""
        parts = [
            f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode()
            + content
            + b"\r\n"
            for name, content in files.items()
        ]
        status, text = self.ask(
            "POST", f"{API}upload", b"".join(parts) + b"--x--\r\n", "multipart/form-data; boundary=x"
        )
        assert status == 200, text
        return [{"path": path} | META for path in json.loads(text)]


@pytest.fixture(scope="module")
def secret(tmp_path_factory):
    path = tmp_path_factory.mktemp("home") / "secret.txt"
    path.write_text("the secret of this machine")
    return path


@pytest.fixture(scope="module")
def stranger():
    """An address of the server's network that nobody may ask."""
    hub = Hub()
    yield hub
    hub.close()
    assert hub.requests == []


@pytest.fixture(scope="module")
def visitor(tmp_path_factory, secret):
    """All that comes back in this file is a sentence; the page answers, and disk and memory have their bounds."""
    cache = tmp_path_factory.mktemp("cache")
    with start("--cache-gb", "0.1", GRADIO_TEMP_DIR=str(cache)) as (process, url, log):
        visitor = Visitor(url)
        yield visitor
        started = time.monotonic()
        assert visitor.ask("GET", "/")[0] == 200 and time.monotonic() - started < ANSWERS_WITHIN_S
        if os.path.exists("/proc"):
            peak = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
            assert int(peak[1]) < 3_000_000
        deadline = time.monotonic() + 30
        while sum(file.lstat().st_size for file in cache.rglob("*")) > 0.12e9:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert "Traceback" not in "".join(log)


def check_sentence(text, secret):
    assert isinstance(text, str) and 10 < len(text) <= 1000 and "\n" not in text, text
    assert secret.read_text() not in text and "Traceback" not in text


def test_pictures(visitor, secret, stranger):
    pictures = dict(corpus.pictures(str(secret), stranger.endpoint))
    photos = dict(zip(pictures, visitor.upload(pictures)))
    for number, (name, photo) in enumerate(photos.items()):
        door = CHEAP[number % len(CHEAP)]
        event, answer = visitor.call(door, json.dumps([photo, "ir-best"]))
        if event != "complete":
            check_sentence(answer["error"], secret)
            assert name not in corpus.PHOTOS, (door, answer)


def test_zips(visitor, secret):
    """One of them holds every picture: the page answers while they are looked at."""
    zips = dict(corpus.zips(str(secret)))
    with ThreadPoolExecutor(1) as pool:
        for name, file in zip(zips, visitor.upload(zips)):
            call = pool.submit(visitor.call, "colorize_many", json.dumps([[file], "color-report", 0.5]))
            while not call.done():
                started = time.monotonic()
                assert visitor.ask("GET", "/theme.css")[0] == 200
                assert time.monotonic() - started < ANSWERS_WITHIN_S
                time.sleep(0.2)
            event, answer = call.result()
            if event != "complete":
                check_sentence(answer["error"], secret)
                continue
            for outcome in answer[1]:
                assert outcome["status"] == "done" or not check_sentence(outcome["reason"], secret), name


def test_layers(visitor, secret):
    config = json.loads(visitor.ask("GET", "/config")[1])
    kinds = {component["id"]: component for component in config["components"]}
    doors = [
        (function["id"], [kinds[i] for i in function["inputs"]])
        for function in config["dependencies"]
        if function["backend_fn"] and any(kinds[i]["type"] == "imageeditor" for i in function["inputs"])
    ]
    assert doors
    for name, pictures in corpus.layers():
        layers = visitor.upload({f"{number}.png": picture for number, picture in enumerate(pictures)})
        for door, inputs in doors:
            data = [
                {"background": None, "layers": layers, "composite": None}
                if component["type"] == "imageeditor"
                else component["props"].get("value")
                for component in inputs
            ]
            session = f"{name}-{door}"
            body = json.dumps({"data": data, "fn_index": door, "session_hash": session})
            status, text = visitor.ask("POST", f"{API}queue/join", body)
            assert status == 200, text
            events = visitor.ask("GET", f"{API}queue/data?session_hash={session}")[1]
            messages = [json.loads(line.removeprefix("data: ")) for line in events.splitlines() if line]
            [last] = [message for message in messages if message["msg"] == "process_completed"]
            assert last["success"] or not check_sentence(last["output"]["error"], secret), name


def test_values(visitor, secret, stranger):
    """Each at an argument of every third function, in turn; the others are as they should be, but there is no photo."""
    info = json.loads(visitor.ask("GET", f"{API}info")[1])["named_endpoints"]
    doors = {name: endpoint["parameters"] for name, endpoint in info.items() if endpoint["parameters"]}
    for number, value in enumerate(corpus.values(str(secret), stranger.endpoint)):
        for turn, (name, parameters) in list(enumerate(doors.items()))[number % 3 :: 3]:
            arguments = [json.dumps(parameter.get("parameter_default")) for parameter in parameters]
            arguments[(number + turn) % len(arguments)] = value
            event, answer = visitor.call(name.strip("/"), f"[{','.join(arguments)}]")
            if event != "complete":
                check_sentence(answer if event == "refused" else answer["error"], secret)


def test_weights(hub, secret):
    from ae.models.cache import Models
    from ae.models.weights import Source

    weights = dict(corpus.weights(str(secret)))
    for name, content in weights.items():
        repository = f"stranger/{name.removesuffix('.h5')}"
        hub.commit(repository, {f"{corpus.MODEL}/model.weights.h5": content})
        _, sentence = Models().get(corpus.MODEL, Source(hub_repo=repository, token=False))
        check_sentence(sentence, secret)
        assert sentence.startswith("Bundled weights, because "), (name, sentence)
    kinds = corpus.pictures(), corpus.zips(), corpus.layers(), corpus.values(), weights
    assert sum(len(list(kind)) for kind in kinds) >= 150  # as many as it takes
