"""The life of the server: whom it still works for, what it keeps of visitors and for how long, and how it ends.

Gradio keeps every session, goes on with what nobody waits for and ends in the midst of things. The `Keeper` looks once
a second who is there, which it knows from the streams that are open, and tidies up after those who are not.
"""

import asyncio
import os
import signal
import sys
import threading
import time
import traceback
from collections import Counter
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from urllib.parse import parse_qs

import anyio
from gradio.context import LocalContext
from gradio.data_classes import PredictBodyInternal
from gradio.route_utils import Request, call_process_api
from gradio.server_messages import ProcessCompletedMessage
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse

from ae.training.line import LINE
from ae.ui.disk import BUDGET_BYTES, Folder
from ae.ui.door import API

WAITED_S = 6  # for somebody to ask for what was begun
UNCLAIMED_S = 60  # for a result that is there
RETURN_S = 3600  # for somebody whose page is closed: as Gradio has it
RETURNING = 50  # sessions of those who are gone, of 0.4 MB each
END_S = 30
LAST_S = 2  # to fetch the pictures of an answer
RESTS = 10  # times as long as it took to look through the disk, before that is done again
MAX_UPLOADING_BYTES = 1000**3  # of all that is on its way in
CLOSING = "The server is about to end, perhaps to start anew. Try again in a minute."
CROWDED = "Others are uploading as much as this server can take at once. Try again in a minute."


def check_wanted(*_):
    """Raises ValueError when the function of the page, or of its API, that calls it has nobody any more to answer."""
    page, event_id = LocalContext.blocks.get(None), LocalContext.event_id.get(None)
    event = page and page._queue.event_ids_to_events.get(event_id)
    if event and not event.alive:
        raise ValueError("Nobody waits for this any more.")


