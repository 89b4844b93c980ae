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
from ae.training import child, line
from ae.training.line import Line

MODEL = "own-2-4-k1-max-tanh"
LONGEST = 50
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
# What the line asks of its children, without a network: of 50 epochs it makes one and then waits to be ended, of 49
# until its folder is gone.
SCRIPT = """
import json, pathlib, sys, time
from PIL import Image
model_id, epochs, images, folder, memory_bytes = sys.argv[1:]
pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
for epoch in range(1, int(epochs) + 1):
    copy = pathlib.Path(folder, f"{epoch:06d}")
    copy.mkdir()
    (copy / model_id).mkdir()
    history = {"model": model_id, "epochs": [{"epoch": n, "seconds": 2} for n in range(1, epoch + 1)]}
    (copy / model_id / "history.json").write_text(json.dumps(history))
    Image.new("RGB", (128, 32), (epoch, 0, 0)).save(copy / "pictures.png")
    print(json.dumps({"epoch": copy.name}), flush=True)
    if epochs == "50":
        sys.stdin.read()
    while epochs == "49" and pathlib.Path(folder).exists():
        time.sleep(0.01)
sys.exit(int(images) % 1000 // 10)
"""
PARENT = f"""
import sys
from ae.training.line import LINE
run = LINE.train("me", "{MODEL}", {LONGEST}, 2000)
next(run)
print(LINE._line[0].process.pid, LINE._folders["me"].name, flush=True)
next(step for step in run if step.history)
print("an epoch", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def make_line():
    """Returns a function that makes a `Line` whose children are scripts, or with the command of the page."""
    lines = []

    def make(command=(sys.executable, "-c", SCRIPT), **limits):
        lines.append(Line(command, **limits))
        return lines[-1]

    yield make
    for one in lines:
        for visitor in list(one._folders):
            one.discard(visitor)
        assert one._line == []


@pytest.fixture
def visitors(make_line):
    return make_line()


@pytest.fixture
def trainings(make_line):
    """The page's own: they train."""
    return make_line(line.CHILD)


def train(of, visitor, epochs=LONGEST, images=2000):
    return of.train(visitor, MODEL, epochs, images)


def process_of(of, visitor):
    return next(run.process for run in of._line if run.visitor == visitor)


def test_a_training_on_ones_own_images_to_its_end(trainings):
    own = np.random.default_rng(0).integers(0, 256, (444, 32, 32, 3), np.uint8)
    everything = list(train(trainings, "me", epochs=2, images=own))
    told = [(epoch, done, of) for epoch, done, of, _ in (each.step for each in everything if each.step)]
    assert told == sorted(told) and told[0] == (1, 4, 13)  # long before the first epoch is through
    assert all(loss > 0 for *_, loss in (each.step for each in everything if each.step))
    steps = [each for each in everything if not each.step]
    assert [len(step.history["epochs"]) if step.history else 0 for step in steps] == [0, 1, 2, 2]
    assert [step.ended for step in steps] == [None, None, None, "finished"]
    last = steps[-1]
    assert steps[1].seconds_left > 0 and last.history["model"] == MODEL and last.place == 0
    assert last.history["run"]["images"] == 400  # every tenth is for validation
    assert not list(last.folder.parent.rglob(child.OWN_IMAGES))
    assert json.loads((last.folder / MODEL / "history.json").read_text()) == last.history
    assert not (last.folder.parent / "work").exists()

    model = load(MODEL, Source(last.folder))
    made = model.predict_on_batch(child.photos().astype(np.float32) / 255)
    for picture, image in zip(last.pictures, made, strict=True):
        assert np.abs(np.asarray(picture).astype(int) - np.asarray(to_image(image))).max() <= 1


@LINUX
def test_a_training_at_its_limit_of_memory_keeps_its_last_epoch(trainings):
    import resource

    run = train(trainings, "me")
    next(run)
    process = process_of(trainings, "me")
    next(step for step in run if step.history)
    limit, most = resource.prlimit(process.pid, resource.RLIMIT_DATA)
    assert limit <= line.MEMORY_BYTES
    resource.prlimit(process.pid, resource.RLIMIT_DATA, (2**27, most))  # less than it has
    *_, last = run
    assert last.ended == "broken" and process.returncode not in (0, None) and trainings._line == []
    assert last.history["run"]["images"] == 2000  # of CIFAR-10's
    assert json.loads((last.folder / MODEL / "history.json").read_text()) == last.history
    load(MODEL, Source(last.folder))


def test_a_killed_server_leaves_no_process_and_no_files():
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    process, root = parent.stdout.readline().split()
    assert parent.stdout.readline() == "an epoch\n"
    os.kill(int(process), 0)
    parent.send_signal(signal.SIGKILL)
    parent.communicate()  # stderr ends when the last process that has it does
    assert list(Path(root).iterdir()) == []
    Path(root).rmdir()


