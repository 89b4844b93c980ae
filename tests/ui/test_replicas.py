"""Two replicas behind nginx: what a visitor has stays whole when the other replica dies."""

import json
import re
import shutil
import socket
import subprocess
import uuid

import httpx
import pytest
from server import ROOT, start

from ae.ui.controls import EXAMPLES

pytestmark = pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed: apt-get install nginx-light")
TRAINING = [3, 1000, None, "own", 2, 3, 2, 1, 1, 1, "max", "gelu"]  # epochs, images, own ones, network


def free_port():
    """Returns one that no other test's server takes when it is free again: those count up from 7860."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def proxy(tmp_path):
    """Yields a function that starts nginx, with this repository's file, before two pages, and returns its address."""
    running = []

    def begin(*pages):
        port = free_port()
        text = (ROOT / "nginx.conf").read_text().replace("listen 80;", f"listen 127.0.0.1:{port};")
        for name, page in zip("ab", pages):
            text = text.replace(f"page-{name}:7860", httpx.URL(page).netloc.decode())
        (tmp_path / "replicas.conf").write_text(text)
        own = "".join(
            f"{kind}_temp_path {tmp_path / kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (tmp_path / "main.conf").write_text(
            f"daemon off; pid {tmp_path / 'pid'}; error_log stderr warn; events {{}}"
            f"http {{ access_log off; {own} include {tmp_path / 'replicas.conf'}; }}"
        )
        command = ["nginx", "-p", tmp_path, "-c", tmp_path / "main.conf"]
        subprocess.run([*command, "-t"], check=True, capture_output=True)
        running.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
        url = f"http://127.0.0.1:{port}"
        transport = httpx.HTTPTransport(retries=10)  # until it listens
        with httpx.Client(transport=transport, timeout=600) as client:
            assert client.get(url).status_code == 200
        return url

    yield begin
    for process in running:
        process.terminate()
        process.wait()


def visitor(url, replica):
    return httpx.Client(base_url=url, cookies={"replica": replica}, timeout=600)


def upload(client, name):
    answer = client.post("/gradio_api/upload", files={"files": (name, (EXAMPLES / name).read_bytes())})
    return {"path": answer.raise_for_status().json()[0], "meta": {"_type": "gradio.FileData"}}


def call(client, endpoint, *arguments):
    """Returns what an endpoint answers."""
    event = client.post(f"/gradio_api/call/{endpoint}", json={"data": arguments}).raise_for_status().json()["event_id"]
    answer = client.get(f"/gradio_api/call/{endpoint}/{event}").text
    return json.loads(re.search("event: complete\ndata: (.*)", answer)[1])


def train(client):
    """Begins a training as the page does; returns its session."""
    config = client.get("/config").json()
    [button] = [c["id"] for c in config["components"] if c["props"].get("elem_id") == "train-start"]
    [function] = [f["id"] for f in config["dependencies"] if [button, "click"] in f["targets"]]
    session = uuid.uuid4().hex
    body = {"data": TRAINING, "fn_index": function, "session_hash": session}
    client.post("/gradio_api/queue/join", json=body).raise_for_status()
    return session


def download(client, path):
    return client.get(f"/gradio_api/file={path}")


def test_a_visitor_keeps_all_he_has_when_the_other_replica_dies(proxy, tmp_path):
    folders = [tmp_path / name for name in "ab"]
    with (
        start(GRADIO_TEMP_DIR=str(folders[0])) as (_, first, _),
        start("--port", str(free_port()), GRADIO_TEMP_DIR=str(folders[1])) as (other, second, _),
    ):
        url = proxy(first, second)
        stays, loses = visitor(url, "a"), visitor(url, "b")
        for client, folder in zip((stays, loses), folders):
            assert upload(client, "horse.png")["path"].startswith(str(folder))
        photo = upload(stays, "tabby.jpg")
        picture = call(stays, "reconstruct", photo, "ir-best")[0]["path"]
        before = download(stays, picture).content
        epochs, session = [], train(stays)
        with stays.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as events:
            for line in events.iter_lines():
                epochs += re.findall(r"(\d) of 3", line)[:1]
                if epochs and other.poll() is None:
                    other.kill()
                    other.wait()
                if "process_completed" in line:
                    ended = json.loads(line.removeprefix("data: "))
        assert ended["success"] and set(epochs) >= {"3"}
        assert download(stays, picture).content == before
        assert call(stays, "reconstruct", photo, "ir-best")[0]["path"].startswith(str(folders[0]))
        assert loses.get("/").status_code == 200  # he begins anew
        assert upload(loses, "horse.png")["path"].startswith(str(folders[0]))
        stranger = httpx.get(url, headers={"User-Agent": "anybody"})
        assert re.match("replica=[ab];", stranger.headers["set-cookie"])
