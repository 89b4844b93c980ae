"""How long the stages of the work take, summed since the start of the process."""

import threading
import time
from contextlib import contextmanager

TOTALS = {}  # {stage: (how often it was through, seconds in all)}

_lock = threading.Lock()


@contextmanager
def stage(name):
    """Counts what is done inside, or by the function that it decorates, as a stage of that name, failures included."""
    began = time.perf_counter()
    try:
        yield
    finally:
        seconds = time.perf_counter() - began
        with _lock:
            times, total = TOTALS.get(name, (0, 0.0))
            TOTALS[name] = times + 1, total + seconds
