"""One file of a repository on the Hugging Face Hub: within a deadline, of a bounded size, or the reason why not."""

import re
import tempfile
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Thread

import huggingface_hub.errors
import huggingface_hub.utils

DEADLINE_S = 8  # leaves 2 of a visitor's 10 seconds to the bundled weights
LARGEST_BYTES = 20 * 1000**2


class Refused(Exception):
    """The file cannot be had from there; the message is the reason, as part of a sentence, with what to do."""


class NoAnswer(Exception):
    """The Hub did not say whether it has a file; the message is the reason, as part of a sentence."""


@dataclass(frozen=True)
class Download:
    """A file on this machine and the commit, 40 hexadecimal digits, that it is of."""

    path: Path
    commit: str


def fetch(repo_id, name, revision=None, token=None):
    """Returns the `Download` of a repository's file, fetched if it is not here yet.

    `revision` is a branch, tag or commit (None: the default branch). `token` is None for this machine's own login, if
    there is one, and False for none: then the file goes to a folder that ends with this process.

    Raises ValueError for what is no repository's name, Refused if it has no such file or it does not arrive, and
    NoAnswer if the Hub does not say within `DEADLINE_S` seconds.
    """
    check_repo_id(repo_id)
    if not re.fullmatch(r"[\w-][\w.-]*(/[\w-][\w.-]*)*", revision or "main", re.ASCII):
        raise Refused(f"expected a branch, tag or commit as its revision, received {revision!r}")
    try:
        return start(_download, repo_id, name, revision, token).result(timeout=DEADLINE_S)
    except TimeoutError:
        raise NoAnswer(f"no answer within {DEADLINE_S} seconds") from None


def fetched_before(repo_id, name, revision=None):
    """Returns the `Download` that this machine's login has in the client's cache, None for none."""
    try:
        return _cached(repo_id, name, revision, None, None)
    except huggingface_hub.errors.LocalEntryNotFoundError:
        return None


def check_repo_id(repo_id):
    """Raises ValueError unless `repo_id` has the form USER/REPO."""
    try:
        huggingface_hub.utils.validate_repo_id(repo_id)
        valid = "/" in repo_id
    except huggingface_hub.errors.HFValidationError:
        valid = False
    if not valid:
        raise ValueError(f"{repo_id!r:.100} is not a Hub repository: expected USER/REPO, as in keras-io/autoencoder.")


def start(function, *arguments):
    """Returns the `Future` of a call in a daemon thread, which neither a deadline nor the exit has to wait for."""
    future = Future()

    def call():
        try:
            future.set_result(function(*arguments))
        except BaseException as error:
            future.set_exception(error)

    Thread(target=call, daemon=True).start()
    return future


def _download(repo_id, name, revision, token):
    url = huggingface_hub.hf_hub_url(repo_id, name, revision=revision)
    try:
        metadata = huggingface_hub.get_hf_file_metadata(url, token=token, timeout=2 * DEADLINE_S)  # `fetch` is first
    except huggingface_hub.errors.HfHubHTTPError as error:
        raise _refusal(error, name, revision, token) from error
    except Exception as error:
        raise NoAnswer(f"the Hub cannot be reached ({type(error).__name__})") from error
    if metadata.size is None or metadata.size > LARGEST_BYTES:
        received = "an unknown number of" if metadata.size is None else f"{metadata.size:,}"
        raise Refused(f"expected {name} to have at most {LARGEST_BYTES:,} bytes, received {received}")

    folder = None
    if token is False:  # a visitor's branch may move on to a larger file after the check
        folder, revision = _visitors_cache().name, metadata.commit_hash
    options = {"revision": revision, "token": token, "cache_dir": folder, "etag_timeout": DEADLINE_S}
    try:
        huggingface_hub.hf_hub_download(repo_id, name, **options)
    except Exception as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")
        raise Refused(f"{name} did not arrive whole ({reason}); try again") from error
    return _cached(repo_id, name, revision, token, folder)


def _cached(repo_id, name, revision, token, folder):
    options = {"revision": revision, "token": token, "cache_dir": folder}
    known = huggingface_hub.hf_hub_download(repo_id, name, local_files_only=True, dry_run=True, **options)
    return Download(Path(known.local_path), known.commit_hash)


@cache
def _visitors_cache():
    """A folder for what visitors name: the client's own cache is the operator's."""
    return tempfile.TemporaryDirectory(prefix="visitors-hub-", ignore_cleanup_errors=True)


def _refusal(error, name, revision, token):
    """The exception to raise for an answer of the Hub that is an error."""
    errors, status = huggingface_hub.errors, error.response.status_code
    if isinstance(error, errors.RevisionNotFoundError):
        return Refused(f"expected the revision {revision}, not found; name one that it has")
    if isinstance(error, errors.EntryNotFoundError):
        return Refused(f"expected {name} in it, not found; name a repository of this program's weights")
    if status in (401, 403):
        advice = "check the name; only public ones can be read here"
        if token is not False:
            advice = "check the name, and log in with `hf auth login` or set HF_TOKEN"
        return Refused(f"it needs a login or does not exist (status {status}); {advice}")
    if status == 404:
        return Refused("not found; check the name")
    return NoAnswer(f"the Hub failed (status {status})")
