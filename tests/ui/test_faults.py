"""What breaks under a running server: its disk is full, read-only or emptied; it says so, and goes on afterwards."""

import errno
import io
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from client import META, Page
from PIL import Image
from server import start

from ae.ui.controls import EXAMPLES

ON_A_DISK = """#!/bin/sh
exec unshare -r -m sh -c 'mount -t tmpfs -o size=8m tmpfs "$GRADIO_TEMP_DIR" && exec "$0" "$@"' {python} "$@"
"""
TRY = "mount -t tmpfs tmpfs /mnt"


def _can_mount():
    try:
        return subprocess.run(["unshare", "-r", "-m", "sh", "-c", TRY], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


pytestmark = pytest.mark.skipif(not _can_mount(), reason="this system lets nobody mount a disk of his own")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """(page, the cache folder as the server sees it, process): a server whose files are on a disk of 8 MB."""
    folder = tmp_path_factory.mktemp("disk")
    python = folder / "python"
    python.write_text(ON_A_DISK.format(python=sys.executable))
    python.chmod(0o755)
    cache = folder / "cache"
    cache.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "executable", str(python))
        started = start(GRADIO_TEMP_DIR=str(cache))
        process, url, log = started.__enter__()
    try:
        yield Page(url, log, cache), Path(f"/proc/{process.pid}/root{cache}"), process
    finally:
        started.__exit__(None, None, None)
    assert "Traceback" not in "".join(log), "".join(log)


def photo(number):
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(number).integers(0, 255, (200, 300, 3), np.uint8)).save(file, "png")
    return file.getvalue()


def inside(process, *command):
    """Runs a command where the server sees its disk."""
    enter = ["nsenter", "-t", str(process.pid), "-U", "-m", "--preserve-credentials"]
    return subprocess.run([*enter, *command], check=True)


def reconstruct(page, given):
    return page.call("reconstruct", given, "ir-best")


def test_a_full_disk_is_told_and_the_server_goes_on_when_there_is_room(server):
    page, cache, _ = server
    given = page.upload("a.png", photo(1))
    assert reconstruct(page, given)[0] == "complete"
    fill = cache / "fill"
    with pytest.raises(OSError) as full, fill.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(10_000))
    assert full.value.errno == errno.ENOSPC
    event, answer = reconstruct(page, given)
    assert event == "error" and "No space left on device" in answer["error"] and str(cache) not in answer["error"]
    assert page.request("GET", "/")[0] == 200
    fill.unlink()
    assert reconstruct(page, given)[0] == "complete"
    assert reconstruct(page, page.upload("b.png", photo(2)))[0] == "complete"


def test_a_read_only_folder_is_told(server):
    page, cache, process = server
    example = {"path": str(EXAMPLES / "horse.png")} | META
    [files] = (page.cache / folder.relative_to(cache) for folder in cache.glob("*/files"))
    inside(process, "mount", "-t", "tmpfs", "-o", "ro", "tmpfs", files)
    event, answer = reconstruct(page, example)
    assert event == "error" and "Read-only file system" in answer["error"]
    assert page.call("models")[0] == "complete"
    inside(process, "umount", files)
    assert reconstruct(page, example)[0] == "complete"


def test_a_cache_that_is_gone_is_made_again(server):
    page, cache, _ = server
    given = page.upload("d.png", photo(4))
    for folder in cache.iterdir():
        shutil.rmtree(folder)
    event, answer = reconstruct(page, given)
    assert event == "error" and "Choose it again" in answer["error"]
    assert reconstruct(page, page.upload("e.png", photo(5)))[0] == "complete"
