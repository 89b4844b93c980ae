"""Many photos at once: every one gives a colorized picture or the reason why there is none; none stops the others."""

import os
import shutil
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath

from ae import files
from ae.image.photos import open_photo, said_by, save, suffix_of_result
from ae.models.cache import MODELS
from ae.models.catalog import get
from ae.models.weights import Source
from ae.photo import pipeline, video
from ae.photo.colorizer import Colorizer
from ae.photo.intake import gather, unused_name
from ae.photo.memory import MEMORY, share_for
from ae.photo.outcomes import CSV_NAME, Outcome, lines, read_csv, to_csv
from ae.photo.reference import Reference

JOBS = min(4, os.cpu_count() or 1)
PREVIEW_SIDE = 800
MAX_RESULTS_BYTES = 1000**3  # of a `Run`
MAX_FRAMES = 1500  # of a film in a `Run`: a minute at 25 a second
NO_ROOM = f"There was no room for its result: all may have {MAX_RESULTS_BYTES // 1000**2:,} MB. Give it once more."
CUT_SHORT = "This film was not through when the others were stopped. Give it once more."


def colorize_many(
    photos,
    out,
    colorizer,
    source=Source(),
    *,
    vividness=pipeline.VIVIDNESS,
    detail=1.0,
    reference=None,
    strength=1.0,
    jobs=None,
    known=None,
    previews=None,
    films=None,
    run=None,
    there=None,
):
    """Yields the `Outcome` of every photo as it is there; the results are files below the folder `out`.

    A JPEG gives a JPEG, anything else a PNG, of the photo's size and with its name. What is in `out` already is left
    alone and its photo skipped; a result is there only when it is whole. `known` is {file: result} of earlier runs,
    `previews` a folder that receives small pictures of the results. `vividness` and `detail` are those of
    `Colorizer.process`; `reference` is the path of a photo whose colors are carried over, with that `strength`, as in
    `Colorizer.reference`. With `films`, films and animated GIFs are taken too, see `ae.photo.video`; it is called with
    the file, how many frames are through, and how many there are. No more than `jobs` photos are in memory (None:
    `JOBS`); a photo is begun only when an outcome is asked for, and closing the generator waits for those at hand.
    `run` does the work in place of `in_threads`, such as `ae.photo.cluster.run`; `there` tells whether a result is
    there already, where they do not stay in `out`.

    Raises ValueError for a model that is unknown or colorizes nothing, and what loading it and `Colorizer.reference`
    raise.
    """
    if get(colorizer).task != "colorize":
        raise ValueError(
            f"Expected a model that can colorize, such as {pipeline.DEFAULT_COLORIZER}. Received: {colorizer!r}"
        )
    fresh = []
    for photo, result in zip(photos, _result_names(photos, known or {}, films), strict=True):
        if photo.reason:
            yield Outcome(photo.name, reason=photo.reason)
        elif there(result) if there else (out / result).exists():
            yield Outcome(photo.name, result, "skipped", f"{result} is there already.")
        else:
            fresh.append((photo, result))
    if not fresh:
        return
    model, lent = Colorizer.load(colorizer, source), None  # once, before the threads need it
    if reference:
        with share_for(reference):
            lent = model.reference(open_photo(reference), strength)
    yield from (run or in_threads)(fresh, Job(out, colorizer, source, vividness, detail, lent, previews, films), jobs)


@dataclass(frozen=True)
class Job:
    """What is done to every photo; the fields are the arguments of `colorize_many`."""

    out: Path
    colorizer: str
    source: Source
    vividness: float
    detail: float
    reference: Reference | None = None
    previews: Path | None = None
    films: Callable | None = None

    def load(self):
        """Returns the `Colorizer`, for all photos of a run: what the Hub has may change meanwhile."""
        return Colorizer.load(self.colorizer, self.source)

    def colorize(self, model, photo, result):
        """Returns the `Outcome` of a photo by what `load` gave; `result` is the path below `out`."""
        started = time.monotonic()
        target, preview = self.out / result, None
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if self.films and video.suffix_of_result(photo.path):
                width, height = self._film(photo, target)
                preview = self._preview(lambda: video.first_picture(target))
            else:
                with share_for(photo.path):
                    image = model.process(open_photo(photo.path), self.vividness, self.detail, reference=self.reference)
                    (width, height), said = image.size, said_by(photo.path)
                    files.replace(target, lambda path: save(image, path, said, self.colorizer))
                    preview = self._preview(lambda: image)
        except ValueError as error:
            return Outcome(photo.name, reason=str(error))
        except OSError as error:
            return Outcome(photo.name, reason=f"The result cannot be written: {error.strerror or error}.")
        except Exception as error:  # TensorFlow's own, or no memory: the next photo may be smaller
            return Outcome(
                photo.name, reason=f"It cannot be colorized ({type(error).__name__}). Try a smaller copy of it."
            )
        return Outcome(photo.name, result, "done", "", width, height, round(time.monotonic() - started, 2), preview)

    def _film(self, photo, target):
        settings = {"vividness": self.vividness, "detail": self.detail, "reference": self.reference}
        progress = partial(self.films, photo.name)
        with MEMORY.share(video.count_pixels(photo.path)):
            return video.colorize(photo.path, target, self.colorizer, self.source, **settings, progress=progress)

    def _preview(self, picture):
        if not self.previews:
            return None
        with suppress(OSError):  # the result is there
            image, path = picture(), Path(tempfile.mkdtemp(dir=self.previews)) / "preview.webp"
            image.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
            image.save(path, quality=80)
            return path


