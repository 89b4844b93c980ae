"""Where trained weights come from: a folder, a Hub repository, or the ones that travel with the code.

A weights file is only ever read as arrays, into a graph built by `Architecture.build`: no file can bring code
or a graph of its own.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from ae.image.color import model_input
from ae.models import catalog, hub
from ae.models.architecture import import_keras

BUNDLED = Path(__file__).parents[2] / "weights"
FILE_NAME = "model.weights.h5"
HALF = {np.dtype("float32"): np.dtype("float16")}  # a file may keep a number at half of its precision
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


def load(model_id, source=Source()):
    """Returns the `keras.Model` of that id with weights from `source` and nowhere else.

    Raises ValueError for an unknown id, FileNotFoundError if a folder has no file for it, and WeightsError if the
    Hub gives none within `hub.DEADLINE_S` seconds or `read` refuses the file.
    """
    catalog.get(model_id)
    try:
        path, _ = find(model_id, source)
    except hub.NoAnswer as no_answer:
        path, _ = find_downloaded(model_id, source, no_answer)
    return read(model_id, path, source)


def find(model_id, source):
    """Returns the path of the model's weights, fetched from the Hub if need be, and the sentence on them.

    Raises what `load` does, and NoAnswer if the Hub does not say within its deadline whether it has the file.
    """
    name = f"{model_id}/{FILE_NAME}"
    if source.hub_repo and not source.folder:
        try:
            file = hub.fetch(source.hub_repo, name, source.revision, source.token)
        except hub.Refused as refused:
            raise WeightsError(source, refused) from refused
        return file.path, f"Weights from {source}, revision {file.commit[:12]}."
    path = Path(source.folder or BUNDLED) / name
    if not path.is_file():
        advice = f"train it with `python -m ae train {model_id}` or name another folder"
        raise FileNotFoundError(f"{source} cannot be used: expected {name}, found none; {advice}.")
    return path, f"Weights from {source}." if source.folder else "Bundled weights."


def find_downloaded(model_id, source, no_answer):
    """Returns as `find` does what the Hub gave before, for it gives no answer now. Raises WeightsError for none."""
    # The cache may hold what only the operator's login may read.
    visitors = source.token is False
    file = None if visitors else hub.fetched_before(source.hub_repo, f"{model_id}/{FILE_NAME}", source.revision)
    if file is None:
        raise WeightsError(source, f"{no_answer}; check the connection and try again in a minute")
    sentence = f"Weights from {source}, revision {file.commit[:12]}, as downloaded before: {no_answer}."
    return file.path, sentence


def read(model_id, path, source):
    """Returns the `keras.Model` of that id with the weights in the file at `path`, which is of `source`.

    Raises WeightsError unless they are arrays of exactly the model's shapes, float32 or float16, with which it answers
    in numbers that can be colors.
    """
    architecture = catalog.get(model_id)
    _, networks = import_keras()
    model = networks.one_graph(architecture.build())
    try:
        _check(path, model)
        model.load_weights(path)
        _check_answer(model, architecture, networks)
    except _Unfit as error:
        raise WeightsError(source, f"{model_id}/{FILE_NAME} {error}") from error
    return model


def save(model, path, half_precision=False):
    """Writes the weights of a `keras.Model` as Keras does; in half precision those numbers that are float32."""
    model.save_weights(path)
    if half_precision:
        items = []
        with h5py.File(path) as file:
            file.visititems(lambda name, item: items.append((name, getattr(item, "dtype", None) and item[()])))
        with h5py.File(path, "w") as file:  # anew: what is replaced in a file leaves its place empty
            for name, array in items:
                if array is None:
                    file.create_group(name)
                else:
                    file[name] = array.astype(HALF.get(array.dtype, array.dtype))


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
                if dataset.shape != shape or dataset.dtype not in (dtype, HALF.get(dtype)):
                    received = f"{dataset.dtype} {dataset.shape}"
                    raise _Unfit(f"has the wrong shape: expected {name} as {dtype} {shape}, received {received}")
                if not np.isfinite(dataset[()]).all():
                    raise _Unfit(f"is damaged: expected finite numbers, received NaN or infinity in {name}")
    except _Unfit:
        raise
    except Exception as error:  # h5py has no class of its own for a broken file
        raise _Unfit(f"is truncated or damaged, HDF5 cannot read it ({error}); fetch it again") from error


def _check_answer(model, architecture, networks):
    """Raises _Unfit if it answers a gray square and a ramp from black to white in no colors: with 0 alone, too."""
    y = np.float32([np.full((32, 32), 0.5), np.tile(np.linspace(0, 1, 32), (32, 1))])[..., None]
    with np.errstate(all="ignore"):
        answers = [model(model_input(np.repeat(y, 3, -1), architecture.task), training=False)]
        if architecture.takes_hints:
            heads = networks.Heads(model)
            answers.append(heads.colors(*heads.network(y, training=False), vividness=1.0))
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
