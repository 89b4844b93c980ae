"""Files that people give: photos, folders and ZIPs of them, of unknown origin."""

import io
import mimetypes
import os
import re
import tempfile
import zipfile
from dataclasses import dataclass, replace
from itertools import chain, count
from pathlib import Path, PurePosixPath

MAX_PHOTOS = 200
MAX_FILE_BYTES = 100 * 1000**2  # of a file in a ZIP, unpacked
MAX_UNPACKED_BYTES = 1000**3  # of all files in the ZIPs of a request, unpacked
MAX_RATIO = 200  # unpacked to packed; zeros reach 1,000, photos hardly 2
FREE_BYTES = 10 * 1000**2  # unpacked, whatever the ratio
MAX_CONTENTS_BYTES = 1000**2  # of a ZIP's list of contents, which is read into memory at once
CHUNK_BYTES = 1000**2
ELSEWHERE = "Unpack the ZIP and give its photos themselves."


@dataclass(frozen=True)
class Photo:
    """`name` is a relative path that is safe below any folder; where there is no `path`, `reason` says why.

    In a store, see `ae.photo.stores`, `path` is a str.
    """

    name: str
    path: Path | str | None = None
    reason: str = ""


def walk(paths, out):
    """Returns [(name, path)] of the files at `paths`, folders with all that is in them but what is hidden or in `out`.

    A name is the file's path from the deepest folder that all of `paths` share. Raises ValueError where results in
    `out` would be taken for photos the next time.
    """
    out = Path(out).absolute()
    given = [Path(os.path.abspath(path)) for path in paths]
    base = os.path.commonpath([path if path.is_dir() else path.parent for path in given])
    found = []
    for path in given:
        if not path.is_dir():
            found.append(path)
            continue
        if path.is_relative_to(out):
            raise ValueError(f"Expected a folder for the results that holds no photos. Received: {out}, with {path}")
        inside = sorted(file for file in path.rglob("*") if file.is_file() and not file.is_relative_to(out))
        found += [file for file in inside if not hidden(file.relative_to(path).parts)]
    return [(Path(path).relative_to(base).as_posix(), path) for path in dict.fromkeys(found)]


def gather(named, folder, limit=MAX_PHOTOS):
    """Returns the `Photo`s of [(name, path)], no two of one name; a ZIP gives those in it, unpacked into `folder`.

    `MAX_UNPACKED_BYTES` are for all ZIPs together, or for each where there is no `limit`. Raises ValueError for more
    than `limit` photos (None: no limit, but `MAX_PHOTOS` in a ZIP), or none at all.
    """
    if limit and len(named) > limit:
        raise _TooMany(f"{len(named):,}", limit)
    photos, taken, room = [], set(), MAX_UNPACKED_BYTES
    for name, path in named:
        if not name.lower().endswith(".zip"):
            photos.append(Photo(name, Path(path)))
            continue
        try:
            unpacked = _unpack(path, name, Path(tempfile.mkdtemp(dir=folder)), room, limit or MAX_PHOTOS)
        except _TooMany as error:
            if limit:
                raise
            unpacked = [Photo(name, reason=str(error))]
        photos += unpacked
        if limit:
            room -= sum(photo.path.stat().st_size for photo in unpacked if photo.path)
            if len(photos) > limit:
                raise _TooMany(f"{len(photos):,}", limit)
    if not photos:
        raise ValueError("No photo was given. Choose photos, or a ZIP of them.")
    return [replace(photo, name=unused_name(safe_name(photo.name), taken)) for photo in photos]


def safe_name(name):
    """Returns the path `name` without what leads out of a folder, what no file name may hold, and excess length."""
    parts = [re.sub(r'[\x00-\x1f\x7f-\x9f\ud800-\udfff<>:"|?*]', "_", part) for part in re.split(r"[/\\]", name)]
    parts = [part.strip(" ").rstrip(" .") for part in parts]
    parts = [_shorten(part) for part in parts if part][-8:]
    return "/".join(parts) or "photo"


