"""Starts the page as a person does, `python app.py`, and waits until it answers."""

import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

ROOT = Path(__file__).parent.parent


class Log(list):
    """The lines that a server has written, with its process."""

    process = None

    def resident_bytes(self):
        """How much of the memory the server's process has now."""
        fields = Path(f"/proc/{self.process.pid}/statm").read_text().split()
        return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


def connect(url):
    """Returns Gradio's client of a running page, which waits for a busy machine, too."""
    from gradio_client import Client  # it imports the Hub's client, whose address the tests set first

    return Client(url, verbose=False, httpx_kwargs={"timeout": 600})


@contextmanager
def serve(*options, **environment):
    """Yields (url, log) of a running `app.py` on a free loopback port; the log's lines are all there afterwards."""
    with start(*options, **environment) as (_, url, log):
        yield url, log


@contextmanager
def start(*options, **environment):
    """Yields (process, url, log) as `serve` does, for those who end the process themselves."""
    command = [sys.executable, "-u", ROOT / "app.py", "--host", "127.0.0.1", *options]
    url, log = Future(), Log()

    def read(said):
        """To the end: a server whose output nobody reads stands still once the pipe is full."""
        for line in said:
            log.append(line)
            if "public link" in line:  # until then Gradio itself asks the page, and gives up where it has no answer
                url.set_result(re.search("local URL: *(.*)", "".join(log))[1])
        if not url.done():
            url.set_exception(AssertionError("the page did not start:\n" + "".join(log)))

    with tempfile.TemporaryDirectory() as cache:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"GRADIO_TEMP_DIR": cache} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        log.process = process
        reader = Thread(target=read, args=[process.stdout])
        reader.start()
        try:
            yield process, url.result(timeout=600), log
        finally:
            process.kill()
            process.wait()
            reader.join()
            process.stdout.close()