def test_the_last_run_stays_until_there_is_another(visitors):
    *_, last = train(visitors, "me", epochs=3)
    assert last.ended == "finished" and len(last.history["epochs"]) == 3
    assert [picture.getpixel((0, 0)) for picture in last.pictures] == [(3, 0, 0)] * 4
    again = [train(visitors, "me"), train(visitors, "me")]
    next(again[0])
    again[0].close()
    assert last.folder.exists()  # it may be in use until there is another
    next(again[1])
    again[1].close()
    assert not last.folder.exists()


def test_the_time_left_is_that_of_the_epochs_to_come_within_the_limit(make_line):
    steps = list(train(make_line(), "me", epochs=3))
    assert [step.seconds_left for step in steps] == [None, 4, 2, 0, None]
    steps = list(train(make_line(seconds=3), "me", epochs=3))
    assert 0 < steps[1].seconds_left < 3


def test_a_stopped_run_keeps_its_last_epoch(visitors):
    run = train(visitors, "me")
    next(run)
    process = process_of(visitors, "me")
    next(run)
    visitors.stop("me")
    *_, last = run
    assert last.ended == "stopped" and process.returncode is not None
    assert json.loads((last.folder / MODEL / "history.json").read_text()) == last.history
    root = Path(visitors._folders["me"].name)
    visitors.discard("me")
    assert not root.exists()


def test_everybody_can_be_stopped_at_once(visitors):
    runs = [train(visitors, name) for name in "abc"]
    for run in runs:
        next(run)
    visitors.stop()
    assert [list(run)[-1].ended for run in runs] == ["stopped"] * 3


def test_two_at_once_and_the_others_in_line(visitors):
    runs = {name: train(visitors, name) for name in "abcde"}
    assert [next(run).place for run in runs.values()] == [0, 0, 1, 2, 3]
    with ThreadPoolExecutor() as pool:
        moved_up = pool.submit(next, runs["e"])
        visitors.stop("d")  # in line
        assert moved_up.result().place == 2
        assert next(runs["d"]).ended == "stopped"
        moved_up = pool.submit(next, runs["c"]), pool.submit(next, runs["e"])
        visitors.stop("a")
        assert [future.result().place for future in moved_up] == [0, 1]
    *_, last = runs["a"]
    assert last.ended == "stopped"
    processes = [process_of(visitors, name) for name in "bc"]
    assert all(process.poll() is None for process in processes)
    for run in runs.values():
        run.close()
    assert all(process.poll() is not None for process in processes)


def test_one_run_a_visitor(visitors):
    run = train(visitors, "me")
    next(run)
    with pytest.raises(ValueError, match="training a model already. Stop it"):
        next(train(visitors, "me"))
    run.close()


def test_a_full_line_is_refused(make_line):
    visitors = make_line(runs=2, waiting=3)
    runs = [train(visitors, name) for name in range(5)]
    assert [next(run).place for run in runs] == [0, 0, 1, 2, 3]
    with pytest.raises(ValueError, match="3 others are waiting .* Try again"):
        next(train(visitors, "one more"))
    for run in reversed(runs):
        run.close()


def test_a_run_out_of_time_ends_even_if_it_hangs(make_line):
    visitors = make_line(seconds=2)
    run = train(visitors, "me")
    next(run)
    process_of(visitors, "me").send_signal(signal.SIGSTOP)
    assert [step.ended for step in run][-1] == "out of time"


def test_a_killed_run_says_so(visitors):
    run = train(visitors, "me")
    next(run)
    process_of(visitors, "me").kill()
    *_, last = run
    assert last.ended == "broken"


@pytest.mark.parametrize("status, ended", [(0, "finished"), (child.OUT_OF_DISK, "out of disk"), (1, "broken")])
def test_how_a_run_ends_is_told_by_its_status(visitors, status, ended):
    *_, last = train(visitors, "me", epochs=2, images=1000 + 10 * status)
    assert last.ended == ended and len(last.history["epochs"]) == 2 and last.folder.exists()


def test_a_run_whose_folder_is_removed_ends_and_the_next_one_can_start(visitors):
    run = train(visitors, "me", epochs=49)
    next(run)
    next(run)
    root = Path(visitors._folders["me"].name)
    while root.exists():  # the process is writing into it
        shutil.rmtree(root, ignore_errors=True)
    *_, last = run
    assert last.ended in ("out of disk", "broken") and last.folder is None
    *_, last = train(visitors, "me", epochs=1)
    assert last.ended == "finished" and last.folder.exists()


@pytest.mark.skipif("AE_DATA" not in os.environ, reason="AE_DATA names no folder with CIFAR-10")
def test_a_run_on_more_images_than_the_sample_has(trainings):
    assert child.most_images() == 50_000
    _, first, _, last = train(trainings, "me", epochs=2, images=10_000)
    assert 0 < first.seconds_left <= line.SECONDS
    assert last.ended == "finished" and last.folder.exists()


def test_data_that_cannot_be_read_is_told(trainings, tmp_path, monkeypatch):
    monkeypatch.setenv("AE_DATA", str(tmp_path))
    run = train(trainings, "me", images=50_000)
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
def test_limits(visitors, model_id, epochs, images, message, monkeypatch):
    monkeypatch.delenv("AE_DATA", raising=False)
    with pytest.raises(ValueError, match=message):
        next(visitors.train("me", model_id, epochs, images))