def unused_name(name, taken):
    """Returns the path `name`, or with a number where `taken` has it (in any case), and adds it to `taken`."""
    path = PurePosixPath(name)
    names = chain([name], (str(path.with_stem(f"{path.stem} ({number})")) for number in count(2)))
    unused = next(name for name in names if name.casefold() not in taken)
    taken.add(unused.casefold())
    return unused


def _shorten(part):
    """Leaves room for "partial-" and "-colorized (2)": most file systems take 255 bytes."""
    stem, suffix = os.path.splitext(part)
    return stem.encode()[:180].decode(errors="ignore") + suffix[:10]


def hidden(parts):
    """Whether a path of these parts is one that its system does not show to people."""
    return any(part.startswith(".") and part.strip(".") or part == "__MACOSX" for part in parts)


def _may_be_photo(name):
    """Whether its suffix does not say that it is something else: the readme.txt of a ZIP is no photo that failed."""
    kind, _ = mimetypes.guess_type(name)
    return kind is None or kind.startswith(("image/", "video/"))


class _TooMany(ValueError):
    def __init__(self, count, most):
        super().__init__(
            f"Expected {most:,} photos or fewer. Received: {count}. Give them in parts. To color any "
            "number of them, without a ZIP: python -m ae colorize."
        )


class _ZipFile(io.FileIO):
    def __init__(self, path, most):
        super().__init__(path)
        self.most = most

    def read(self, size=-1):
        """`zipfile` reads a whole list of contents at once; nothing else that it reads is as large."""
        if size > MAX_CONTENTS_BYTES:
            raise _TooMany("a ZIP of far more", self.most)
        return super().read(size)


def _unpack(path, name, folder, room, most):
    """Returns the `Photo`s of the ZIP at `path`.

    Its contents, `most` files, get names of our own and no more `room` than that, in bytes, nor than photos need,
    whatever its list of them says.
    """
    try:
        with _ZipFile(path, most) as file, zipfile.ZipFile(file) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            entries = [entry for entry in entries if not hidden(re.split(r"[/\\]", entry.filename))]
            entries = [entry for entry in entries if _may_be_photo(entry.filename)]
            if len(entries) > most:
                raise _TooMany(f"{len(entries):,}, in {name}", most)
            photos = []
            for number, entry in enumerate(entries):
                target = folder / f"{number}{PurePosixPath(safe_name(entry.filename)).suffix}"
                reason = _extract(archive, entry, target, room)
                room -= target.stat().st_size if target.exists() else 0
                if reason:
                    target.unlink(missing_ok=True)
                photos.append(
                    Photo(f"{PurePosixPath(name).parent}/{entry.filename}", None if reason else target, reason)
                )
            return photos
    except _TooMany:
        raise
    except Exception:  # zipfile raises almost anything on garbage
        return [Photo(name, reason="This ZIP is damaged or incomplete. Pack it again, or give the photos themselves.")]


def _extract(archive, entry, target, room):
    """Writes the entry to the file `target`; returns "", or the reason why that is not, or not wholly, done."""
    if entry.flag_bits & 1:
        return f"This file is encrypted. {ELSEWHERE}"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"The way in which this file is packed cannot be read here. {ELSEWHERE}"
    room = min(room, MAX_FILE_BYTES, FREE_BYTES + MAX_RATIO * entry.compress_size)
    try:
        with archive.open(entry) as packed, target.open("wb") as file:
            while part := packed.read(CHUNK_BYTES):
                if file.tell() + len(part) > room:
                    return f"This file becomes larger than a photo should when it is unpacked. {ELSEWHERE}"
                file.write(part)
    except OSError as error:
        return f"This file cannot be unpacked: {error.strerror or error}."
    except Exception:
        return f"This file is damaged in the ZIP. {ELSEWHERE}"
    return ""