class Keeper:
    """Keeps a server whose files take at most `budget_bytes`. SIGTERM and SIGINT then only ask it to end."""

    def __init__(self, budget_bytes=BUDGET_BYTES):
        self.middleware = [Middleware(Watch, keeper=self)]
        self.closing = False
        self.changed = True  # something may be new on the disk
        self._ending = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._ending.set())
        self._budget_bytes = budget_bytes
        self._folder = Folder()
        self._there = Counter()  # {session or event: open streams}
        self._returning = set()  # sessions of a page, or of a program of Gradio's, which stay for more than an answer
        self._seen = {}  # {session or event: when it was last there}
        self._uploads = []  # those at hand: [when it began, bytes]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._folder.remove()

    def keep(self, page):
        """Returns when the server is asked to end and has ended: what runs is done, or `END_S` seconds are over."""
        while not self._ending.wait(1):
            pass
        print("Ending: what runs is finished first.", flush=True)
        self._ending.clear()  # asked again, it waits no longer
        asyncio.run_coroutine_threadsafe(self._finish(page), self._loop).result()
        page.server.config.timeout_graceful_shutdown = 1
        page.close(verbose=False)

    def leave(self):
        """Ends the process, whatever its threads are still doing: nothing of theirs is to be left behind."""
        self._folder.remove()
        sys.stdout.flush()
        os._exit(0)

    @contextmanager
    def visit(self, name, returns=False):
        """While a stream is open for the session or the event of that name; whoever `returns` finds it as it was."""
        if returns:
            self._returning.add(name)
        self._there[name] += 1
        try:
            yield
        finally:
            self._there -= Counter([name])
            self._seen[name] = time.monotonic()

    @contextmanager
    def upload(self):
        """While files come in. Yields a function to call with the bytes that did, which raises HTTPException."""
        record = [time.time(), 0]

        def count(size):
            record[1] += size
            if record[1] > MAX_UPLOADING_BYTES:
                raise HTTPException(
                    413, f"Expected at most {MAX_UPLOADING_BYTES:,} bytes at once. Upload them in parts."
                )
            if sum(size for _, size in self._uploads) > MAX_UPLOADING_BYTES:
                raise HTTPException(503, CROWDED)

        self._uploads.append(record)
        try:
            yield count
        finally:
            self._uploads = [other for other in self._uploads if other is not record]
            self.changed = True

    @asynccontextmanager
    async def lifespan(self, app):
        """That of the server's event loop, as `launch` takes it."""
        self._loop = asyncio.get_running_loop()
        tidying = asyncio.create_task(self._tidy(app))
        yield
        tidying.cancel()

    async def _tidy(self, app):
        swept = took = 0
        while True:
            await asyncio.sleep(1)
            try:
                await self._look(app)
                if time.monotonic() - swept > ((1 + RESTS) * took if self.changed else UNCLAIMED_S):
                    self.changed, swept = False, time.monotonic()
                    since = min((begun for begun, _ in self._uploads), default=time.time())
                    self._folder.hold()
                    self.changed |= await anyio.to_thread.run_sync(self._folder.sweep, self._budget_bytes, since)
                    took = time.monotonic() - swept
            except Exception:
                traceback.print_exc()  # and go on: without it nothing has a bound

    async def _look(self, app):
        queue, now = app.get_blocks()._queue, time.monotonic()
        events = list(queue.event_ids_to_events.values())
        self.changed |= bool(events or self._uploads)
        for event in events:
            names = event.session_hash, event._id
            last = max(self._seen.get(name, event.enqueue_time) for name in names)
            is_there = any(self._there[name] for name in names)
            if not event.alive or not is_there and now - last > WAITED_S:
                await self._abandon(app, event)
        self._forget(app, queue, now)

    async def _abandon(self, app, event):
        """Takes the event out of the line, or ends it as soon as it asks, and the training of its session at once."""
        session, page = event.session_hash, app.get_blocks()
        await page._queue.clean_events(event_id=event._id)
        body = PredictBodyInternal(session_hash=session, data=[], request=event.request)
        request = Request(event.request, session_hash=session)
        for function in list(page.fns.values()):
            if any(target == "unload" for _, target in function.targets):  # as if a page had been closed
                await call_process_api(app, body, request, function, root_path="")

    def _forget(self, app, queue, now):
        """Forgets sessions that are over, and the oldest of those who may come back."""
        sessions, at_work = app.state_holder, {event.session_hash for event in queue.event_ids_to_events.values()}
        known = {*sessions.session_data, *queue.pending_event_ids_session, *queue.pending_messages_per_session}
        gone = []
        for session in known:
            if not self._there[session] and session not in at_work:
                gone.append((self._seen.setdefault(session, now), session))
        gone.sort(reverse=True)
        for place, (seen, session) in enumerate(gone):
            kept_s = RETURN_S if session in self._returning else UNCLAIMED_S
            if place >= RETURNING or now - seen > kept_s:
                sessions.delete_state(session)
                sessions.session_data.pop(session, None)
                sessions.time_last_used.pop(session, None)
            if now - seen > UNCLAIMED_S:
                queue.pending_event_ids_session.pop(session, None)
                queue.pending_messages_per_session.pop(session, None)
        kept = sessions.session_data.keys() | queue.pending_event_ids_session.keys() | self._there.keys()
        self._seen = {name: seen for name, seen in self._seen.items() if name in kept or now - seen < UNCLAIMED_S}
        self._returning &= kept
        for files in app.get_blocks().temp_file_sets:
            files.clear()  # Gradio's notes of what is on the disk: we look ourselves

    async def _finish(self, page):
        queue, deadline = page._queue, time.monotonic() + END_S
        self.closing = True
        LINE.stop()
        async with queue.delete_lock:
            for line in queue.event_queue_per_concurrency_id.values():
                while line.queue:
                    event = line.queue.pop()
                    refusal = ProcessCompletedMessage(output={"error": CLOSING}, success=False)
                    queue.send_message(event, refusal)
                    queue.event_ids_to_events.pop(event._id, None)
        ran = bool(queue.event_ids_to_events)
        while queue.event_ids_to_events and time.monotonic() < deadline and not self._ending.is_set():
            await asyncio.sleep(0.05)
        await asyncio.sleep(LAST_S if ran else 0.1)
        LINE.stop()


class Watch:
    """An ASGI middleware that tells the `keeper` who is there and what comes in."""

    def __init__(self, app, keeper):
        self.app = app
        self.keeper = keeper

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        keeper, parts = self.keeper, scope["path"].removeprefix(API).strip("/").split("/")
        match [scope["method"], *parts]:
            case "GET", "queue", "data":
                [session, *_] = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])
                watched = keeper.visit(session)
            case "GET", "heartbeat", session:
                watched = keeper.visit(session, returns=True)
            case ("GET", "call", _, event) | ("GET", "call", "v2", _, event):
                watched = keeper.visit(event)
            case "POST", *_ if keeper.closing:
                return await JSONResponse({"detail": CLOSING}, 503)(scope, receive, send)
            case "POST", ("upload" | "process_recording"):
                return await self._upload(scope, receive, send)
            case _:
                watched = nullcontext()
        keeper.changed |= scope["method"] == "POST"
        with watched:
            await self.app(scope, receive, send)

    async def _upload(self, scope, receive, send):
        with self.keeper.upload() as count:

            async def counted():
                message = await receive()
                count(len(message.get("body", b"")))
                return message

            with suppress(ClientDisconnect):
                await self.app(scope, counted, send)
