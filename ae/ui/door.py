"""The server's door: which requests come in, and what every answer tells the browser to forbid."""

import ipaddress
import json
import os
from contextlib import suppress
from urllib.parse import urlsplit

from fastapi.exceptions import RequestValidationError
from gradio.route_utils import FnIndexInferError
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import JSONResponse

from ae.photo.intake import MAX_PHOTOS

# Gradio's page runs scripts of its own HTML and of its events' `js`, and shows what it makes from blob: and data:.
# Hugging Face frames a Space, whose page asks there for the Space's state.
HUGGING_FACE = "https://huggingface.co https://*.hf.space"
HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'self'",
            "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' data: blob:",
            "font-src 'self' data:",
            "worker-src 'self' blob:",
            f"connect-src 'self' data: blob: {HUGGING_FACE}",
            f"frame-ancestors 'self' {HUGGING_FACE}",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
        )
    ),
    "X-Content-Type-Options": "nosniff",
}
NAMED_AFTER_CONTENT = "/assets/"  # the page's scripts and styles: a browser that has one need not ask for it again
API = "/gradio_api/"
FILES = ("upload", "process_recording")  # their bodies have a limit of Gradio's own
CLOSED = ("file=http", "file/http", "proxy=", "deep_link")  # fetch for strangers, or keep a file for each request
MAX_NAMED = MAX_PHOTOS + 50  # files in a request: there may be some besides the photos
MAX_BYTES = 1_000_000  # of a request that brings no files: a call of 200 photos by name has 60,000
MAX_BYTES_OF = {"mcp": 100_000_000}  # an assistant's photos
NOT_A_CALL = (
    f"Expected a call of one of the functions that {API}info lists, with the arguments it names there, in a session "
    "whose name has 1 to 100 characters. Reload the page, or correct the request."
)


def guard(host=None, share=False):
    """Returns the `app_kwargs` of `launch` that put the door before a page at the address `host`, as `launch` has it.

    On a loopback address it takes only requests to this machine's own name: a page of another site may give its name
    our address (DNS rebinding). `share` gives the page a name of its own.
    """
    host = host or os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1")
    hosts = {"localhost", "127.0.0.1", "::1", host} if _is_loopback(host) and not share else None
    return {
        "middleware": [Middleware(Door, hosts=hosts)],
        "exception_handlers": {RequestValidationError: _wrong_form},
    }


class Door:
    """An ASGI middleware. `hosts` are the names that a request's Host header may have (None: any)."""

    def __init__(self, app, hosts=None):
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        path, headers, started = scope["path"].removeprefix(API), Headers(scope=scope), False

        async def answer(message):
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                MutableHeaders(scope=message).update(HEADERS)
                if message["status"] == 200 and scope["path"].startswith(NAMED_AFTER_CONTENT):
                    MutableHeaders(scope=message)["Cache-Control"] = "public, max-age=31536000, immutable"
                if message["status"] == 500 and path.startswith(("run/", "api/")):
                    message["status"] = 400  # Gradio's status for an argument that a function has refused
            await send(message)

        try:
            self._check_host(headers.get("host", ""))
            if scope["path"].startswith(API) and path.startswith(CLOSED):
                raise HTTPException(403, "This server fetches and keeps nothing for others. Upload the file itself.")
            if scope["method"] == "POST" and not _brings_files(path, headers):
                receive = await _checked(receive, MAX_BYTES_OF.get(path.split("/")[0], MAX_BYTES))
            await self.app(scope, receive, answer)
        except HTTPException as error:
            await JSONResponse({"detail": error.detail}, error.status_code)(scope, receive, answer)
        except (FnIndexInferError, LookupError, TypeError, ValueError):
            # Functions run in the queue, and answer there: what fails here is what a request names or how it is formed.
            if started or scope["method"] != "POST" or not scope["path"].startswith(API):
                raise
            await JSONResponse({"detail": NOT_A_CALL}, 400)(scope, receive, answer)
        except RuntimeError as error:
            if not isinstance(error.__cause__, HTTPException):
                raise
            await send({"type": "http.response.body"})  # Gradio has told the stream of events that there is none

    def _check_host(self, host):
        if self.hosts is None:
            return
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            name = None
        if name not in self.hosts:
            raise HTTPException(
                400,
                f"Expected the address of this machine, such as http://localhost. Received: {host[:100]}. For other "
                "names start the page with --host 0.0.0.0.",
            )


def _brings_files(path, headers):
    return path.startswith(FILES) and headers.get("content-type", "").startswith("multipart/form-data")


async def _checked(receive, most):
    """Returns `receive`, to begin again, of a body of no more than `most` bytes that names no impossible session."""
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > most:
            raise HTTPException(413, f"Expected a request of at most {most:,} bytes. Upload files first and name them.")
    if body.count(b'"path"') > MAX_NAMED:
        raise HTTPException(413, f"Expected a request that names {MAX_PHOTOS} files or fewer. Give them in parts.")
    with suppress(ValueError, RecursionError):  # what is not JSON is told so further in
        request = json.loads(body)
        session = request.get("session_hash") if isinstance(request, dict) else None
        if isinstance(session, str) and not 1 <= len(session) <= 100:
            raise HTTPException(400, NOT_A_CALL)
    read = [{"type": "http.request", "body": bytes(body)}]

    async def again():
        return read.pop() if read else await receive()

    return again


async def _wrong_form(request, error):
    """What is wrong with a request's form, without giving back what it brought."""
    wrong = "; ".join(f"{'.'.join(map(str, part['loc']))[:100]}: {part['msg'][:200]}" for part in error.errors()[:3])
    return JSONResponse({"detail": f"The form of this request is not as expected: {wrong}."}, 422)


def _is_loopback(host):
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
