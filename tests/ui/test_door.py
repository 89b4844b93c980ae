"""What a stranger may send to the server, and what comes back: a sentence, and nothing of the disk."""

import json
import re
import struct
from concurrent.futures import ThreadPoolExecutor

import pytest
from client import API, META, PHOTO_CALLS
from gradio_client import handle_file
from PIL import Image
from server import connect

from ae.ui.controls import EXAMPLES

REFUSED = "Expected a file that was given to this page or made by it, and is still here."


@pytest.fixture(scope="module")
def secret(tmp_path_factory):
    path = tmp_path_factory.mktemp("home") / "secret.png"
    Image.effect_noise((40, 40), 90).save(path)
    return path


@pytest.fixture
def uploaded(page):
    """The path of a photo that was uploaded."""
    return page.upload("horse.png", (EXAMPLES / "horse.png").read_bytes())["path"]


def ways_to(secret, page):
    """A file of the server, told in every way: with and without `meta`, by a way round, by an address, not there."""
    outside = f"{page.cache}/../{secret.relative_to(page.cache.parent)}"
    link = next(page.cache.glob("*/files")) / "link.png"
    link.unlink(missing_ok=True)
    link.symlink_to(secret)
    names = [secret, secret.with_name("none.png"), outside, link, "app.py", "weights/../ae/data/sample.webp"]
    names += ["/etc/passwd", page.cache, "", "\0", "a" * 5000, f"file://{secret}", "http://127.0.0.1:9/a.png"]
    for name in map(str, names):
        yield {"path": name}
        yield {"path": name} | META
    yield {"path": str(secret), "url": "http://127.0.0.1:9/a.png", "is_stream": True} | META


@pytest.mark.parametrize("name", PHOTO_CALLS)
def test_no_endpoint_opens_a_file_of_the_server(page, secret, name):
    answers = [page.call(name, *PHOTO_CALLS[name](photo)) for photo in ways_to(secret, page)]
    assert {(event, answer["error"][: len(REFUSED)]) for event, answer in answers} == {("error", REFUSED)}
    assert len({answer["error"] for _, answer in answers}) == 1


@pytest.mark.parametrize("kind", ["image", "canvas", "file"])
def test_none_of_the_page_s_functions_opens_a_file_of_the_server(page, secret, kind):
    shapes = {
        "image": [lambda file: file],
        "file": [lambda file: [file]],
        "canvas": [lambda file: {"photo": file, "strokes": []}, lambda file: {"strokes": [file]}],
    }[kind]
    handlers = list(page.handlers(kind))
    assert handlers
    for number, values, place in handlers:
        for shape in shapes:
            for file in ({"path": str(secret)}, {"path": str(secret)} | META, {"path": "/none.png"} | META):
                data = [*values[:place], shape(file), *values[place + 1 :]]
                success, output = page.handle(number, data, {"index": [0, 0], "value": None})
                assert (success, output["error"][: len(REFUSED)]) == (False, REFUSED)


def test_a_photo_that_was_uploaded_or_is_an_example_is_taken(page, uploaded):
    for photo in ({"path": uploaded}, {"path": uploaded} | META):
        assert page.call("latent", photo, "ir-best")[0] == "complete"
    assert page.call("latent", {"path": str(EXAMPLES / "horse.png")}, "ir-best")[0] == "complete"
    assert page.call("colorize_many", [{"path": uploaded} | META], "color-photo", 0.5)[1][1][0]["status"] == "done"


def test_what_the_server_made_is_taken(page, uploaded):
    _, (picture, _) = page.call("reconstruct", {"path": uploaded} | META, "ir-best")
    assert page.call("latent", picture, "ir-best")[0] == "complete"


def test_the_queue_cannot_be_passed_by(page, uploaded):
    data = PHOTO_CALLS["colorize"]({"path": uploaded} | META)
    for path in ("run/colorize", "api/colorize", "run/colorize/"):
        status, text = page.post(path, {"data": data})
        assert status == 404 and "queue" in text
    client = connect(page.url)
    assert client.predict(handle_file(EXAMPLES / "horse.png"), "ir-best", api_name="/latent")["shape"]


def test_the_page_s_own_functions_have_no_name(page):
    assert {function["api_name"] for function in page.functions if function["api_visibility"] == "private"} == {None}
    for name in ("show", "begin", "paint", "train", "end", "read", "None", "null"):
        assert page.post(f"call/{name}", {"data": []})[0] == 400


