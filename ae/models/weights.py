"""Where trained weights come from: a folder, a Hub repository, or the ones that travel with the code.

A weights file is only ever read as arrays, into a graph built by `Architecture.build`: no file can bring code
or a graph of its own.
"""

import re
import tempfile
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import h5py
import numpy as np

from ae.image.color import model_input
from ae.models import catalog
from ae.models.architecture import import_keras

BUNDLED = Path(__file__).parents[2] / "weights"
FILE_NAME = "model.weights.h5"
LARGEST_BYTES = 20 * 1000**2
DEADLINE_S = 8  # for the Hub: leaves 2 of the 10 seconds to the bundled weights
ABSURD = 10  # as a number of an answer that is meant for [0, 1]


@dataclass(frozen=True)
class Source:
    """Where weights are looked for: a folder, else a Hub repository, else (nothing given) the bundled folder.

    The file of a model is `<model id>/model.weights.h5` in all three. `revision` is a branch, tag or commit of
    `hub_repo` (None: its default branch). `token` is None for this machine's own login, if there is one, and False
    for none: a visitor's repository must not be read with the operator's rights.
    """

    folder: Path | str | None = None
    hub_repo: str | None = None
    revision: str | None = None
    token: bool | None = None

    def __str__(self):
        if self.hub_repo and not self.folder:
            return f"{self.hub_repo} on the Hub"
        return f"the folder {Path(self.folder or BUNDLED).name}"  # visitors read it: not where it lies


class WeightsError(ValueError):
    """Weights that cannot be used: one sentence with what was expected, what was received and what to do."""

    def __init__(self, source, reason):
        super().__init__(f"{source} cannot be used: {reason}.")


class NoAnswer(Exception):
    """The Hub did not say whether it has a file; the message is the reason, as part of a sentence."""


def load(model_id, source=Source()):
    """Returns the `keras.Model` of that id with weights from `source` and nowhere else.

    Raises ValueError for an unknown id, FileNotFoundError if a folder has no file for it, and WeightsError if the
    Hub gives none within `DEADLINE_S` seconds or `read` refuses the file.
    """
    catalog.get(model_id)
    try:
        path, _ = find(model_id, source)
    except NoAnswer as no_answer:
        path, _ = find_downloaded(model_id, source, no_answer)
    return read(model_id, path, source)


def find(model_id, source):
    """Returns the path of the model's weights, fetched from the Hub if need be, and the sentence on them.

    Raises what `load` does, and NoAnswer if the Hub does not say within `DEADLINE_S` seconds whether it has the file.
    """
    if source.hub_repo and not source.folder:
        return _find_on_hub(model_id, source)
    path = Path(source.folder or BUNDLED) / model_id / FILE_NAME
    if not path.is_file():
        advice = f"train it with `python -m ae train {model_id}` or name another folder"
        raise FileNotFoundError(f"{source} cannot be used: expected {model_id}/{FILE_NAME}, found none; {advice}.")
    return path, f"Weights from {source}." if source.folder else "Bundled weights."


def find_downloaded(model_id, source, no_answer):
    """Returns as `find` does what the Hub gave before, for it gives no answer now. Raises WeightsError for none."""
    from huggingface_hub import try_to_load_from_cache

    name = f"{model_id}/{FILE_NAME}"
    # The cache may hold what only the operator's login may read.
    cached = None if source.token is False else try_to_load_from_cache(source.hub_repo, name, revision=source.revision)
    if not isinstance(cached, str):
        raise WeightsError(source, f"{no_answer}; check the connection and try again in a minute")
    return Path(cached), f"Weights from {source}, revision {_commit(cached)}, as downloaded before: {no_answer}."


def read(model_id, path, source):
    """Returns the `keras.Model` of that id with the weights in the file at `path`, which is of `source`.

    Raises WeightsError unless they are float32 arrays of exactly the model's shapes, with which it answers in numbers
    that can be colors.
    """
    architecture = catalog.get(model_id)
    model = architecture.build()
    try:
        _check(path, model)
        model.load_weights(path)
        _check_answer(model, architecture)
    except _Unfit as error:
        raise WeightsError(source, f"{model_id}/{FILE_NAME} {error}") from error
    return model


def check_repo_id(repo_id):
    """Raises ValueError unless `repo_id` has the form USER/REPO."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(repo_id)
        valid = "/" in repo_id
    except HFValidationError:
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


def _find_on_hub(model_id, source):
    check_repo_id(source.hub_repo)
    if not re.fullmatch(r"[\w-][\w.-]*(/[\w-][\w.-]*)*", source.revision or "main", re.ASCII):
        raise WeightsError(source, f"expected a branch, tag or commit as its revision, received {source.revision!r}")
    try:
        path = start(_download, f"{model_id}/{FILE_NAME}", source).result(timeout=DEADLINE_S)
    except TimeoutError:
        raise NoAnswer(f"no answer within {DEADLINE_S} seconds") from None
    return Path(path), f"Weights from {source}, revision {_commit(path)}."


def _commit(path):
    """The first 12 digits, from the client's cache: snapshots/<commit>/<model id>/<file>."""
    return Path(path).parents[1].name[:12]


