"""One budget of memory for all photos that are being worked on, whoever gave them: what does not fit waits its turn."""

import ctypes
import threading
from collections import deque
from concurrent.futures import Future
from contextlib import contextmanager, suppress

from ae.image.photos import count_pixels

PIXELS = 60_000_000  # the largest photo, and some small ones beside it
LEAST_SHARE = 4_000_000  # what a network takes besides the photo's own pixels


class Budget:
    """First come, first served. A share is had for the time of a `with`, and given back however that ends.

    Whoever has a share must not ask for another one: two that did would wait for each other.
    """

    def __init__(self, pixels):
        self._most = self._free = pixels
        self._lock = threading.Lock()
        self._waiting = deque()  # (Future, pixels)

    @contextmanager
    def share(self, pixels):
        """Waits for a share of so many pixels; what is more than there is counts as all."""
        turn, pixels = self._ask(pixels)
        try:
            turn.result()
            yield
        finally:
            self._give_back(turn, pixels)

    def _ask(self, pixels):
        turn, pixels = Future(), min(max(pixels, LEAST_SHARE), self._most)
        with self._lock:
            self._waiting.append((turn, pixels))
            self._serve()
        return turn, pixels

    def _give_back(self, turn, pixels):
        with self._lock:
            if not turn.cancel() and not turn.cancelled():
                self._free += pixels
            self._serve()

    def _serve(self):
        while self._waiting:
            turn, pixels = self._waiting[0]
            if not turn.cancelled():
                if pixels > self._free:
                    return
                if turn.set_running_or_notify_cancel():
                    self._free -= pixels
                    turn.set_result(None)
            self._waiting.popleft()


MEMORY = Budget(PIXELS)


def share_for(path):
    """The share of `MEMORY` that the photo in the file `path` needs, a context; raises `PhotoError` as `open_photo`."""
    return MEMORY.share(count_pixels(path))


# Once glibc has seen blocks as large as Pillow's, it keeps what is freed, gigabytes in the end: let it give that back.
M_MMAP_THRESHOLD, LARGE_BYTES = -3, 4 * 1024**2
# But not what is free at the end of a thread's memory at once: to have it back page by page took longer than to use it.
M_TRIM_THRESHOLD, KEPT_BYTES = -1, 16 * 1024**2
with suppress(OSError, AttributeError):  # on another system
    for option, size in (M_MMAP_THRESHOLD, LARGE_BYTES), (M_TRIM_THRESHOLD, KEPT_BYTES):
        ctypes.CDLL(None).mallopt(option, size)