@pytest.mark.parametrize("path", ["/", "/config", f"{API}info", f"{API}file=/etc/passwd", "/none", "/theme.css"])
def test_every_answer_forbids_what_the_page_does_not_need(page, path):
    _, headers, _ = page.request("GET", path)
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == "'self' https://huggingface.co https://*.hf.space"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "X-Frame-Options" not in headers


def test_a_browser_keeps_what_is_named_after_its_content_and_nothing_else(page):
    script = re.search(r"assets/[\w.-]+\.js", page.request("GET", "/")[2])[0]
    assert "immutable" in page.request("GET", f"/{script}")[1]["Cache-Control"]
    for path in ("/", "/config", "/assets/none.js"):
        assert "immutable" not in page.request("GET", path)[1].get("Cache-Control", "")


@pytest.mark.parametrize("host", ["example.org", "example.org:7860", "127.0.0.1.example.org", "[", "localhost.example"])
def test_a_page_of_another_name_is_not_answered_on_loopback(page, host):
    status, _, text = page.request("GET", "/config", headers={"Host": host})
    assert status == 400 and "Expected the address of this machine" in text


@pytest.mark.parametrize("host", ["localhost", "localhost:7860", "127.0.0.1:1", "[::1]:7860"])
def test_this_machine_s_own_names_are_answered(page, host):
    assert page.request("GET", "/config", headers={"Host": host})[0] == 200


def test_the_description_names_no_path_of_the_server(page):
    for path in ("info", "info?all_endpoints=true", "openapi.json"):
        assert str(page.cache) not in page.request("GET", API + path)[2]


@pytest.mark.parametrize(
    "path, body",
    [
        ("call/nope", {"data": []}),
        ("call/v2/nope", {}),
        ("call/v2/colorize", []),
        ("call/v2/colorize", {"nope": 1}),
        ("call/models", {"data": [], "session_hash": ""}),
        ("call/models", {"data": [], "session_hash": "a" * 101}),
        ("call/models", {"data": {}}),
        ("call/models", "{"),
        ("call/models", "null"),
        ("call/models", b"\xff\xfe"),
        ("call/models", '{"data": ' + "[" * 5000 + "]" * 5000 + "}"),
        ("call/models", ""),
        ("call/models", "a" * 1_000_001),
        ("run/nope", {"data": []}),
        ("run/predict", {"data": [], "fn_index": 9999}),
        ("queue/join", {"data": [], "fn_index": 9999, "session_hash": "a"}),
        ("queue/join", {"data": [], "fn_index": -1, "session_hash": "a"}),
        ("queue/join", {"data": [], "fn_index": 1.5, "session_hash": "a"}),
        ("queue/join", {"data": [], "fn_index": 8, "session_hash": ""}),
        ("queue/join", {"data": [], "fn_index": 8, "session_hash": 5}),
        ("queue/join", {"data": [], "fn_index": 8, "session_hash": None}),
        ("queue/join", {"data": [], "fn_index": 8}),
        ("queue/join", {"data": [], "session_hash": "a"}),
        ("queue/join", "[]"),
        ("cancel", {}),
        ("component_server", {}),
        ("component_server", {"data": 1, "component_id": 99_999, "session_hash": "a", "fn_name": "a"}),
        ("component_server", {"data": 1, "component_id": 1, "session_hash": "a", "fn_name": "__init__"}),
        ("upload", "x"),
    ],
)
def test_bad_wiring_is_refused_with_a_short_sentence(page, path, body):
    status, text = page.post(path, body)
    assert 400 <= status < 500
    sentence = json.loads(text)["detail"]
    assert isinstance(sentence, str) and 10 < len(sentence) < 1000


def test_an_event_that_is_not_there_is_said_to_be_none(page):
    for path in (f"{API}call/colorize/nope", f"{API}queue/data?session_hash=nope"):
        status, _, text = page.request("GET", path)
        assert status == 200 and "404" in text


@pytest.mark.parametrize("path", ["file=http://127.0.0.1:9/", "file/http://127.0.0.1:9/", "proxy=http://127.0.0.1:9/"])
def test_the_server_fetches_nothing_for_others(page, path):
    assert page.request("GET", API + path)[0] == 403


