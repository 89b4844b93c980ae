"""A program that speaks to a running page with raw requests, as a stranger's may."""

import http.client
import json
import re
import uuid
from urllib.parse import urlsplit

META = {"meta": {"_type": "gradio.FileData"}}
API = "/gradio_api/"


class Page:
    """Speaks to a running page as any program may, with raw requests."""

    def __init__(self, url, log, cache):
        self.url, self.log, self.cache = url, log, cache
        config = json.loads(self.request("GET", "/config")[2])
        self.functions = config["dependencies"]
        self.components = {component["id"]: component for component in config["components"]}
        (self.canvas,) = (i for i, c in self.components.items() if c["props"].get("elem_id") == "hand-editor")

    def request(self, method, path, body=None, headers=()):
        """Returns (status, headers, text) of a request as it is written here."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=600)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} | dict(headers))
            response = connection.getresponse()
            return response.status, response.headers, response.read().decode()
        finally:
            connection.close()

    def post(self, path, body):
        status, _, text = self.request("POST", API + path, body if isinstance(body, (str, bytes)) else json.dumps(body))
        return status, text

    def call(self, name, *data):
        """Returns (event, answer) of an endpoint: "complete" or "error", and its data; "refused", and why."""
        return self.call_with(name, json.dumps(data))

    def call_with(self, name, data):
        """As `call`, with the arguments as JSON, or as what pretends to be JSON."""
        status, text = self.post(f"call/{name}", f'{{"data": {data}}}'.encode("utf-8", "surrogatepass"))
        if status != 200:
            assert 400 <= status < 500, text
            return "refused", json.loads(text)["detail"]
        _, _, events = self.request("GET", f"{API}call/{name}/{json.loads(text)['event_id']}")
        event, data = re.findall(r"event: (\w+)\ndata: (.*)\n", events)[-1]
        return event, json.loads(data)

    def handle(self, number, data, event_data=None, session=None):
        """Returns (success, output) of one of the page's own functions, called as the page calls it.

        A session knows what its calls have put into its states; without one it is a new visitor's.
        """
        session = session or uuid.uuid4().hex
        body = {"data": data, "fn_index": number, "session_hash": session, "event_data": event_data}
        status, text = self.post("queue/join", body)
        assert status == 200, text
        _, _, events = self.request("GET", f"{API}queue/data?session_hash={session}")
        messages = [json.loads(line.removeprefix("data: ")) for line in events.splitlines() if line]
        last = [message for message in messages if message["msg"] == "process_completed"][-1]
        return last["success"], last["output"]

    def open_hand_tab(self):
        """Returns the session of a visitor who has the first photo before him in "Color by hand"."""
        session = uuid.uuid4().hex
        [tab] = [i for i, component in self.components.items() if component["props"].get("id") == "hand"]
        for is_next in (
            lambda function: [tab, "select"] in function["targets"],
            lambda function: self.canvas in function["outputs"] and len(function["inputs"]) > 1,
        ):
            function = next(f for f in self.functions if f["backend_fn"] and is_next(f))
            success, output = self.handle(function["id"], [None] * len(function["inputs"]), session=session)
            assert success, output
        return session

    def upload(self, name, content):
        """Returns the file as the page names it afterwards."""
        head = f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode()
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        _, _, text = self.request("POST", f"{API}upload", head + content + b"\r\n--x--\r\n", headers)
        return {"path": json.loads(text)[0]} | META

    def handlers(self, kind):
        """Yields (number, values, place) of the page's functions with an input of that kind, and where it is."""
        for function in self.functions:
            inputs = [self.components[i] for i in function["inputs"]]
            if function["backend_fn"] and function["api_visibility"] == "private":
                values = [component["props"].get("value") for component in inputs]
                for place, component in enumerate(inputs):
                    if component["type"] == kind or component["id"] == self.canvas and kind == "canvas":
                        yield function["id"], values, place


PHOTO_CALLS = {
    "colorize": lambda photo: [photo, "ir-residual-s", "color-photo", False, 0.5, 1],
    "colorize_like": lambda photo: [photo, photo, 1, "color-photo", 0.5],
    "reconstruct": lambda photo: [photo, "ir-residual-s"],
    "compare": lambda photo: [photo, "reconstruct"],
    "latent": lambda photo: [photo, "ir-best"],
    "features": lambda photo: [photo, "ir-best"],
    "neighbors": lambda photo: [photo, "ir-best"],
    "walk": lambda photo: [photo, photo, "ir-best"],
    "colorize_many": lambda photo: [[photo], "color-photo", 0.5],
}
