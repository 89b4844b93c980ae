"""The server's own folder: held to a budget, and nothing left of a server that is gone."""

import os
import subprocess
import sys
import tempfile
import time

import pytest
from server import ROOT

from ae.ui.disk import AGE_S, UNTOUCHED_S, Folder

HOLDS = "from ae.ui.disk import Folder; folder = Folder(); print(folder.files, flush=True); input()"


@pytest.fixture
def root(tmp_path, monkeypatch):
    for name, value in (("GRADIO_TEMP_DIR", tmp_path), ("TMPDIR", tmp_path)):
        monkeypatch.setenv(name, str(value))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


@pytest.fixture
def folder(root):
    folder = Folder()
    yield folder
    folder.remove()
    assert list(root.iterdir()) == []


def put(path, size=10, age_s=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    os.utime(path, (time.time() - age_s,) * 2)
    return path


def test_gradio_and_temporary_files_go_there(folder):
    from gradio.utils import get_upload_folder

    assert get_upload_folder() == str(folder.files)
    assert os.path.dirname(tempfile.mkdtemp()) == os.environ["TMPDIR"] == str(folder.work)
    assert oct(folder.files.parent.stat().st_mode & 0o777) == "0o700"


def test_the_oldest_go_first_and_only_as_many_as_must(folder):
    paths = [put(folder.files / name / f"{name}.png", 100, age_s) for name, age_s in zip("abcd", (40, 30, 20, 10))]
    weights = put(folder.work / "visitors-hub-1" / "blobs" / "1", 100, 50)
    training = put(folder.work / "autoencoder-1" / "model.weights.h5", 1000, 99)
    folder.sweep(250, time.time())
    assert [path.exists() for path in paths] == [False, False, True, True]
    assert not weights.exists() and training.exists()


def test_no_more_files_are_left_than_can_be_looked_at(folder):
    paths = [put(folder.files / name / f"{name}.png", age_s=age_s) for name, age_s in zip("abc", (10, 30, 20))]
    folder.sweep(1000, time.time(), most_files=2)
    assert [path.exists() for path in paths] == [True, False, True]


def test_what_a_day_has_passed_over_goes_and_so_do_empty_folders(folder):
    old, new = put(folder.files / "a" / "old.png", age_s=AGE_S + 9), put(folder.files / "b" / "new.png")
    for empty, age_s in ((folder.files / "c" / "d", UNTOUCHED_S + 9), (folder.files / "e", 0)):
        empty.mkdir(parents=True)
        os.utime(empty, (time.time() - age_s,) * 2)
    folder.sweep(1000, time.time())
    assert not old.exists() and new.exists()
    assert not (folder.files / "c" / "d").exists() and (folder.files / "e").exists()


def test_an_upload_that_was_broken_off_goes_and_one_at_hand_stays(folder):
    broken_off, at_hand = put(folder.files / "tmp1", age_s=20), put(folder.files / "tmp2", age_s=5)
    folder.sweep(1000, time.time() - 10)
    assert not broken_off.exists() and at_hand.exists()


def test_a_folder_that_was_emptied_is_made_again_and_still_held(folder):
    for path in (folder.files, folder.work):
        path.rmdir()
    (folder.files.parent / "lock").unlink()
    folder.hold()
    other = Folder()
    assert folder.files.is_dir() and folder.work.is_dir()
    other.remove()


def test_what_a_killed_server_left_goes_and_a_live_one_keeps_its_own(root):
    servers = [
        subprocess.Popen([sys.executable, "-c", HOLDS], cwd=ROOT, stdin=-1, stdout=-1, text=True) for _ in range(2)
    ]
    try:
        photos = []
        for server in servers:
            photos.append(root / server.stdout.readline().strip() / "photo.png")
            photos[-1].write_bytes(b"mine")
        servers[0].kill()
        servers[0].wait()
        new = Folder()
        assert [photo.exists() for photo in photos] == [False, True]
        new.remove()
    finally:
        for server in servers:
            server.kill()
            server.communicate()
