"""How the server is: /healthz for whoever starts it again, /metrics for Prometheus, a line in the log for a request."""

import logging
import os
import sys
import threading
import time
from contextlib import suppress
from itertools import chain

import numpy as np
from gradio.utils import get_upload_folder
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ae import stages
from ae.models.cache import MODELS
from ae.models.hub import start
from ae.models.weights import Source
from ae.photo import pipeline
from ae.photo.colorizer import Colorizer

LOG = logging.getLogger("ae.requests")
STARTING = "The page is starting. Ask again in a few seconds."
LOADING = "The models are being loaded. Ask again in a few seconds."

REQUESTS = Counter("ae_requests", "Requests answered.", ["route", "status"])
ERRORS = Counter("ae_errors", "Requests that the server failed to answer: status 500 and above.", ["route"])
SECONDS = Histogram("ae_request_seconds", "From a request's arrival to the end of its answer.", ["route"])


def watch(app_kwargs, page, source=Source()):
    """Returns the `app_kwargs` of `page.launch` with /healthz, /metrics and the log added.

    GET /healthz answers 200 once the default models of `source` have answered, 503 with the reason before; the
    first one after the page is up has them loaded. GET /metrics is text for Prometheus.
    """
    if not LOG.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        LOG.addHandler(handler)
        LOG.setLevel(logging.INFO)
        LOG.propagate = False
    registry = CollectorRegistry()
    registry.register(_Collector(page))

    def metrics(request):
        return Response(generate_latest(REGISTRY) + generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    routes = [Route("/healthz", State(source).healthz), Route("/metrics", metrics)]
    return app_kwargs | {
        "middleware": [Middleware(Watch), *app_kwargs.get("middleware", [])],
        "routes": [*routes, *app_kwargs.get("routes", [])],
    }


class State:
    """Whether the models of a source answer; they are asked when the first one wants to know."""

    def __init__(self, source):
        self._source, self._answer, self._lock = source, None, threading.Lock()

    async def healthz(self, request):
        reason = self.reason()
        return JSONResponse({"ready": not reason, "reason": reason}, 503 if reason else 200)

    def reason(self):
        """Returns why the models do not answer, "" if they do; after a failure they are asked again the next time."""
        with self._lock:
            if "keras" not in sys.modules:  # the page imports it once it is up; until then this would hold it up
                return STARTING
            if self._answer is None:
                self._answer = start(_ask, self._source)
            if not self._answer.done():
                return LOADING
            error = self._answer.exception()
            if error is None:
                return ""
            self._answer = None
            return f"The models do not answer: {error}"


class Watch:
    """An ASGI middleware that counts, times and logs requests, by the route that Gradio has for them.

    A route says what is asked for, as in /gradio_api/file={path}: no name of a file, of a session or of a picture.
    """

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        began, status, sent = time.perf_counter(), 500, 0

        async def answer(message):
            nonlocal status, sent
            status = message.get("status", status)
            sent += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, answer)
        finally:
            route, seconds = _route(scope), time.perf_counter() - began
            REQUESTS.labels(route, status).inc()
            SECONDS.labels(route).observe(seconds)
            if status >= 500:
                ERRORS.labels(route).inc()
            LOG.info("%s %s %d %.3f s %d bytes", scope["method"], route, status, seconds, sent)


class _Collector:
    """What is only looked up when it is asked for."""

    def __init__(self, page):
        self._page = page

    def collect(self):
        seconds = CounterMetricFamily("ae_stage_seconds", "Spent in a stage of the work.", labels=["stage"])
        times = CounterMetricFamily("ae_stage_times", "How often a stage was through.", labels=["stage"])
        for stage, (number, total) in list(stages.TOTALS.items()):
            seconds.add_metric([stage], total)
            times.add_metric([stage], number)
        yield from (seconds, times)
        queue = self._page._queue  # Gradio tells this nowhere else
        running = sum(len(job) for job in queue.active_jobs if job)
        yield GaugeMetricFamily("ae_queue_waiting", "Calls that wait for their turn.", len(queue))
        yield GaugeMetricFamily("ae_queue_running", "Calls that are being worked on.", running)
        yield GaugeMetricFamily("ae_models_in_memory", "Networks that are loaded.", MODELS.loaded)
        yield GaugeMetricFamily("ae_cache_bytes", "Files of visitors on the disk.", bytes_below(get_upload_folder()))


def _ask(source):
    pipeline.predict(pipeline.DEFAULT_RECONSTRUCTOR, np.zeros((1, 32, 32, 3), np.float32), source)
    Colorizer.load(pipeline.DEFAULT_COLORIZER, source).chroma(np.zeros((1, 32, 32, 1), np.float32))


def _route(scope):
    if scope["path"] in ("/healthz", "/metrics"):
        return scope["path"]
    return getattr(scope.get("route"), "path", "") or "other"


def bytes_below(folder):
    """Returns how many bytes all in the folder has; files and folders may go while they are counted."""
    total = 0
    for at, *names in os.walk(folder):
        for name in chain(*names):
            with suppress(FileNotFoundError):
                total += os.lstat(os.path.join(at, name)).st_size
    return total
