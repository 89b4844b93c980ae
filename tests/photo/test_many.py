import csv
import io
import os
import random
import signal
import subprocess
import sys
import threading
import zipfile
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from command import run
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from same import same_picture
from server import ROOT, connect

from ae.image.photos import open_photo
from ae.photo.colorizer import Colorizer
from ae.photo.intake import gather, safe_name, walk
from ae.photo.many import Run, colorize_into, colorize_many, time_left
from ae.photo.outcomes import CSV_COLUMNS, Outcome, read_csv, to_csv
from ae.ui.controls import EXAMPLES

MODEL = "color-report"  # the quickest


def small(path, size=(24, 16), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(len(path.name)).integers(0, 256, (size[1], size[0], 3), np.uint8)
    Image.fromarray(pixels).save(path, **options)
    return path


def colorized(path):
    return Colorizer.load(MODEL).process(open_photo(path))


def broken(path, kind=0):
    """Four ways in which a file is none: empty, text, cut off, none at all."""
    photo = small(path.with_name("whole.png"), (64, 64))
    content = photo.read_bytes()
    photo.unlink()
    if kind < 3:
        path.write_bytes([b"", b"no photo", content[: len(content) // 2]][kind])
    return path


def given(paths):
    return [(path.name, path) for path in paths]


def pack(path, entries, **options):
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def photo_bytes():
    content = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(content, "png")
    return content.getvalue()


def names_and_reasons(path, folder):
    return [(photo.name, photo.reason) for photo in gather([(path.name, path)], folder)]


def test_200_photos_with_10_broken_ones_give_190_results_and_10_reasons(tmp_path):
    paths = [small(tmp_path / f"IMG {number:03}.{('jpg', 'png')[number % 2]}") for number in range(190)]
    paths += [broken(tmp_path / f"bad {number}.jpg", number % 4) for number in range(10)]
    random.Random(0).shuffle(paths)
    out = tmp_path / "out"
    outcomes = list(colorize_many(gather(given(paths), tmp_path), out, MODEL))
    done = {outcome.file: outcome.result for outcome in outcomes if outcome.status == "done"}
    failed = {outcome.file: outcome.reason for outcome in outcomes if outcome.status == "failed"}
    assert len(outcomes) == 200 and len(done) == 190
    assert done == {p.name: f"{p.stem}-colorized{p.suffix}" for p in paths if p.name.startswith("IMG")}
    assert sorted(failed) == [f"bad {number}.jpg" for number in range(10)] and all(failed.values())
    assert {path.name for path in out.iterdir()} == set(done.values())
    assert all((outcome.width, outcome.height) == (24, 16) for outcome in outcomes if outcome.status == "done")


def test_a_result_is_what_one_photo_alone_gives_upright_and_at_full_size(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    paths = [
        small(tmp_path / "turned.jpeg", (40, 24), exif=exif),
        small(tmp_path / "photo.webp", (33, 47), lossless=True),
        tmp_path / "gray.png",
    ]
    Image.open(EXAMPLES / "photographer.png").convert("L").resize((50, 30)).save(paths[2])
    out = tmp_path / "out"
    outcomes = {o.file: o for o in colorize_many(gather(given(paths), tmp_path), out, MODEL, previews=tmp_path)}
    assert (outcomes["turned.jpeg"].width, outcomes["turned.jpeg"].height) == (24, 40)
    for path in paths[1:]:
        result = Image.open(out / outcomes[path.name].result)
        assert result.format == "PNG"
        assert same_picture(result, colorized(path))
    jpeg = Image.open(out / "turned-colorized.jpg")
    assert jpeg.format == "JPEG" and jpeg.layer[0][1:3] == jpeg.layer[1][1:3]  # 4:4:4
    difference = np.subtract(jpeg, colorized(paths[0]), dtype=np.int16)
    assert np.abs(difference).mean() < 3
    assert all(max(Image.open(outcome.preview).size) <= 320 for outcome in outcomes.values())


def test_no_more_than_jobs_photos_are_at_hand_and_none_is_begun_that_nobody_waits_for(tmp_path):
    paths = [small(tmp_path / f"{number}.png") for number in range(12)]
    out, before = tmp_path / "out", set(threading.enumerate())
    with closing(colorize_many(gather(given(paths), tmp_path), out, MODEL, jobs=2)) as outcomes:
        for _ in range(3):
            next(outcomes)
            assert sum(t.name.startswith("ThreadPool") for t in set(threading.enumerate()) - before) <= 2
    assert 3 <= len(list(out.iterdir())) <= 5  # those at hand were finished
    assert not [path for path in out.iterdir() if path.name.startswith("partial-")]


def test_equal_names_get_numbers_and_folders_stay(tmp_path):
    same = [small(tmp_path / folder / "x.jpg") for folder in "ab"] + [small(tmp_path / name) for name in ("x.JPEG",)]
    photos = gather([(path.name, path) for path in same], tmp_path)
    assert [photo.name for photo in photos] == ["x.jpg", "x (2).jpg", "x.JPEG"]
    results = {outcome.file: outcome.result for outcome in colorize_many(photos, tmp_path / "out", MODEL)}
    assert results == {
        "x.jpg": "x-colorized.jpg",
        "x (2).jpg": "x (2)-colorized.jpg",
        "x.JPEG": "x-colorized (2).jpg",
    }
    assert [name for name, _ in walk([tmp_path / "a", tmp_path / "b"], tmp_path / "out")] == ["a/x.jpg", "b/x.jpg"]
    assert [name for name, _ in walk([tmp_path / "a"], tmp_path / "out")] == ["x.jpg"]


@pytest.mark.parametrize(
    "name, safe",
    [
        ("../../etc/passwd.png", "etc/passwd.png"),
        ("/photos/a.png", "photos/a.png"),
        ("..\\..\\C:\\a.png", "C_/a.png"),
        ("./a/./b.png", "a/b.png"),
        ("a\n\x1b[31m.png", "a__[31m.png"),
        ("Größe 写真.JPG", "Größe 写真.JPG"),
        ("..", "photo"),
        ("", "photo"),
    ],
)
def test_names_lead_nowhere(name, safe):
    assert safe_name(name) == safe


def test_names_fit_into_a_file_system(tmp_path):
    name = safe_name("é" * 300 + ".jpg")
    assert name.endswith(".jpg") and len(name.encode()) < 200
    assert len(safe_name("a/" * 5000 + "b.png").split("/")) == 8


def test_a_zip_with_hostile_names_writes_only_below_its_folder(tmp_path):
    names = ["../../up.png", "/abs.png", "nested/deep/ok.png", "__MACOSX/._ok.png", ".DS_Store", "a/.hidden.png"]
    path = pack(tmp_path / "photos.zip", [(name, photo_bytes()) for name in [*names, "empty/"]])
    inside = tmp_path / "inside" / "deeper"
    inside.mkdir(parents=True)
    photos = gather([(path.name, path)], inside)
    assert [photo.name for photo in photos] == ["up.png", "abs.png", "nested/deep/ok.png"]
    assert all(photo.path.is_relative_to(inside) for photo in photos)
    out = tmp_path / "out"
    assert [o.status for o in colorize_many(photos, out, MODEL)] == ["done"] * 3
    assert (out / "nested" / "deep" / "ok-colorized.png").is_file()
    assert {path.name for path in tmp_path.iterdir()} == {"photos.zip", "inside", "out"}


def test_a_bomb_and_an_encrypted_or_damaged_file_leave_the_others_alone(tmp_path):
    entries = [("bomb.png", bytes(60_000_000)), ("good.png", photo_bytes()), ("locked.png", photo_bytes())]
    entries += [("torn.png", photo_bytes()), ("note.txt", b"no photo"), ("unknown", b"no photo")]
    path = pack(tmp_path / "a.zip", entries, compression=zipfile.ZIP_DEFLATED)
    content = bytearray(path.read_bytes())
    central = content.index(b"PK\1\2")
    content[content.index(b"locked.png", central) - 46 + 8] |= 1  # the flag "encrypted"
    torn = content.index(b"torn.png") + len("torn.png")
    content[torn : torn + 8] = b"\xff" * 8
    path.write_bytes(content)
    (tmp_path / "in").mkdir()
    reasons = dict(names_and_reasons(path, tmp_path / "in"))
    assert "becomes larger than a photo should" in reasons["bomb.png"]
    assert "encrypted" in reasons["locked.png"] and "damaged in the ZIP" in reasons["torn.png"]
    assert reasons["good.png"] == reasons["unknown"] == ""
    assert "note.txt" not in reasons  # nobody takes it for a photo that failed
    assert sum(path.stat().st_size for path in (tmp_path / "in").rglob("*") if path.is_file()) < 1000


def test_a_zip_of_too_much_is_not_unpacked_to_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr("ae.photo.intake.MAX_UNPACKED_BYTES", 1000)
    path = pack(tmp_path / "a.zip", [(f"{number}.png", os.urandom(400)) for number in range(4)])
    reasons = [reason for _, reason in names_and_reasons(path, tmp_path)]
    assert [bool(reason) for reason in reasons] == [False, False, True, True]


def test_the_zips_of_a_request_share_what_may_be_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("ae.photo.intake.MAX_UNPACKED_BYTES", 1000)
    zips = [pack(tmp_path / f"{name}.zip", [("1.png", os.urandom(400))]) for name in "abc"]
    assert [bool(photo.path) for photo in gather(given(zips), tmp_path)] == [True, True, False]
    assert all(photo.path for photo in gather(given(zips), tmp_path, limit=None))  # one's own, on the command line


def test_a_damaged_zip_is_one_bad_file(tmp_path):
    path = pack(tmp_path / "a.zip", [("a.png", photo_bytes())])
    path.write_bytes(path.read_bytes()[:-30])
    [(name, reason)] = names_and_reasons(path, tmp_path)
    assert name == "a.zip" and "damaged or incomplete" in reason


@pytest.mark.parametrize("count", [201, 30_000])
def test_more_than_200_is_refused_before_anything_is_unpacked(tmp_path, count):
    path = pack(tmp_path / "a.zip", [(f"{number}.png", b"") for number in range(count)])
    (tmp_path / "in").mkdir()
    with pytest.raises(ValueError, match="Expected 200 photos or fewer. Received: .* Give them in parts"):
        gather([(path.name, path)], tmp_path / "in")
    assert not [path for path in (tmp_path / "in").rglob("*") if path.is_file()]
    with pytest.raises(ValueError, match="Received: 201"):
        gather([("a.png", path)] * 201, tmp_path)


def test_no_photo_at_all_and_a_model_of_another_task(tmp_path):
    with pytest.raises(ValueError, match="No photo was given"):
        gather([], tmp_path)
    photos = gather(given([small(tmp_path / "a.png")]), tmp_path)
    with pytest.raises(ValueError, match="Expected a model that can colorize, .*'ir-best'"):
        list(colorize_many(photos, tmp_path / "out", "ir-best"))


def test_the_table_holds_no_formula_and_reads_back_as_it_was(tmp_path):
    outcomes = [
        Outcome("=cmd|' /C calc'!A1.png", reason='a "quoted", reason'),
        Outcome("'@a.jpg", "'@a-colorized.jpg", "done"),
        Outcome("+1.jpg", "+1-colorized.jpg", "skipped", "-"),
    ]
    cells = [cell for row in csv.reader(io.StringIO(to_csv(outcomes))) for cell in row]
    assert not [cell for cell in cells if cell.startswith(tuple("=+-@"))]
    assert "'=cmd|' /C calc'!A1.png" in cells
    (tmp_path / "results.csv").write_text(to_csv(outcomes), newline="")
    assert [(o.file, o.result, o.reason) for o in read_csv(tmp_path / "results.csv")] == [
        (o.file, o.result, o.reason) for o in outcomes
    ]


def test_rows_of_earlier_runs_stay_and_another_table_is_left_alone(tmp_path):
    out = tmp_path / "out"
    first, second = small(tmp_path / "x.jpeg"), small(tmp_path / "X.jpg")
    list(colorize_into(gather(given([first]), tmp_path), out, MODEL))
    [row] = read_csv(out / "results.csv")
    assert (row.file, row.result, row.status, row.width) == ("x.jpeg", "x-colorized.jpg", "done", "24")
    before = (out / "x-colorized.jpg").stat().st_mtime_ns

    statuses = [o.status for o in colorize_into(gather(given([second, first]), tmp_path), out, MODEL)]
    assert statuses == ["skipped", "done"] and (out / "x-colorized.jpg").stat().st_mtime_ns == before
    assert read_csv(out / "results.csv")[0] == row
    assert {o.file: o.result for o in read_csv(out / "results.csv")}["X.jpg"] == "X-colorized (2).jpg"

    (out / "results.csv").write_text("my,own\n1,2\n")
    with pytest.raises(ValueError, match="Expected a list of results in .*results.csv, found something else"):
        list(colorize_into(gather(given([first]), tmp_path), out, MODEL))
    assert (out / "results.csv").read_text() == "my,own\n1,2\n"


def test_a_line_that_a_killed_run_did_not_finish_is_left_out(tmp_path):
    out = tmp_path / "out"
    list(colorize_into(gather(given([small(tmp_path / "a.png")]), tmp_path), out, MODEL))
    whole = (out / "results.csv").read_bytes()
    (out / "results.csv").write_bytes(whole + b'b.png,b-colorized.png,done,"')
    assert [row.file for row in read_csv(out / "results.csv")] == ["a.png"]
    list(colorize_into(gather(given([tmp_path / "a.png"]), tmp_path), out, MODEL))
    assert (out / "results.csv").read_bytes() == whole


def test_a_photo_adds_a_line_to_the_table_which_is_written_anew_only_at_the_end(tmp_path):
    photos = gather(given([broken(tmp_path / f"{number}.png", 1) for number in range(20)]), tmp_path)
    table = tmp_path / "out" / "results.csv"
    seen = [table.stat() for _ in colorize_into(photos, table.parent, MODEL)]
    sizes = [status.st_size for status in seen]
    assert len({status.st_ino for status in seen}) == 1 and sizes == sorted(set(sizes))
    assert len(read_csv(table)) == 20


def test_a_result_that_cannot_be_written_is_a_reason(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a").write_text("in the way")
    photo = small(tmp_path / "a" / "x.png")
    [outcome] = colorize_many(gather([("a/x.png", photo)], tmp_path), tmp_path / "out", MODEL)
    assert outcome.status == "failed" and outcome.reason.startswith("The result cannot be written: ")


def test_a_run_leaves_its_zip_alone_and_stops_when_told(tmp_path):
    """Of photos that take a minute: none of it can be through before it is told."""
    paths = [small(tmp_path / "0.png", (1000, 750))] + [tmp_path / f"{number}.png" for number in range(1, 200)]
    for path in paths[1:]:
        path.hardlink_to(paths[0])
    (tmp_path / "run").mkdir()
    run = Run(given(paths), tmp_path / "run", MODEL)
    while len(run.outcomes) < 2:
        assert not run.wait(0.01)
    run.stop()
    assert run.wait()
    with zipfile.ZipFile(run.zip) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == sorted([*(o.result for o in run.outcomes), "results.csv"])
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
    assert 2 <= len(run.outcomes) < 200 == run.total
    assert list(run.folder.iterdir()) == [run.zip]


@pytest.mark.parametrize("seconds, done, total, text", [(10, 0, 9, ""), (10, 5, 10, "10 s"), (60, 10, 60, "5 min")])
def test_time_left(seconds, done, total, text):
    assert time_left(seconds, done, total) == text


@pytest.fixture
def command(capsys):
    return lambda *arguments: run(capsys, "colorize", *arguments, "--model", MODEL)


def test_the_command_goes_on_where_it_ended_and_overwrites_nothing(command, tmp_path):
    photos, out = tmp_path / "photos", tmp_path / "out"
    small(photos / "a.jpg"), small(photos / "trip" / "a.jpg"), small(photos / ".trash" / "a.jpg")
    first = command(photos, "--out", out)
    assert (first.returncode, first.stdout.splitlines()[-1].split(", in")[0]) == (
        0,
        f"{out}: 2 colorized, 0 skipped, 0 failed",
    )
    names = {path.relative_to(out).as_posix() for path in out.rglob("*.jpg")}
    assert names == {"a-colorized.jpg", "trip/a-colorized.jpg"}

    times = {name: (out / name).stat().st_mtime_ns for name in names}
    small(photos / "new.png"), broken(photos / "bad.jpg", 1)
    second = command(photos, "--out", out, "--jobs", "3")
    assert second.returncode == 1
    assert f"{out}: 1 colorized, 2 skipped, 1 failed" in second.stdout
    assert "bad.jpg: This file is no photo" in second.stderr and "Traceback" not in second.stderr
    assert {name: (out / name).stat().st_mtime_ns for name in names} == times
    rows = {row.file: row.status for row in read_csv(out / "results.csv")}
    assert rows == {"a.jpg": "done", "trip/a.jpg": "done", "new.png": "done", "bad.jpg": "failed"}


def test_a_zip_of_too_many_is_one_bad_file_of_a_run(command, tmp_path):
    small(tmp_path / "photos" / "a.png")
    pack(tmp_path / "photos" / "many.zip", [(f"{number}.png", b"") for number in range(201)])
    ended = command(tmp_path / "photos", "--out", tmp_path / "out")
    assert ended.returncode == 1 and "1 colorized, 0 skipped, 1 failed" in ended.stdout
    assert "many.zip: Expected 200 photos or fewer. Received: 201" in ended.stderr
    assert (tmp_path / "out" / "a-colorized.png").is_file()


def test_a_folder_in_the_place_of_the_table_is_told(command, tmp_path):
    photo = small(tmp_path / "a.png")
    (tmp_path / "out" / "results.csv").mkdir(parents=True)
    ended = command(photo, "--out", tmp_path / "out")
    assert ended.returncode == 1
    assert ended.stderr.startswith(
        f"error: Expected {tmp_path}/out/results.csv to be a list of results, found a folder"
    )


def test_the_command_takes_a_zip_and_its_results_folder_inside_the_photos(command, tmp_path):
    pack(tmp_path / "more.zip", [("b/c.png", photo_bytes())])
    for number in range(2):
        done = command(tmp_path, "--out", tmp_path / "out")
        assert f"{1 - number} colorized, {number} skipped, 0 failed" in done.stdout
    assert (tmp_path / "out" / "b" / "c-colorized.png").is_file()


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["photos", "--out", "photos"], "error: Expected a folder for the results that holds no photos"),
        (["empty", "--out", "out"], "error: No photo was given"),
        (["photos", "--out", "out", "--vividness", "2"], "expected a number from 0 to 1, received 2"),
    ],
)
def test_a_mistake_is_explained(command, tmp_path, arguments, sentence):
    (tmp_path / "empty").mkdir()
    small(tmp_path / "photos" / "a.png")
    paths = [tmp_path / part if part in ("photos", "empty", "out") else part for part in arguments]
    ended = command(*paths)
    assert ended.returncode != 0 and sentence in ended.stderr and "Traceback" not in ended.stderr


def test_a_store_needs_a_cluster_and_its_packages(command, tmp_path, monkeypatch):
    photo = small(tmp_path / "a.png")
    for arguments in (
        ["s3://me:secret@bucket/a", "--out", tmp_path / "out"],
        [photo, "--out", "s3://bucket/a?b=secret"],
    ):
        ended = command(*arguments)
        assert ended.returncode == 1 and ended.stderr.count("\n") == 1
        assert "without --engine ray. Received: a URI" in ended.stderr and "secret" not in ended.stderr
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "ae.photo.stores", raising=False)
    monkeypatch.delattr("ae.photo.stores", raising=False)
    ended = command(photo, "--out", "s3://bucket/a", "--engine", "ray")
    assert ended.returncode == 1
    assert "A store needs pyarrow, which is not installed. Run `pip install -r requirements-ray" in ended.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no interrupt to one process")
def test_an_interrupt_leaves_whole_results(tmp_path):
    """While it waits for its lines to be read: they are more than a pipe holds, 64 KiB, so it cannot be through."""
    photo = small(tmp_path / "photo.png")
    (tmp_path / "photos").mkdir()
    for number in range(500):
        (tmp_path / "photos" / f"{number}{'-' * 170}.png").hardlink_to(photo)
    arguments = [sys.executable, "-m", "ae", "colorize", tmp_path / "photos", "--out", tmp_path / "out"]
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # what a shell starts in the background ignores it
    with subprocess.Popen(
        [*arguments, "--model", MODEL], cwd=ROOT, stdout=-1, stderr=-1, text=True, preexec_fn=heard
    ) as process:
        assert "1 of 500" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        said = process.communicate()[1]
    assert process.returncode == 1 and said.endswith("stopped\n") and "Traceback" not in said
    results = list((tmp_path / "out").glob("*.png"))
    assert 1 <= len(results) < 500
    assert {np.asarray(Image.open(path)).shape for path in results} == {(16, 24, 3)}
    assert read_csv(tmp_path / "out" / "results.csv")


def test_the_endpoint_answers_a_zip_and_outcomes(app_url, tmp_path):
    client = connect(app_url)
    files = [
        EXAMPLES / "horse.png",
        broken(tmp_path / "bad.jpg", 1),
        pack(tmp_path / "a.zip", [("b.png", photo_bytes())]),
    ]
    path, outcomes = client.predict([handle_file(file) for file in files], MODEL, 0.5, api_name="/colorize_many")
    assert sorted(zipfile.ZipFile(path).namelist()) == ["b-colorized.png", "horse-colorized.png", "results.csv"]
    assert {o["file"]: o["status"] for o in outcomes} == {"horse.png": "done", "b.png": "done", "bad.jpg": "failed"}
    assert set(outcomes[0]) == set(CSV_COLUMNS)
    for given, model, sentence in (([], MODEL, "No photo was given"), (files[:1], "ir-best", "can colorize")):
        with pytest.raises(AppError, match=sentence):
            client.predict([handle_file(file) for file in given], model, 0.5, api_name="/colorize_many")
    assert Path(path).stat().st_size > 0
