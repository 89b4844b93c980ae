"""Photos and results in an object store, s3://bucket/folder, or wherever else pyarrow's file systems reach.

A worker of `ae.photo.cluster` fetches a photo into a folder of its own, does there what it does with any file, and puts
the result. Each machine finds for itself what gives access, or the URI has it. A place is a URI or a local `Path`.
"""

import posixpath
import tempfile
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from ae.photo import cluster, many, video
from ae.photo.intake import Photo, hidden, safe_name, unused_name
from ae.photo.outcomes import CSV_NAME, Outcome, to_csv

try:
    from pyarrow import fs
except ImportError as error:
    message = f"A store needs pyarrow, which is not installed. Run `pip install -r {cluster.REQUIREMENTS}`."
    raise ImportError(message) from error

HERE = fs.LocalFileSystem()
WHOLE_WHEN_CLOSED = ("s3", "gcs")  # elsewhere half a file can be seen
GIVEN_UP_AFTER_S = 60  # Google's store asks again for a quarter of an hour where it is not told otherwise
SAVED_EVERY = 60  # seconds; the table is put whole, for nothing can be added to an object
NO_ZIP = "A ZIP is not unpacked here. Unpack it into the store, or give it without a URI."
NO_ANIMATION = "An animated GIF is not taken from a store. Give it in a folder, without a URI."


def shown(place):
    """Returns the place as text, without its user, password and options, which may be secret."""
    if isinstance(place, Path):
        return str(place)
    parts = urlsplit(place)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def gather(places, out):
    """Returns (file system, [`Photo`]) of what lies at the places, found and named as in `intake.walk` and `gather`.

    The file system is pyarrow's, a photo's `path` a str in it. Raises ValueError where nothing can be found, for places
    in several stores, and for results among the photos.
    """
    located, (target, folder) = [_locate(place) for place in places], _locate(out)
    source, bases, found = located[0][0], [], {}
    if any(files != source for files, _ in located):
        raise ValueError(f"Expected photos of one store. Received: {', '.join(map(shown, places))}. Give one at a time")

    def is_result(path):
        return source == target and f"{path}/".startswith(f"{folder}/")

    for place, (_, path) in zip(places, located, strict=True):
        if is_result(path):
            raise ValueError(f"Expected a folder for the results that holds no photos. Received: {shown(out)}")
        with _told(place):
            kind = source.get_file_info(path).type
            inside = _files(source, path) if kind == fs.FileType.Directory else []
        if kind == fs.FileType.NotFound:
            raise ValueError(f"Expected photos at {shown(place)}. Nothing is there. Check the name")
        bases.append(posixpath.dirname(path) if kind == fs.FileType.File else path)
        inside = [file for file in inside if not is_result(file) and not hidden(file[len(path) :].split("/"))]
        found |= dict.fromkeys([path] if kind == fs.FileType.File else inside)
    if not found:
        raise ValueError(f"Expected photos in {', '.join(map(shown, places))}. Received: nothing that could be one")
    base, taken = posixpath.commonpath(bases), set()
    photos = [Photo(unused_name(safe_name(path[len(base) :]), taken), path) for path in found]
    zipped = [photo.name.lower().endswith(".zip") for photo in photos]
    return source, [Photo(photo.name, reason=NO_ZIP) if z else photo for photo, z in zip(photos, zipped)]


def colorize_into(source, photos, out, colorizer, **settings):
    """As `many.colorize_into`, of what `gather` returned, on the cluster; `out` is a place.

    A result is there only when it is whole; results.csv is saved every `SAVED_EVERY` seconds and at the end.
    """
    target, folder = _locate(out)
    with tempfile.TemporaryDirectory() as near:
        table, far_table = Path(near) / CSV_NAME, f"{folder}/{CSV_NAME}"

        def save():
            with _told(out):
                _put(table, target, far_table)

        def run(fresh, job, jobs=None):
            return cluster.run(fresh, _Carried(job, source, target, folder), jobs)

        with _told(out):
            there = {path[len(folder) + 1 :] for path in _files(target, folder)}
            if CSV_NAME in there:
                _fetch(target, far_table, table)
            else:
                table.write_text(to_csv([]), "utf-8", newline="")
        save()  # where nothing can be written, that is told before hours of work
        settings |= {"run": run, "there": there.__contains__}
        try:
            with closing(many.colorize_into(photos, Path(near), colorizer, **settings)) as outcomes:
                saved = time.monotonic()
                for outcome in outcomes:
                    yield outcome
                    if time.monotonic() - saved > SAVED_EVERY:
                        save()
                        saved = time.monotonic()
        except ValueError as error:
            raise ValueError(str(error).replace(near, shown(out))) from error
        finally:
            save()


@dataclass(frozen=True)
class _Carried:
    """The job for photos and results that lie elsewhere; `folder` is that of the results."""

    job: many.Job
    source: fs.FileSystem
    target: fs.FileSystem
    folder: str

    def load(self):
        return self.job.load()

    def colorize(self, model, photo, result):
        with tempfile.TemporaryDirectory() as folder:
            near, out = Path(folder) / PurePosixPath(photo.name).name, Path(folder) / "out"
            try:
                _fetch(self.source, photo.path, near)
            except (OSError, ValueError) as error:  # ValueError: pyarrow has no names such as a//b
                return Outcome(photo.name, reason=f"The photo cannot be fetched: {error}")
            if near.suffix.lower() == ".gif" and video.suffix_of_result(near):
                return Outcome(photo.name, reason=NO_ANIMATION)
            outcome = replace(self.job, out=out).colorize(model, replace(photo, path=near), result)
            try:
                if outcome.result:
                    _put(out / result, self.target, f"{self.folder}/{result}")
            except OSError as error:
                return Outcome(photo.name, reason=f"The result cannot be written: {error}")
            return outcome


def _locate(place):
    """Returns (pyarrow's file system, path in it) of a place."""
    if isinstance(place, Path):
        return HERE, place.absolute().as_posix()
    parts = urlsplit(place)
    if parts.scheme in ("gs", "gcs") and "retry_limit_seconds" not in parts.query:
        place = parts._replace(query=f"{parts.query}&retry_limit_seconds={GIVEN_UP_AFTER_S}".strip("&")).geturl()
    try:
        files, path = fs.FileSystem.from_uri(place)
    except (ValueError, OSError):  # it would repeat what may be secret
        path = ""
    if path.strip("/"):
        return files, path.rstrip("/")
    expected = "a store that pyarrow knows, and a folder in it, such as s3://bucket/folder; a space is %20"
    raise ValueError(f"Expected {expected}. Received: {shown(place)}")


@contextmanager
def _told(place):
    """Whatever goes wrong there becomes one sentence."""
    try:
        yield
    except OSError as error:
        received = str(error).rstrip(".")
        raise ValueError(f"Expected access to {shown(place)}. Received: {received}. Check name and keys") from error


def _files(files, folder):
    """Returns the paths of all files below the folder, in the order of `intake.walk`; [] where there is none."""
    inside = files.get_file_info(fs.FileSelector(folder, recursive=True, allow_not_found=True))
    return sorted((file.path for file in inside if file.is_file), key=lambda path: path.split("/"))


def _fetch(source, path, near):
    fs.copy_files(path, str(near), source, HERE)


def _put(near, target, path):
    if target.type_name in WHOLE_WHEN_CLOSED:
        fs.copy_files(str(near), path, HERE, target)
        return
    folder, name = posixpath.split(path)
    target.create_dir(folder, recursive=True)
    fs.copy_files(str(near), f"{folder}/partial-{name}", HERE, target)
    target.move(f"{folder}/partial-{name}", path)
