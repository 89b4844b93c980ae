import json
import re
import time
import urllib.error
import urllib.request

from gradio_client import handle_file
from PIL import Image
from server import connect, serve

from ae.models.architecture import import_keras
from ae.models.weights import Source
from ae.ui import texts
from ae.ui.controls import EXAMPLES
from ae.ui.health import LOADING, STARTING, State


def get(url):
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def value(metrics, name):
    return sum(float(number) for number in re.findall(rf"^{re.escape(name)} (\S+)$", metrics, re.MULTILINE))


def ready(url):
    """Asks until the models answer; returns the (status, reason) of every answer before."""
    before, until = [], time.monotonic() + 600
    while time.monotonic() < until:
        status, text = get(f"{url}/healthz")
        if status == 200:
            assert json.loads(text) == {"ready": True, "reason": ""}
            return before
        before.append((status, json.loads(text)["reason"]))
    raise AssertionError(f"the models did not answer: {before[-1]}")


def test_a_server_answers_before_tensorflow_tells_how_it_is_and_says_nothing_of_what_it_is_given(tmp_path):
    path = tmp_path / "my-grandmother.png"
    Image.open(EXAMPLES / "horse.png").save(path)
    with serve(PYTHONPROFILEIMPORTTIME="1") as (url, log):
        assert texts.TITLE in get(url)[1]
        assert (503, LOADING) in (before := ready(url)) and set(before) <= {(503, STARTING), (503, LOADING)}
        before = get(f"{url}/metrics")[1]
        client = connect(url)
        client.predict(handle_file(path), as_report=True, api_name="/colorize")
        assert get(f"{url}/my-grandmother")[0] == 404
        after = get(f"{url}/metrics")[1]
    answers = next(number for number, line in enumerate(log) if "Running on local URL" in line)
    imports = [number for number, line in enumerate(log) if re.search(r"\| +(tensorflow|keras)\b", line)]
    assert answers < imports[0]
    upload = 'ae_requests_total{route="/gradio_api/upload",status="200"}'
    assert value(after, upload) == value(before, upload) + 1
    for stage in ("decode", "reconstruct", "colorize", "compare", "encode"):
        assert value(after, f'ae_stage_seconds_total{{stage="{stage}"}}') > 0
    assert value(after, "ae_models_in_memory") >= 2 and value(after, "ae_cache_bytes") > 0
    assert value(after, "ae_queue_waiting") == value(after, "ae_queue_running") == 0
    assert "process_resident_memory_bytes" in after
    said = "".join(log)
    assert re.search(r"POST /gradio_api/upload 200 \d+\.\d{3} s \d+ bytes", said)
    assert "grandmother" not in said + after and client.session_hash not in said + after


def test_models_that_do_not_answer_are_told_and_asked_again(monkeypatch):
    import_keras()
    monkeypatch.setattr("ae.ui.health._ask", lambda source: 1 / 0)
    state = State(Source())
    until = time.monotonic() + 60
    while (reason := state.reason()) == LOADING and time.monotonic() < until:
        pass
    assert reason == "The models do not answer: division by zero"
    monkeypatch.setattr("ae.ui.health._ask", lambda source: None)
    while (reason := state.reason()) == LOADING and time.monotonic() < until:
        pass
    assert reason == ""
