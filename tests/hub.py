"""A Hugging Face Hub on loopback: as much of its HTTP as the client needs to download, create, upload and commit.

As on the real one, a commit holds `.h5` and picture files by their SHA-256 alone: they are uploaded to, and
downloaded from, a store of its own host that must not see the client's token.
"""

import base64
import hashlib
import json
import re
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.parse import unquote, urlsplit

BINARY = (".h5", ".jpg", ".jpeg", ".png", ".webp")
TOKEN = "hf_loopback"


class Hub:
    """`repos` maps "models/USER/REPO" or "spaces/USER/REPO" to {commit: {path: bytes}} and its branches.

    `failures` maps "USER/REPO" to what goes wrong: a status (401, 403, 404, 500), "gated", "hang" (no answer),
    "trickle" (a byte now and then), "short" (half of the file, said to be all), "cut" (the connection breaks off
    1,000 bytes before the end, then works), "huge" (a file said to have 20,000,001 bytes).
    `requests` lists (method, host, path, headers) in order.
    """

    def __init__(self):
        self.repos, self.failures, self.stored, self.requests = {}, {}, {}, []
        self.released = Event()
        self._listen(0)
        self.port = self.server.server_port
        self.endpoint = f"http://127.0.0.1:{self.port}"

    def _listen(self, port):
        self.server = ThreadingHTTPServer(("127.0.0.1", port), type("Handler", (Handler,), {"hub": self}))
        self.server.daemon_threads = True
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self):
        """Stops listening and lets go of the clients that hang."""
        self.released.set()
        self.server.shutdown()
        self.server.server_close()

    @contextmanager
    def down(self):
        """Refuses every connection for a while."""
        self.server.shutdown()
        self.server.server_close()
        yield
        self._listen(self.port)

    def commit(self, repo_id, files, branch="main", kind="models", deleted=()):
        """Adds a commit with these {path: bytes} on top of the branch and returns its 40 digits."""
        repo = self.repos.setdefault(f"{kind}/{repo_id}", {"commits": {}, "branches": {}})
        tree = dict(repo["commits"].get(repo["branches"].get(branch), {})) | files
        for path in deleted:
            del tree[path]
        parent = repo["branches"].get(branch, "")
        commit = hashlib.sha1(repr((parent, branch, sorted(tree.items()))).encode()).hexdigest()
        repo["commits"][commit] = tree
        repo["branches"][branch] = commit
        return commit

    def files(self, repo_id, kind="models"):
        """Returns the {path: bytes} of the default branch."""
        repo = self.repos[f"{kind}/{repo_id}"]
        return repo["commits"][repo["branches"]["main"]] if repo["branches"] else {}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.hub.requests.append((self.command, self.headers["Host"], self.path, self.headers))
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = unquote(urlsplit(self.path).path)
        for pattern, answer in ROUTES:
            if match := re.fullmatch(pattern, path):
                return answer(self, *match.groups())
        self.answer(404, {"error": f"no route for {path}"})

    do_HEAD = do_POST = do_PUT = do_GET

    def log_message(self, *_):
        pass

    def answer(self, status, content=None, **headers):
        body = b"" if content is None else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": len(body), **headers}.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def is_refused(self, repo_id):
        """Answers with the repository's failure, if that is to answer with an error."""
        failure = self.hub.failures.get(repo_id)
        if failure == "hang":
            self.hub.released.wait()
        elif failure == "gated":
            self.answer(403, X_Error_Code="GatedRepo")
        elif failure in (401, 404):
            self.answer(failure, X_Error_Code="RepoNotFound", X_Error_Message="Repository not found")
        elif isinstance(failure, int):
            self.answer(failure)
        else:
            return False
        return True

    def resolve(self, kind, repo_id, revision, path):
        if self.is_refused(repo_id):
            return
        repo = self.hub.repos.get(f"{(kind or 'models/')}{repo_id}")
        if repo is None:
            signed_in = "Authorization" in self.headers
            return self.answer(404 if signed_in else 401, X_Error_Code="RepoNotFound")
        commit = repo["branches"].get(revision, revision)
        if commit not in repo["commits"]:
            return self.answer(404, X_Error_Code="RevisionNotFound")
        content = repo["commits"][commit].get(path)
        if content is None:
            return self.answer(404, X_Error_Code="EntryNotFound", X_Repo_Commit=commit)
        oid = hashlib.sha256(content).hexdigest()
        self.hub.stored[oid] = content
        huge = self.hub.failures.get(repo_id) == "huge"
        self.answer(
            302,
            Location=f"http://localhost:{self.hub.port}/store/{repo_id}/{oid}",
            X_Repo_Commit=commit,
            X_Linked_Etag=f'"{oid}"',
            X_Linked_Size=20_000_001 if huge else len(content),
        )

    def store(self, repo_id, oid):
        if self.command == "PUT":
            assert hashlib.sha256(self.body).hexdigest() == oid
            self.hub.stored[oid] = self.body
            return self.answer(200)
        content = self.hub.stored[oid]
        failure = self.hub.failures.get(repo_id)
        if failure == "short":
            content = content[: len(content) // 2]
        start = int(re.match(r"bytes=(\d+)-", self.headers.get("Range", "bytes=0-"))[1])
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        if failure == "trickle":
            for sent in range(1, len(content)):
                self.wfile.write(content[sent - 1 : sent])
                if self.hub.released.wait(0.2):
                    break
            self.wfile.write(content[sent:])
        elif failure == "cut":
            del self.hub.failures[repo_id]
            self.wfile.write(content[:-1000])
        else:
            self.wfile.write(content[start:])

    def create(self):
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.answer(401, {"error": "Invalid username or password."})
        wanted = json.loads(self.body)
        repo_id = f"{wanted['organization']}/{wanted['name']}"
        if self.is_refused(repo_id):
            return
        kind = wanted.get("type", "model") + "s"
        url = f"{self.hub.endpoint}/{'spaces/' if kind == 'spaces' else ''}{repo_id}"
        if f"{kind}/{repo_id}" in self.hub.repos:
            return self.answer(409, {"error": "You already created this repo", "url": url})
        self.hub.repos[f"{kind}/{repo_id}"] = {"commits": {}, "branches": {}, "sdk": wanted.get("sdk")}
        self.answer(200, {"url": url})

    def validate(self):
        wrong = "license: unheard-of" in json.loads(self.body)["content"]
        errors = [{"message": '"license" must be one of those known'}] if wrong else []
        self.answer(400 if wrong else 200, {"errors": errors, "warnings": []})

    def tree(self, kind, repo_id, revision):
        files = self.hub.files(repo_id, kind)
        self.answer(200, [{"type": "file", "path": path, "oid": "0" * 40, "size": len(files[path])} for path in files])

    def preupload(self, kind, repo_id, revision):
        self.answer(
            200,
            {
                "files": [
                    {
                        "path": file["path"],
                        "uploadMode": "lfs" if file["path"].endswith(BINARY) else "regular",
                        "shouldIgnore": False,
                    }
                    for file in json.loads(self.body)["files"]
                ]
            },
        )

    def batch(self, kind, repo_id):
        url = f"http://localhost:{self.hub.port}/store/{repo_id}"
        objects = [
            entry | {"actions": {"upload": {"href": f"{url}/{entry['oid']}"}}}
            for entry in json.loads(self.body)["objects"]
        ]
        self.answer(200, {"transfer": "basic", "objects": objects})

    def receive_commit(self, kind, repo_id, revision):
        files, deleted = {}, []
        for line in self.body.splitlines():
            entry = json.loads(line)
            value = entry["value"]
            if entry["key"] == "lfsFile":
                files[value["path"]] = self.hub.stored[value["oid"]]
            elif entry["key"] == "file":
                if value["path"].endswith(BINARY):
                    return self.answer(400, {"error": "binary files must be uploaded to the store"})
                files[value["path"]] = base64.b64decode(value["content"])
            elif entry["key"] == "deletedFile":
                deleted.append(value["path"])
        commit = self.hub.commit(repo_id, files, revision, kind, deleted)
        prefix = "spaces/" if kind == "spaces" else ""
        url = f"{self.hub.endpoint}/{prefix}{repo_id}/commit/{commit}"
        self.answer(200, {"commitUrl": url, "commitOid": commit})


REPO = r"([^/]+/[^/]+)"
ROUTES = [
    (r"/api/repos/create", Handler.create),
    (r"/api/validate-yaml", Handler.validate),
    (rf"/api/(models|spaces)/{REPO}/tree/([^/]+)", Handler.tree),
    (rf"/api/(models|spaces)/{REPO}/preupload/([^/]+)", Handler.preupload),
    (rf"/api/(models|spaces)/{REPO}/commit/([^/]+)", Handler.receive_commit),
    (rf"/store/{REPO}/([0-9a-f]+)", Handler.store),
    (rf"/(spaces/)?{REPO}\.git/info/lfs/objects/batch", Handler.batch),
    (rf"/(spaces/)?{REPO}/resolve/(.+?)/(.+)", Handler.resolve),
]
