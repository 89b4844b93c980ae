import io
import os
import pickle
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np
import pytest
from hub import TOKEN

from ae.models import catalog, weights
from ae.models import hub as hub_client
from ae.models.cache import Models
from ae.models.weights import Source, WeightsError

FILE = "ir-initial/model.weights.h5"


def save(folder, model_id="ir-initial", seed=1):
    """Saves random weights, small ones, as `folder` / model id / model.weights.h5; returns (path, arrays)."""
    model = catalog.get(model_id).build()
    random = np.random.default_rng(seed)
    arrays = [random.uniform(0, 0.03, array.shape).astype(np.float32) for array in model.get_weights()]
    model.set_weights(arrays)
    path = Path(folder) / model_id / "model.weights.h5"
    path.parent.mkdir(parents=True, exist_ok=True)
    model.save_weights(path)
    return path, arrays


def same(model, arrays):
    return all(np.array_equal(ours, theirs) for ours, theirs in zip(model.get_weights(), arrays, strict=True))


@pytest.fixture(scope="session")
def bundled():
    return weights.load("ir-initial").get_weights()


@pytest.fixture
def repository(hub, tmp_path):
    """Returns (USER/REPO, arrays) of a repository of this test alone, with weights for ir-initial."""
    path, arrays = save(tmp_path)
    name = f"ann/repository-{len(hub.repos)}"
    hub.commit(name, {FILE: path.read_bytes()})
    return name, arrays


def requests_of(hub, repository):
    return [request for request in hub.requests if f"/{repository}/" in request[2]]


def test_what_a_visitor_names_does_not_come_into_the_operators_cache(repository):
    name, arrays = repository
    assert same(weights.load("ir-initial", Source(hub_repo=name, token=False)), arrays)
    operators = Path(os.environ["HF_HOME"]) / "hub" / f"models--{name.replace('/', '--')}"
    assert not operators.exists()
    weights.load("ir-initial", Source(hub_repo=name))
    assert operators.exists()


def test_nothing_asked_for_gives_the_bundled_weights(bundled):
    model, sentence = Models().get("ir-initial")
    assert sentence == "Bundled weights."
    assert same(model, bundled)


@pytest.mark.parametrize("kind", [str, Path])
def test_folder(tmp_path, kind):
    _, arrays = save(tmp_path)
    model, sentence = Models().get("ir-initial", Source(kind(tmp_path), hub_repo="not/asked"))
    assert sentence == f"Weights from the folder {tmp_path.name}."
    assert same(model, arrays)


def test_folder_without_the_file(tmp_path, bundled):
    with pytest.raises(FileNotFoundError, match=f"expected {FILE}, found none; train it with"):
        weights.load("ir-initial", Source(tmp_path))
    model, sentence = Models().get("ir-initial", Source(tmp_path))
    assert sentence.startswith(f"Bundled weights, because the folder {tmp_path.name} cannot be used: expected {FILE}")
    assert same(model, bundled)


def test_unknown_model():
    with pytest.raises(ValueError, match="Expected one of the models ir-initial, .*'ir-huge'"):
        Models().get("ir-huge")


