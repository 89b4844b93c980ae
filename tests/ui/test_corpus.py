"""The hostile corpus at every door that could take it: a sentence each, and a server that is as it was."""

import json
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import corpus
import pytest
from client import API
from hub import Hub

from ae.ui.health import bytes_below

CHEAP = ("latent", "reconstruct", "neighbors")  # doors that open a photo as all do: each is given a third of them


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


@pytest.fixture(scope="module", autouse=True)
def bounds(page):
    """Afterwards the page answers, and disk and memory have their bounds."""
    yield
    assert page.request("GET", "/")[0] == 200
    if os.path.exists("/proc"):
        peak = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{page.log.process.pid}/status").read_text())
        assert int(peak[1]) < 3_000_000
    deadline = time.monotonic() + 120
    while bytes_below(page.cache) > 0.12e9:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def check_sentence(text, secret):
    assert isinstance(text, str) and 10 < len(text) <= 1000 and "\n" not in text, text
    assert secret.read_text() not in text and "Traceback" not in text


def test_pictures(page, secret, stranger):
    pictures = dict(corpus.pictures(str(secret), stranger.endpoint))
    for number, (name, picture) in enumerate(pictures.items()):
        door = CHEAP[number % len(CHEAP)]
        event, answer = page.call(door, page.upload(name, picture), "ir-best")
        if event != "complete":
            check_sentence(answer["error"], secret)
            assert name not in corpus.PHOTOS, (door, answer)


def test_zips(page, secret):
    """One of them holds every picture: the page answers while they are looked at."""
    with ThreadPoolExecutor(1) as pool:
        for name, content in corpus.zips(str(secret)):
            call = pool.submit(page.call, "colorize_many", [page.upload(name, content)], "color-report", 0.5)
            while not call.done():
                assert page.request("GET", "/theme.css")[0] == 200
                wait([call], timeout=0.2)
            event, answer = call.result()
            if event != "complete":
                check_sentence(answer["error"], secret)
                continue
            for outcome in answer[1]:
                assert outcome["status"] == "done" or not check_sentence(outcome["reason"], secret), name


def test_paintings(page, secret):
    session = page.open_hand_tab()
    for name, painting in corpus.paintings():
        for number, values, place in page.handlers("canvas"):
            success, output = page.handle(number, [*values[:place], painting, *values[place + 1 :]], session=session)
            assert not success and not check_sentence(output["error"], secret), name


def test_values(page, secret, stranger):
    """Each at an argument of every third function, in turn; the others are as they should be, but there is no photo."""
    info = json.loads(page.request("GET", f"{API}info")[2])["named_endpoints"]
    doors = {name: endpoint["parameters"] for name, endpoint in info.items() if endpoint["parameters"]}
    for number, value in enumerate(corpus.values(str(secret), stranger.endpoint)):
        for turn, (name, parameters) in list(enumerate(doors.items()))[number % 3 :: 3]:
            arguments = [json.dumps(parameter.get("parameter_default")) for parameter in parameters]
            arguments[(number + turn) % len(arguments)] = value
            event, answer = page.call_with(name.strip("/"), f"[{','.join(arguments)}]")
            if event != "complete":
                check_sentence(answer if event == "refused" else answer["error"], secret)


def test_weights(hub, secret):
    from ae.models.cache import Models
    from ae.models.weights import Source

    weights, models = dict(corpus.weights(str(secret))), Models()
    for name, content in weights.items():
        repository = f"stranger/{name.removesuffix('.h5')}"
        hub.commit(repository, {f"{corpus.MODEL}/model.weights.h5": content})
        _, sentence = models.get(corpus.MODEL, Source(hub_repo=repository, token=False))
        check_sentence(sentence, secret)
        assert sentence.startswith("Bundled weights, because "), (name, sentence)
    kinds = corpus.pictures(), corpus.zips(), corpus.strokes(), corpus.paintings(), corpus.values(), weights
    assert sum(len(list(kind)) for kind in kinds) >= 150  # as many as it takes