def test_a_long_name_is_not_given_back(page, uploaded):
    photo, long = {"path": uploaded} | META, "a" * 500_000
    for name, data in {
        "latent": [photo, long],
        "architecture": [long],
        "colorize": [photo, long, "color-photo", False, 0.5, 1],
        "compare": [photo, long],
    }.items():
        event, answer = page.call(name, *data)
        assert event == "error" and 20 < len(answer["error"]) < 1000
    (number, *_) = [i for i, values, _ in page.handlers("textbox") if len(values) == 1]
    success, output = page.handle(number, [long])
    assert not success and "at most 120 characters" in output["error"]


@pytest.mark.parametrize("value", [None, "abc", [0.5], {}, True, float("nan"), float("inf")], ids=repr)
def test_a_number_of_a_wrong_kind_is_refused_by_name(page, uploaded, value):
    photo = {"path": uploaded} | META
    for name, data in {
        "colorize": [photo, "ir-best", "color-photo", True, value, 1],
        "colorize_many": [[photo], "color-photo", value],
    }.items():
        event, answer = page.call(name, *data)
        assert event == "error"
        assert answer["error"] == f"Expected a number for vividness. Received: {json.dumps(value)}"


def test_a_number_of_any_length_is_refused(page, uploaded):
    data = [{"path": uploaded} | META, "ir-best", "color-photo", True, 10**400, 1]
    event, answer = page.call("colorize", *data)
    assert event == "error" and answer["error"].startswith("Expected a vividness from 0 to 1. Received: 1000")


@pytest.mark.parametrize("photo", ["abc", 5, True, [], {"path": 5}, {"path": []}, [[]], {"url": 5}], ids=repr)
@pytest.mark.parametrize("name", PHOTO_CALLS)
def test_a_photo_of_a_wrong_kind_is_refused(page, name, photo):
    event, answer = page.call(name, *PHOTO_CALLS[name](photo))
    assert event == "error" and answer["error"].startswith("Expected a file")


@pytest.mark.parametrize("data", [[], [None]])
def test_missing_arguments_are_counted(page, data):
    event, answer = page.call("colorize", *data)
    assert event == "error" and answer["error"] == f"Expected 6 arguments. Received: {len(data)}"


@pytest.mark.parametrize("kind", ["slider", "dropdown", "radio", "checkboxgroup", "image", "canvas", "file"])
def test_the_page_s_functions_refuse_every_wrong_kind(page, kind):
    for number, values, place in page.handlers(kind):
        for value in ("abc", [1], {"path": {}, "strokes": [{}]}):
            data = [*values[:place], value, *values[place + 1 :]]
            success, output = page.handle(number, data, {"index": 0, "value": None})
            assert not success and output["error"].startswith("Expected "), (number, value, output)


@pytest.mark.parametrize("value", [1.5, 2.0, 0, 51, "3", None])
def test_epochs_and_channels_are_whole_numbers(page, value):
    kinds = [[page.components[i]["type"] for i in function["inputs"][:2]] for function in page.functions]
    train, values = next((i, values) for i, values, _ in page.handlers("slider") if kinds[i] == ["slider"] * 2)
    for place in (0, 5):  # the epochs, the first level's channels
        data = [*values[:place], value if place == 0 or value != 51 else 65, *values[place + 1 :]]
        success, output = page.handle(train, data)
        assert not success and re.match(r"Expected a whole number from 1 to (50|64) for ", output["error"])


@pytest.mark.parametrize("event_data", [None, {}, [], "a", {"index": 5}, {"index": "a", "value": 1}])
def test_a_click_that_was_none_is_refused(page, event_data):
    clicks = [function for function in page.functions if function["collects_event_data"]]
    assert clicks
    for function in clicks:
        data = [self["props"].get("value") for self in (page.components[i] for i in function["inputs"])]
        success, output = page.handle(function["id"], data, event_data)
        assert not success and output["error"].startswith("Expected ")


def test_an_unreadable_photo_is_told_why(page, tmp_path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR")
    path = connect(page.url).predict  # the client uploads
    with pytest.raises(Exception, match="This file is no photo|damaged"):
        path(handle_file(tmp_path / "a.png"), "ir-best", api_name="/latent")


def test_the_page_answers_while_strangers_call(page, secret):
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(page.call, "latent", photo, "ir-best") for photo in ways_to(secret, page)]
        assert page.request("GET", "/")[0] == 200
        assert {call.result()[0] for call in calls} == {"error"}
