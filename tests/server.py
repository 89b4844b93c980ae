"""Starts the page as a person does, `python app.py`, and waits until it answers."""
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent


@contextmanager
def serve(*options):
    """Yields (url, process) of a running `app.py` on a free loopback port."""
    command = [sys.executable, "-u", ROOT / "app.py", "--host", "127.0.0.1", *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if match := re.search(r"http://127\.0\.0\.1:\d+", line):
                yield match.group(), process
                return
        raise AssertionError("the page did not start:\n" + "".join(said))
    finally:
        process.kill()
        process.communicate()
