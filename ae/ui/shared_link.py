"""The page's HTML: what a link shows where it is shared (Open Graph, ogp.me), and made once, for it is everybody's."""

import re
from html import escape
from pathlib import Path
from urllib.parse import parse_qs

from gradio.route_utils import get_root_url
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

from ae.ui import texts

PICTURE = Path(__file__).with_name("screenshot.png")
OTHER_PAGES = {"page", "deep_link"}  # what Gradio makes another page of; the rest is the browser's to read
KEPT = 8  # pages, of 0.6 MB each: one for every address under which the server is known
GRADIOS = re.compile(rb'<meta\s+(?:property="og:|name="twitter:)[^>]*>')  # its own name and picture, twice


def announce(app_kwargs):
    """Returns the `app_kwargs` of `launch` for a page that says in its head what it is."""
    return app_kwargs | {
        "middleware": [*app_kwargs.get("middleware", []), Middleware(Announced)],
        "routes": [Route("/preview.png", lambda request: FileResponse(PICTURE)), *app_kwargs.get("routes", [])],
    }


def tags(root):
    """Returns the HTML for the head of the page at the address `root`, under which those who preview it know it."""
    facts = {
        "title": texts.TITLE,
        "description": texts.SHARED,
        "image": f"{root}/preview.png",
        "image:alt": texts.SHARED_ALT,
        "url": root,
        "type": "website",
    }
    lines = [f'<meta property="og:{name}" content="{escape(text)}">' for name, text in facts.items()]
    lines += ['<meta name="twitter:card" content="summary_large_image">']
    return "".join([*lines, f'<meta name="description" content="{escape(texts.SHARED)}">'])


class Announced:
    """An ASGI middleware that puts the tags in the place of Gradio's, and keeps the page, which takes Gradio 70 ms."""

    def __init__(self, app):
        self.app = app
        self._pages = {}  # {address: (the message that begins the answer, its body)}

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] != "/":
            return await self.app(scope, receive, send)
        root, begun, body = get_root_url(Request(scope), "/", None), None, bytearray()
        is_everybodys = OTHER_PAGES.isdisjoint(parse_qs(scope["query_string"].decode("latin-1")))

        async def answer(message):
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = message
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            page = GRADIOS.sub(b"", bytes(body)).replace(b"<head>", b"<head>" + tags(root).encode(), 1)
            MutableHeaders(scope=begun)["content-length"] = str(len(page))
            if begun["status"] == 200 and is_everybodys:
                self._pages[root] = begun | {"headers": tuple(begun["headers"])}, page
                while len(self._pages) > KEPT:
                    del self._pages[next(iter(self._pages))]
            await _send(begun, page, send)

        if is_everybodys and root in self._pages:
            return await _send(*self._pages[root], send)
        await self.app(scope, receive, answer)


async def _send(begun, page, send):
    await send(begun | {"headers": list(begun["headers"])})  # others add to them
    await send({"type": "http.response.body", "body": page})