def _download(name, source):
    """Returns the path of the file in the client's cache, fetched if need be.

    Raises WeightsError if the Hub has no such file or it does not arrive, NoAnswer if the Hub fails to say.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url
    from huggingface_hub.errors import HfHubHTTPError

    url = hf_hub_url(source.hub_repo, name, revision=source.revision)
    try:
        metadata = get_hf_file_metadata(url, token=source.token, timeout=DEADLINE_S)
    except HfHubHTTPError as error:
        raise _refusal(error, name, source) from error
    except Exception as error:
        raise NoAnswer(f"the Hub cannot be reached ({type(error).__name__})") from error
    if metadata.size is None or metadata.size > LARGEST_BYTES:
        received = "an unknown number of" if metadata.size is None else f"{metadata.size:,}"
        raise WeightsError(source, f"expected {name} to have at most {LARGEST_BYTES:,} bytes, received {received}")

    # A visitor's branch may move on to a larger file after the check; the operator's name is kept in the cache.
    revision = metadata.commit_hash if source.token is False else source.revision
    try:
        return hf_hub_download(source.hub_repo, name, revision=revision, token=source.token, etag_timeout=DEADLINE_S)
    except Exception as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")
        raise WeightsError(source, f"{name} did not arrive whole ({reason}); try again") from error


def _refusal(error, name, source):
    """The exception to raise for an answer of the Hub that is an error."""
    from huggingface_hub import errors

    status = error.response.status_code
    if isinstance(error, errors.RevisionNotFoundError):
        return WeightsError(source, f"expected the revision {source.revision}, not found; name one that it has")
    if isinstance(error, errors.EntryNotFoundError):
        return WeightsError(source, f"expected {name} in it, not found; name a repository of this program's weights")
    if status in (401, 403):
        advice = "check the name; only public ones can be read here"
        if source.token is not False:
            advice = "check the name, and log in with `hf auth login` or set HF_TOKEN"
        return WeightsError(source, f"it needs a login or does not exist (status {status}); {advice}")
    if status == 404:
        return WeightsError(source, "not found; check the name")
    return NoAnswer(f"the Hub failed (status {status})")


class _Unfit(Exception):
    """What is wrong with a weights file, as a predicate of it."""


def _check(path, model):
    """Raises _Unfit unless it holds exactly the arrays that `model` expects."""
    if not h5py.is_hdf5(path):
        raise _Unfit("is not a weights file: expected HDF5, as `Model.save_weights` writes it")
    expected = _layout(model)
    try:
        with h5py.File(path, "r") as file:
            found = dict(_datasets(file, expected))
            for name, array in expected.items():
                if array is None:
                    continue
                if name not in found:
                    raise _Unfit(f"has the wrong layout: expected {name}, found none")
                shape, dtype = array
                dataset = found[name]
                if (dataset.shape, dataset.dtype) != array:
                    received = f"{dataset.dtype} {dataset.shape}"
                    raise _Unfit(f"has the wrong shape: expected {name} as {dtype} {shape}, received {received}")
                if not np.isfinite(dataset[()]).all():
                    raise _Unfit(f"is damaged: expected finite numbers, received NaN or infinity in {name}")
    except _Unfit:
        raise
    except Exception as error:  # h5py has no class of its own for a broken file
        raise _Unfit(f"is truncated or damaged, HDF5 cannot read it ({error}); fetch it again") from error


def _check_answer(model, architecture):
    """Raises _Unfit if it answers a gray square and a ramp from black to white in no colors: with 0 alone, too."""
    y = np.float32([np.full((32, 32), 0.5), np.tile(np.linspace(0, 1, 32), (32, 1))])[..., None]
    with np.errstate(all="ignore"):
        answers = [model(model_input(np.repeat(y, 3, -1), architecture.task), training=False)]
        if architecture.takes_hints:
            _, networks = import_keras()
            answers.append(
                networks.heads(model)(np.concatenate([y, np.zeros((2, 32, 32, 3), np.float32)], -1), vividness=1.0)
            )
        largest = np.max([np.abs(answer).max() for answer in answers])  # NaN if there is one
    if not 0 < largest <= ABSURD:
        received = f"{largest:.1g} at most" if np.isfinite(largest) else "NaN or infinity"
        raise _Unfit(f"answers a gray square with no colors: expected numbers from 0 to 1, received {received}")


def _layout(model):
    """Returns {name: (shape, dtype), or None for a group} of the model's weights file, by letting Keras write one."""
    layout = {}

    def add(name, item):
        layout[name] = (item.shape, item.dtype) if isinstance(item, h5py.Dataset) else None

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FILE_NAME
        model.save_weights(path)
        with h5py.File(path, "r") as file:
            file.visititems(add)
    return layout


def _datasets(group, layout):
    """Yields (name, dataset) below `group`, and raises _Unfit for whatever `layout` does not have there."""
    for key in group:
        name = f"{group.name}/{key}".lstrip("/")
        if not isinstance(group.get(key, getlink=True), h5py.HardLink):
            raise _Unfit(f"holds a link, {name}: expected arrays alone")
        item = group[key]
        if name not in layout or not isinstance(item, h5py.Dataset if layout[name] else h5py.Group):
            raise _Unfit(f"has the wrong layout: expected the model's layers alone, received {name}")
        if isinstance(item, h5py.Group):
            yield from _datasets(item, layout)
        elif item.external or item.is_virtual or item.chunks:
            raise _Unfit(f"keeps {name} in another file or compressed: expected plain arrays")
        else:
            yield name, item
