import json
import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from ae.image.photos import to_image
from ae.models.weights import Source, load
from ae.training import live

MODEL = "own-2-4-k1-max-tanh"
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
PARENT = f"""
import sys
from ae.training import live
run = live.train("me", "{MODEL}", 50, 2000)
next(run)
print(live._line[0].process.pid, live._folders["me"].name, flush=True)
next(run)
print("an epoch", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def no_run_left():
    yield
    for visitor in list(live._folders):
        live.discard(visitor)
    assert live._line == []


def train(visitor, epochs=50, images=2000):
    """As long a run as there can be: what is done to it is done before its end."""
    return live.train(visitor, MODEL, epochs, images)


def process_of(visitor):
    return next(run.process for run in live._line if run.visitor == visitor)


def test_a_run_to_its_end():
    steps = list(train("me", epochs=2, images=40))
    assert [len(step.history["epochs"]) if step.history else 0 for step in steps] == [0, 1, 2, 2]
    assert [step.ended for step in steps] == [None, None, None, "finished"]
    last = steps[-1]
    assert steps[1].seconds_left > 0 and last.history["model"] == MODEL and last.place == 0
    assert json.loads((last.folder / MODEL / "history.json").read_text()) == last.history

    model = load(MODEL, Source(last.folder))
    made = model.predict_on_batch(live.photos().astype(np.float32) / 255)
    for picture, image in zip(last.pictures, made, strict=True):
        assert np.abs(np.asarray(picture).astype(int) - np.asarray(to_image(image))).max() <= 1

    again = [train("me"), train("me")]
    next(again[0])
    again[0].close()
    assert last.folder.exists()  # it may be in use until there is another
    next(again[1])
    again[1].close()
    assert not last.folder.exists()


def test_a_stopped_run_keeps_its_last_epoch():
    run = train("me")
    next(run)
    process = process_of("me")
    next(run)
    if sys.platform == "linux":
        import resource

        assert resource.prlimit(process.pid, resource.RLIMIT_DATA)[0] <= live.MEMORY_BYTES
    live.stop("me")
    *_, last = run
    assert last.ended == "stopped" and process.returncode is not None
    assert json.loads((last.folder / MODEL / "history.json").read_text()) == last.history
    load(MODEL, Source(last.folder))
    root = Path(live._folders["me"].name)
    live.discard("me")
    assert not root.exists()


def test_two_at_once_and_the_others_in_line():
    runs = {name: train(name) for name in "abcde"}
    assert [next(run).place for run in runs.values()] == [0, 0, 1, 2, 3]
    with ThreadPoolExecutor() as pool:
        moved_up = pool.submit(next, runs["e"])
        live.stop("d")  # in line
        assert moved_up.result().place == 2
        assert next(runs["d"]).ended == "stopped"
        moved_up = pool.submit(next, runs["c"]), pool.submit(next, runs["e"])
        live.stop("a")
        assert [future.result().place for future in moved_up] == [0, 1]
    assert next(runs["a"]).ended == "stopped"
    processes = [process_of(name) for name in "bc"]
    assert all(process.poll() is None for process in processes)
    for run in runs.values():
        run.close()
    assert all(process.poll() is not None for process in processes)


def test_one_run_a_visitor():
    run = train("me")
    next(run)
    with pytest.raises(ValueError, match="training a model already. Stop it"):
        next(train("me"))
    run.close()


def test_a_full_line_is_refused():
    runs = [train(name) for name in range(live.RUNS + live.LINE)]
    assert [next(run).place for run in runs][-1] == live.LINE
    with pytest.raises(ValueError, match="10 others are waiting .* Try again"):
        next(train("one more"))
    for run in reversed(runs):
        run.close()


def test_a_killed_server_leaves_no_process_and_no_files():
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    child, root = parent.stdout.readline().split()
    assert parent.stdout.readline() == "an epoch\n"
    os.kill(int(child), 0)
    parent.send_signal(signal.SIGKILL)
    parent.communicate()  # stderr ends when the last process that has it does
    assert list(Path(root).iterdir()) == []
    Path(root).rmdir()


def test_a_run_out_of_time_ends_even_if_it_hangs(monkeypatch):
    monkeypatch.setattr(live, "SECONDS", 5)
    run = train("me")
    next(run)
    process_of("me").send_signal(signal.SIGSTOP)
    assert [step.ended for step in run] == ["out of time"]


def test_a_killed_run_says_so():
    run = train("me")
    next(run)
    process_of("me").kill()
    *_, last = run
    assert last.ended == "broken"


@LINUX
def test_a_run_that_needs_too_much_memory_ends(monkeypatch):
    monkeypatch.setattr(live, "MEMORY_BYTES", 2**27)
    *_, last = train("me")
    assert last.ended == "broken" and last.folder is None


@LINUX
def test_a_run_at_its_limit_of_memory_keeps_its_last_epoch():
    import resource

    run = train("me")
    next(run)
    process = process_of("me")
    next(run)
    _, most = resource.prlimit(process.pid, resource.RLIMIT_DATA)
    resource.prlimit(process.pid, resource.RLIMIT_DATA, (2**27, most))  # less than it has
    *_, last = run
    assert last.ended == "broken" and process.returncode not in (0, None) and live._line == []
    assert json.loads((last.folder / MODEL / "history.json").read_text()) == last.history
    load(MODEL, Source(last.folder))


def test_a_run_whose_folder_is_removed_ends_and_the_next_one_can_start():
    run = train("me")
    next(run)
    next(run)
    shutil.rmtree(live._folders["me"].name)
    *_, last = run
    assert last.ended == "out of disk" and last.folder is None
    *_, last = train("me", epochs=1, images=40)
    assert last.ended == "finished" and last.folder.exists()


@pytest.mark.skipif("AE_DATA" not in os.environ, reason="AE_DATA names no folder with CIFAR-10")
def test_a_run_on_more_images_than_the_sample_has():
    assert live.most_images() == 50_000
    _, first, _, last = train("me", epochs=2, images=10_000)
    assert 0 < first.seconds_left <= live.SECONDS
    assert last.ended == "finished" and last.folder.exists()


def test_data_that_cannot_be_read_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("AE_DATA", str(tmp_path))
    run = train("me", images=50_000)
    next(run)
    with pytest.raises(ValueError, match="data_batch_1.bin.*cifar-10-binary"):
        next(run)


@pytest.mark.parametrize(
    "model_id, epochs, images, message",
    [
        ("nothing", 1, 10, "Expected one of the models"),
        ("own-999-k3-max-relu", 1, 10, "1 to 64 channels"),
        ("color-photo", 1, 10, "not trained on CIFAR-10"),
        (MODEL, 0, 10, "Expected 1 to 50 epochs. Received: 0"),
        (MODEL, 51, 10, "Expected 1 to 50 epochs. Received: 51"),
        (MODEL, 1, 0, "Expected 10 to 2,000 training images"),
        (MODEL, 1, 15, "in tens. Received: 15"),
        (MODEL, 1, 2010, "Received: 2010"),
    ],
)
def test_limits(model_id, epochs, images, message, monkeypatch):
    monkeypatch.delenv("AE_DATA", raising=False)
    with pytest.raises(ValueError, match=message):
        next(live.train("me", model_id, epochs, images))