def in_threads(fresh, job, jobs=None):
    """Yields the `Outcome`s of [(photo, result)], `jobs` at a time, as `colorize_many` promises."""
    stopping = threading.Event()

    def film_progress(*progress):
        if stopping.is_set():
            raise _Stopped
        job.films(*progress)

    work = partial(replace(job, films=job.films and film_progress).colorize, job.load())
    waiting, jobs = iter(fresh), jobs or JOBS
    with ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(work, *item) for item in islice(waiting, jobs)}
        try:
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    running |= {pool.submit(work, *item) for item in islice(waiting, 1)}
                    yield future.result()
        finally:
            stopping.set()


def colorize_into(photos, out, colorizer, source=Source(), **settings):
    """As `colorize_many`, and keeps `out` / results.csv: of all its runs, the last word on every photo.

    Raises ValueError, too, if `out` has a results.csv that was not written here.
    """
    out.mkdir(parents=True, exist_ok=True)
    table = out / CSV_NAME
    rows = {row.file: row for row in read_csv(table)}
    known = {row.file: row.result for row in rows.values() if row.result}

    def write():
        files.replace(table, lambda path: path.write_text(to_csv(rows.values()), "utf-8", newline=""))

    write()
    try:
        with (
            closing(colorize_many(photos, out, colorizer, source, known=known, **settings)) as outcomes,
            table.open("a", encoding="utf-8", newline="") as end,
        ):
            for outcome in outcomes:
                if outcome.status != "skipped" or outcome.file not in known:
                    rows[outcome.file] = outcome
                    end.write(lines([outcome]))
                    end.flush()
                yield outcome
    finally:
        write()  # what was added has replaced earlier rows


class Run:
    """Photos that are colorized in the background, into the file `zip`, which is there once `wait` returns True.

    `total` is how many photos there are (0: not counted yet), `outcomes` those that are through, `weights` the
    sentence on the model's weights, `seconds` the time since it was loaded, `films` {file: (frames that are through,
    frames in all, `seconds` when it began)} of the films at hand. `named` is as in `gather`; what is to stay is in
    `folder`, until the run is discarded. Results for which `MAX_RESULTS_BYTES` leave no room are left out, with the
    reason, and so are films of more than `MAX_FRAMES`.
    """

    def __init__(self, named, folder, colorizer, source=Source(), **settings):
        self.folder = Path(folder)
        self.zip = self.folder / "colorized-photos.zip"
        self.total, self.outcomes, self.weights, self.films = 0, [], "", {}
        self._loaded, self._discarded = None, False
        self._stopping = threading.Event()
        pool = ThreadPoolExecutor(1)
        self._work = pool.submit(self._colorize, named, colorizer, source, settings)
        pool.shutdown(wait=False)

    @property
    def seconds(self):
        return time.monotonic() - self._loaded if self._loaded else 0

    def stop(self):
        """Ends the run after the photos at hand; what is through stays in the ZIP."""
        self._stopping.set()

    def discard(self):
        """Ends the run, and deletes what it made."""
        self._discarded = True
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def wait(self, seconds=None):
        """Returns whether the run has ended within that time; raises what `gather` and `colorize_many` raise."""
        wait([self._work], seconds)
        return self._work.done() and self._work.result() is None

    def _colorize(self, named, colorizer, source, settings):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as work:
            photos, out = gather(named, work), Path(work) / "results"
            self.total = len(photos)
            self.weights = MODELS.get(colorizer, source)[1]
            self._loaded = time.monotonic()
            path, room = Path(work) / self.zip.name, MAX_RESULTS_BYTES
            with (
                zipfile.ZipFile(path, "w") as archive,
                closing(colorize_many(photos, out, colorizer, source, films=self._film, **settings)) as outcomes,
            ):
                while not self._stopping.is_set() and (outcome := next(outcomes, None)):
                    if outcome.result:
                        made = out / outcome.result
                        if (size := made.stat().st_size) <= room:
                            room -= size
                            archive.write(made, outcome.result)
                        else:
                            outcome = Outcome(outcome.file, reason=NO_ROOM)
                        made.unlink()
                    self.films.pop(outcome.file, None)
                    self.outcomes.append(outcome)
                archive.writestr(CSV_NAME, to_csv(sorted(self.outcomes, key=lambda outcome: outcome.file)))
            if not self._discarded:
                self.folder.mkdir(exist_ok=True)  # it may have been cleared away meanwhile
                shutil.move(path, self.zip)

    def _film(self, file, done, total):
        if self._stopping.is_set():
            raise ValueError(CUT_SHORT)
        if total > MAX_FRAMES:
            raise ValueError(
                f"Expected a film of at most {MAX_FRAMES:,} frames. Received: {total:,}. Cut it, or give it to the "
                "command line: python -m ae colorize."
            )
        began = self.films[file][2] if file in self.films else self.seconds
        self.films[file] = done, total, began


def time_left(seconds, done, total):
    """Returns how long the rest may take, "40 s" or "3 min", where `done` photos took `seconds`; "" if none is done."""
    if not done:
        return ""
    left = seconds / done * (total - done)
    return f"{left / 60:.0f} min" if left >= 90 else f"{left:.0f} s"


class _Stopped(Exception):
    """Nobody waits for the rest of a film."""


def _result_names(photos, known, films):
    """Yields the path of every photo's result, the known one or one that no other has."""
    taken = {result.casefold() for result in known.values()}
    for photo in photos:
        name = PurePosixPath(photo.name)
        suffix = films and photo.path and video.suffix_of_result(photo.path) or suffix_of_result(name)
        result = name.with_name(f"{name.stem}-colorized{suffix}")
        yield known.get(photo.name) or unused_name(str(result), taken)
