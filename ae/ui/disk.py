"""What the server keeps on disk: a folder of its own, held to a budget while it runs, gone when it ends."""

import os
import shutil
import stat
import tempfile
import time
from contextlib import suppress
from itertools import chain
from pathlib import Path

from gradio.utils import get_upload_folder

BUDGET_BYTES = 2 * 1000**3
MOST_FILES = 20_000  # to look at so many takes a third of a second
AGE_S = 24 * 3600
UNTOUCHED_S = 60  # then nobody is about to write into an empty folder
PREFIX = "autoencoders-"
LOCK = "lock"


class Folder:
    """A folder that this server alone uses, below the one that Gradio would use; all of Gradio's files go there.

    `files` is what Gradio serves: photos that were given, pictures that were made. `work` receives the temporary files
    of this process and of those that it starts. Folders of servers that run no more are removed first.
    """

    def __init__(self):
        self._root = Path(get_upload_folder())
        self._root.mkdir(parents=True, exist_ok=True)
        for left in self._root.glob(f"{PREFIX}*"):
            if _is_left(left):
                shutil.rmtree(left, ignore_errors=True)
        self._path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=self._root))
        self.files, self.work = self._path / "files", self._path / "work"
        self._lock = None
        self.hold()
        os.environ["GRADIO_TEMP_DIR"] = str(self.files)
        os.environ["TMPDIR"] = tempfile.tempdir = str(self.work)

    def hold(self):
        """Makes sure that the folder is there, whoever emptied it, and that other servers see that it is in use."""
        for folder in (self.files, self.work):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = self._path / LOCK
        if self._lock is None or not lock.exists():
            self.release()
            self._lock = lock.open("w")
            _lock(self._lock)

    def release(self):
        if self._lock:
            self._lock.close()

    def remove(self):
        """Removes all that is in it; before the lock, so that no other server does so meanwhile."""
        shutil.rmtree(self._path, ignore_errors=True)
        self.release()
        shutil.rmtree(self._path, ignore_errors=True)  # Windows lets go of a lock only then

    def sweep(self, budget_bytes, uploading_since, most_files=MOST_FILES):
        """Removes of `files`, and of what visitors had from the Hub, the oldest until `budget_bytes` hold the rest.

        No more than `most_files` are left. What is older than a day goes, too, and empty folders, and uploads that were
        broken off: a file that still has no folder of its own and received nothing after `uploading_since`, when the
        first upload at hand began. Returns whether there are such files left, of which some may be broken off later.
        """
        now = time.time()
        kept, total, uploading = [], 0, False
        for entry in chain.from_iterable(map(_below, (self.files, *self.work.glob("visitors-hub-*")))):
            if entry.is_dir(follow_symlinks=False):
                with suppress(OSError):
                    if now - entry.stat().st_mtime > UNTOUCHED_S:
                        os.rmdir(entry.path)
                continue
            with suppress(FileNotFoundError):
                status = entry.stat(follow_symlinks=False)
                upload = os.path.dirname(entry.path) == str(self.files)
                if upload and status.st_mtime < uploading_since - 1 or now - status.st_mtime > AGE_S:
                    os.remove(entry.path)
                    continue
                uploading |= upload
                if stat.S_ISREG(status.st_mode):
                    kept.append((status.st_mtime, status.st_size, entry.path))
                    total += status.st_size
        kept.sort(reverse=True)
        while kept and (total > budget_bytes or len(kept) > most_files):
            _, size, file = kept.pop()
            with suppress(FileNotFoundError):
                os.remove(file)
            total -= size
        return uploading


def _below(folder):
    """Yields the `os.DirEntry` of all that is in the folder, the deepest first."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in list(entries):  # of those that are left, none is missed while others go
            if entry.is_dir(follow_symlinks=False):
                yield from _below(entry.path)
            yield entry


def _is_left(folder):
    """Whether the server that made it is gone: nobody has its lock."""
    try:
        with (folder / LOCK).open("r+") as lock:
            return _lock(lock)
    except FileNotFoundError:  # one that is just being made has none yet
        with suppress(OSError):
            return time.time() - folder.stat().st_mtime > UNTOUCHED_S
        return False
    except OSError:
        return False


def _lock(file):
    """Locks the open file until it is closed, or the process ends in whatever way; returns whether that succeeded."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except OSError:
        return False