class Bomb:
    """Leaves a file behind where it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def as_pickle(path):
    path.write_bytes(pickle.dumps(Bomb(path.parent / "unpickled")))


def as_keras_archive(path):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("config.json", "{}")
        file.write(path, "model.weights.h5")
    path.write_bytes(archive.getvalue())


def as_whole_legacy_model(path):
    legacy = path.with_name("legacy.h5")
    catalog.get("ir-initial").build().save(legacy)
    legacy.replace(path)


def as_empty(path):
    path.write_bytes(b"")


def truncated(path):
    path.write_bytes(path.read_bytes()[:-1000])


def cut_to_the_header(path):
    path.write_bytes(path.read_bytes()[:600])


def of_another_model(path):
    save(path.parent.parent / "other", "ir-best")[0].replace(path)


def edited(edit):
    def damage(path):
        with h5py.File(path, "r+") as file:
            edit(file, path)

    damage.__name__ = edit.__name__
    return damage


@edited
def not_a_number(file, path):
    file["layers/conv2d/vars/0"][0, 0, 0, 0] = np.nan


@edited
def infinite(file, path):
    file["layers/conv2d_4/vars/1"][2] = -np.inf


@edited
def double_precision(file, path):
    array = file["layers/conv2d/vars/1"][()]
    del file["layers/conv2d/vars/1"]
    file["layers/conv2d/vars/1"] = array.astype(np.float64)


@edited
def wrong_shape(file, path):
    del file["layers/conv2d/vars/1"]
    file["layers/conv2d/vars/1"] = np.zeros(12, np.float32)


@edited
def soft_link(file, path):
    del file["layers/conv2d/vars/1"]
    file["layers/conv2d/vars/1"] = h5py.SoftLink("/layers/conv2d_1/vars/1")


@edited
def external_link(file, path):
    file.move("layers", "moved")
    file["layers"] = h5py.ExternalLink(weights.BUNDLED / FILE, "/layers")


@edited
def external_storage(file, path):
    (path.parent / "secret").write_bytes(bytes(32))
    del file["layers/conv2d/vars/1"]
    file.create_dataset("layers/conv2d/vars/1", (8,), "f4", external=[(str(path.parent / "secret"), 0, 32)])


@edited
def compressed(file, path):
    del file["layers/conv2d/vars/1"]
    file.create_dataset("layers/conv2d/vars/1", (8,), "f4", compression="gzip")


@edited
def named_type(file, path):
    del file["layers/input_layer"]
    file["layers/input_layer"] = np.dtype("f4")


@edited
def circle(file, path):
    file["layers/layers"] = file["layers"]


@edited
def something_more(file, path):
    file["optimizer/vars/0"] = np.zeros(3, np.float32)


@edited
def something_less(file, path):
    del file["layers/conv2d_3"]


def with_another_byte(path):
    """In the name of a group, which then is not UTF-8."""
    path.write_bytes(path.read_bytes().replace(b"max_pooling2d\0", b"max_pooling2\xff\0"))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (as_pickle, "is not a weights file: expected HDF5"),
        (as_keras_archive, "is not a weights file: expected HDF5"),
        (as_empty, "is not a weights file: expected HDF5"),
        (as_whole_legacy_model, "wrong layout: expected the model's layers alone, received model_weights"),
        (truncated, "is truncated or damaged"),
        (cut_to_the_header, "is truncated or damaged"),
        (with_another_byte, "is truncated or damaged"),
        (of_another_model, "wrong layout: expected the model's layers alone, received layers/conv2d_5"),
        (wrong_shape, "wrong shape: expected layers/conv2d/vars/1 as float32 (8,), received float32 (12,)"),
        (not_a_number, "received NaN or infinity in layers/conv2d/vars/0"),
        (infinite, "received NaN or infinity in layers/conv2d_4/vars/1"),
        (double_precision, "as float32 (8,), received float64 (8,)"),
        (soft_link, "holds a link, layers/conv2d/vars/1"),
        (external_link, "holds a link, layers"),
        (external_storage, "keeps layers/conv2d/vars/1 in another file"),
        (compressed, "keeps layers/conv2d/vars/1 in another file or compressed"),
        (named_type, "received layers/input_layer"),
        (circle, "received layers/layers"),
        (something_more, "received optimizer"),
        (something_less, "expected layers/conv2d_3/vars/0, found none"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_file_that_is_not_the_models_weights(tmp_path, bundled, damage, reason):
    path, _ = save(tmp_path)
    damage(path)
    with pytest.raises(WeightsError) as error:
        weights.load("ir-initial", Source(tmp_path))
    assert str(error.value).startswith(f"the folder {tmp_path.name} cannot be used: {FILE} ")
    assert reason in str(error.value) and "\n" not in str(error.value)
    assert not (path.parent / "unpickled").exists()

    model, sentence = Models().get("ir-initial", Source(tmp_path))
    assert sentence == f"Bundled weights, because {error.value}"
    assert same(model, bundled)


def test_download(hub, repository):
    name, arrays = repository
    model, sentence = Models().get("ir-initial", Source(hub_repo=name))
    commit = hub.repos[f"models/{name}"]["branches"]["main"]
    assert sentence == f"Weights from {name} on the Hub, revision {commit[:12]}."
    assert same(model, arrays)
    asked = {path for _, _, path, _ in requests_of(hub, name) if "/resolve/" in path}
    assert asked == {f"/{name}/resolve/main/{FILE}"}

    before = len(requests_of(hub, name))
    weights.load("ir-initial", Source(hub_repo=name))
    assert [path for _, _, path, _ in requests_of(hub, name)[before:] if "/store/" in path] == []


def test_revision(hub, repository, tmp_path):
    name, first = repository
    pinned = hub.repos[f"models/{name}"]["branches"]["main"]
    path, second = save(tmp_path, seed=2)
    newer = hub.commit(name, {FILE: path.read_bytes()})
    path, third = save(tmp_path, seed=3)
    branch = hub.commit(name, {FILE: path.read_bytes()}, branch="v2")
    for revision, commit, arrays in [(pinned, pinned, first), (None, newer, second), ("v2", branch, third)]:
        model, sentence = Models().get("ir-initial", Source(hub_repo=name, revision=revision))
        assert sentence == f"Weights from {name} on the Hub, revision {commit[:12]}."
        assert same(model, arrays)


@pytest.mark.parametrize(("padding", "resumed_at"), [(0, None), (12_000_000, "bytes=10485760-")])
def test_resume_of_a_download_that_breaks_off(hub, repository, padding, resumed_at):
    name, arrays = repository
    hub.commit(name, {FILE: hub.files(name)[FILE] + bytes(padding)})  # the client keeps what came in steps of 10 MiB
    hub.failures[name] = "cut"
    assert same(weights.load("ir-initial", Source(hub_repo=name)), arrays)
    ranges = [headers["Range"] for _, _, path, headers in requests_of(hub, name) if "/store/" in path]
    assert ranges == [None, resumed_at]


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (401, "it needs a login or does not exist (status 401); check the name, and log in with `hf auth login`"),
        ("gated", "it needs a login or does not exist (status 403)"),
        (404, "not found; check the name"),
        (500, "the Hub failed (status 500)"),
        ("hang", "no answer within 2 seconds"),
        ("trickle", "no answer within 2 seconds"),
        ("short", f"{FILE} did not arrive whole (Consistency check failed"),
        ("huge", f"expected {FILE} to have at most 20,000,000 bytes, received 20,000,001"),
    ],
)
def test_a_hub_that_fails(hub, repository, bundled, failure, reason, monkeypatch):
    if "seconds" in reason:
        monkeypatch.setattr(hub_client, "DEADLINE_S", 2)
    name, _ = repository
    hub.failures[name] = failure
    models, source = Models(), Source(hub_repo=name)
    model, sentence = models.get("ir-initial", source)
    assert sentence.startswith(f"Bundled weights, because {name} on the Hub cannot be used: ")
    assert reason in sentence
    assert same(model, bundled)
    asked = requests_of(hub, name)
    assert any("/store/" in path for _, _, path, _ in asked) == (failure in ("trickle", "short"))

    assert models.get("ir-initial", source) == (model, sentence)
    if failure in (500, "hang", "trickle"):
        assert models.get("ir-best", source)[1] == sentence  # a page with two models does not wait twice
    assert requests_of(hub, name) == asked


def test_without_an_answer_of_the_hub_nothing_is_loaded(hub, repository):
    hub.failures[repository[0]] = 500
    with pytest.raises(WeightsError, match=r"cannot be used: the Hub failed \(status 500\); check the connection"):
        weights.load("ir-initial", Source(hub_repo=repository[0]))


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (Source(hub_repo="ann/nowhere"), "it needs a login or does not exist (status 401)"),
        (Source(hub_repo="ann/nowhere", token=False), "does not exist (status 401); check the name; only public ones"),
        (Source(hub_repo="ann/other-files"), f"expected {FILE} in it, not found"),
        (Source(hub_repo="ann/other-files", revision="v9"), "expected the revision v9, not found"),
        (Source(hub_repo="ann/wrong-files"), f"{FILE} is not a weights file"),
    ],
)
def test_a_repository_without_the_weights(hub, bundled, source, reason):
    hub.commit("ann/other-files", {"ir-initial/model.keras": b"PK"})
    hub.commit("ann/wrong-files", {FILE: b"PK" * 1000})
    model, sentence = Models().get("ir-initial", source)
    assert sentence.startswith(f"Bundled weights, because {source.hub_repo} on the Hub cannot be used: ")
    assert reason in sentence
    assert same(model, bundled)


@pytest.mark.parametrize(
    "name", ["../a", "autoencoder", "ann/a/b", "https://huggingface.co/ann/a", "ann/a b", "ann/..", "/ann", "ann/é"]
)
def test_what_is_not_a_repository(hub, bundled, name):
    before = len(hub.requests)
    model, sentence = Models().get("ir-initial", Source(hub_repo=name, token=False))
    assert sentence.startswith(f"Bundled weights, because {name!r} is not a Hub repository: expected USER/REPO")
    assert same(model, bundled)
    assert len(hub.requests) == before


@pytest.mark.parametrize("revision", ["../main", "a b", "/", "main/../../x"])
def test_what_is_not_a_revision(hub, repository, revision):
    with pytest.raises(WeightsError, match="expected a branch, tag or commit as its revision, received "):
        weights.load("ir-initial", Source(hub_repo=repository[0], revision=revision))
    assert requests_of(hub, repository[0]) == []


def test_without_the_hub_the_operator_has_what_was_downloaded_and_a_visitor_has_not(hub, repository, bundled):
    name, arrays = repository
    weights.load("ir-initial", Source(hub_repo=name))
    commit = hub.repos[f"models/{name}"]["branches"]["main"]
    with hub.down():
        model, sentence = Models().get("ir-initial", Source(hub_repo=name))
        visitors_model, visitors_sentence = Models().get("ir-initial", Source(hub_repo=name, token=False))
    reason = "the Hub cannot be reached (ConnectError)"
    assert sentence == f"Weights from {name} on the Hub, revision {commit[:12]}, as downloaded before: {reason}."
    assert same(model, arrays)
    assert reason in visitors_sentence
    assert same(visitors_model, bundled)


@pytest.mark.parametrize("token", [None, False])
def test_only_the_operators_repository_is_read_with_the_operators_login(hub, repository, monkeypatch, token):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    weights.load("ir-initial", Source(hub_repo=repository[0], token=token))
    sent = {(host, headers.get("Authorization")) for _, host, _, headers in requests_of(hub, repository[0])}
    login = None if token is False else f"Bearer {TOKEN}"
    assert sent == {(f"127.0.0.1:{hub.port}", login), (f"localhost:{hub.port}", None)}


def test_a_visitors_download_is_of_the_very_commit_whose_size_was_checked(hub, repository):
    name, arrays = repository
    assert same(weights.load("ir-initial", Source(hub_repo=name, token=False)), arrays)
    asked = [path for _, _, path, _ in requests_of(hub, name) if "/resolve/" in path]
    commit = hub.repos[f"models/{name}"]["branches"]["main"]
    assert asked[0] == f"/{name}/resolve/main/{FILE}"
    assert set(asked[1:]) == {f"/{name}/resolve/{commit}/{FILE}"}


def test_visitors_at_once(hub, repository):
    name, arrays = repository
    with ThreadPoolExecutor(6) as pool:
        models = list(pool.map(lambda _: weights.load("ir-initial", Source(hub_repo=name, token=False)), range(6)))
    assert len(set(map(id, models))) == 6
    assert all(same(model, arrays) for model in models)


def test_import_is_light():
    code = "import sys, ae.models.weights, ae.publish.upload; print(*sys.modules)"
    root = Path(weights.__file__).parents[2]
    loaded = subprocess.check_output([sys.executable, "-c", code], cwd=root, text=True).split()
    assert set(loaded).isdisjoint({"keras", "tensorflow", "huggingface_hub.hf_api"})


def test_numbers_may_be_kept_at_half_of_their_precision(tmp_path):
    whole = weights.load("ir-initial")
    (tmp_path / "ir-initial").mkdir()
    weights.save(whole, tmp_path / FILE, half_precision=True)
    assert (tmp_path / FILE).stat().st_size < (weights.BUNDLED / FILE).stat().st_size
    half = weights.load("ir-initial", Source(tmp_path))
    for kept, array in zip(half.get_weights(), whole.get_weights()):
        assert kept.dtype == np.float32 and np.array_equal(kept, array.astype(np.float16))
