import gc
import shutil
from concurrent.futures import ThreadPoolExecutor
from weakref import ref

import h5py
import numpy as np
import pytest

from ae.models import cache, catalog, weights
from ae.models.cache import Models
from ae.models.weights import BUNDLED, Source

FILE = "ir-initial/model.weights.h5"
PRIOR = "layers/expected_color/vars/0"


@pytest.fixture
def folder(tmp_path):
    """Returns a function that makes the `Source` of a folder whose model answers `value` everywhere."""

    def make(name, value=0.5):
        network = catalog.get("ir-initial").build()
        network.set_weights([np.zeros_like(array) for array in network.get_weights()])
        network.layers[-1].bias.assign([value] * 3)
        (tmp_path / name / "ir-initial").mkdir(parents=True, exist_ok=True)
        network.save_weights(tmp_path / name / FILE)
        return Source(tmp_path / name)

    return make


def answer(network):
    return float(np.asarray(network(np.zeros((1, 8, 8, 3), np.float32))).mean())


def requests_of(hub, name):
    return [request for request in hub.requests if f"/{name}/" in request[2]]


def test_the_bundled_ones_stay_however_many_others_there_are(folder, monkeypatch):
    monkeypatch.setattr(cache, "KEPT", 2)
    kept = Models()
    bundled = kept.get("ir-initial")
    networks = [kept.get("ir-initial", folder(str(number)))[0] for number in range(5)]
    assert kept.get("ir-initial") == bundled == (bundled[0], "Bundled weights.")
    last, others = networks[-1], [ref(network) for network in networks[:-2]]
    del networks
    gc.collect()
    assert [network() for network in others] == [None] * 3
    assert kept.get("ir-initial", folder("4"))[0] is last


def test_the_one_used_last_is_pushed_out_last(folder, monkeypatch):
    monkeypatch.setattr(cache, "KEPT", 2)
    kept, sources = Models(), [folder(name) for name in "abc"]
    first = kept.get("ir-initial", sources[0])[0]
    second = kept.get("ir-initial", sources[1])[0]
    assert kept.get("ir-initial", sources[0])[0] is first
    kept.get("ir-initial", sources[2])
    assert kept.get("ir-initial", sources[0])[0] is first
    assert kept.get("ir-initial", sources[1])[0] is not second


def test_sources_that_fail_share_the_bundled_network_each_with_its_own_reason(hub, tmp_path):
    kept = Models()
    bundled, _ = kept.get("ir-best")
    hub.commit("ann/no-numbers", {"ir-best/model.weights.h5": b"PK" * 1000})
    sources = [Source(tmp_path), Source(hub_repo="ann/nowhere", token=False), Source(hub_repo="ann/no-numbers")]
    for source, reason in zip(sources, ["found none", "does not exist", "is not a weights file"], strict=True):
        network, sentence = kept.get("ir-best", source)
        assert network is bundled
        assert sentence.startswith(f"Bundled weights, because {source} cannot be used: ") and reason in sentence


def test_the_hub_is_asked_again_after_a_while_and_only_another_file_is_read_anew(hub, folder, monkeypatch):
    name = "ann/moves-on"
    hub.commit(name, {FILE: (folder("old", 0.25).folder / FILE).read_bytes()})
    kept, source = Models(), Source(hub_repo=name)
    network, sentence = kept.get("ir-initial", source)
    asked = len(requests_of(hub, name))
    assert kept.get("ir-initial", source) == (network, sentence) and len(requests_of(hub, name)) == asked

    monkeypatch.setattr(cache, "ASK_AGAIN_AFTER_S", 0)
    kept = Models()
    network, _ = kept.get("ir-initial", source)
    asked = len(requests_of(hub, name))
    assert kept.get("ir-initial", source)[0] is network and len(requests_of(hub, name)) > asked

    commit = hub.commit(name, {FILE: (folder("new", 0.75).folder / FILE).read_bytes()})
    newer, sentence = kept.get("ir-initial", source)
    assert (answer(network), answer(newer)) == (0.25, 0.75)
    assert sentence == f"Weights from {name} on the Hub, revision {commit[:12]}."


def test_a_hub_that_is_back_is_found_again(hub, folder, monkeypatch):
    monkeypatch.setattr(cache, "RETRY_AFTER_S", 0)
    hub.commit("ann/away", {FILE: (folder("a", 0.75).folder / FILE).read_bytes()})
    hub.failures["ann/away"] = 500
    kept, source = Models(), Source(hub_repo="ann/away", token=False)
    assert "the Hub failed (status 500)" in kept.get("ir-initial", source)[1]
    del hub.failures["ann/away"]
    network, sentence = kept.get("ir-initial", source)
    assert answer(network) == 0.75 and sentence.startswith("Weights from ann/away on the Hub")


def test_a_model_in_memory_does_without_its_file_but_one_that_was_pushed_out_does_not(folder, monkeypatch):
    monkeypatch.setattr(cache, "KEPT", 1)
    kept, source = Models(), folder("mine", 0.75)
    network, sentence = kept.get("ir-initial", source)
    shutil.rmtree(source.folder)
    assert kept.get("ir-initial", source) == (network, sentence)
    kept.get("ir-initial", folder("other"))
    assert f"expected {FILE}, found none" in kept.get("ir-initial", source)[1]


def test_whoever_asks_at_once_waits_for_the_same_network(folder):
    kept, source = Models(), folder("a")
    with ThreadPoolExecutor(8) as pool:
        assert len({id(network) for network, _ in pool.map(lambda _: kept.get("ir-initial", source), range(8))}) == 1
        assert len({id(network) for network, _ in pool.map(lambda _: kept.get("ir-best"), range(8))}) == 1


def test_a_model_without_any_weights_is_refused_with_the_reason_of_its_own_source(tmp_path):
    own = "own-2-k1-max-tanh"
    with pytest.raises(FileNotFoundError, match=f"the folder {tmp_path.name} cannot be used: expected {own}/"):
        Models().get(own, Source(tmp_path))


def test_heads_are_made_once_and_go_with_their_network():
    kept = Models()
    network = catalog.get("color-unet").build()
    heads = kept.heads(network)
    assert kept.heads(network) is heads
    gone = ref(network)
    del network, heads
    gc.collect()
    assert gone() is None


@pytest.fixture(scope="module")
def models():
    """For all tests that leave the bundled ones as they are."""
    return Models()


@pytest.mark.parametrize(
    "model_id, number, received",
    [
        ("ir-best", 3e38, "NaN or infinity"),
        ("ir-best", 1e3, "1e\\+[0-9]+ at most"),
        ("ir-best", -3e38, "0 at most"),
        ("ir-residual", -1e3, "NaN or infinity"),
        ("color-report", 3e38, "NaN or infinity"),
        ("color-photo", -1e6, "NaN or infinity"),
    ],
)
def test_finite_but_huge_numbers_are_refused(models, tmp_path, model_id, number, received):
    network = catalog.get(model_id).build()
    network.set_weights([np.full_like(array, number) for array in network.get_weights()])
    (tmp_path / model_id).mkdir()
    network.save_weights(tmp_path / model_id / "model.weights.h5")
    with pytest.raises(weights.WeightsError, match=f"expected numbers from 0 to 1, received {received}"):
        weights.load(model_id, Source(tmp_path))
    assert "Bundled weights, because " in models.get(model_id, Source(tmp_path))[1]


def test_a_measured_prior_that_is_none_is_refused(tmp_path):
    (tmp_path / "color-photo").mkdir()
    path = shutil.copy(BUNDLED / "color-photo" / "model.weights.h5", tmp_path / "color-photo")
    with h5py.File(path, "r+") as file:
        file[PRIOR][:] = -1
    with pytest.raises(weights.WeightsError, match="received NaN or infinity"):
        weights.load("color-photo", Source(tmp_path))


def test_the_bundled_ones_are_not_refused():
    for architecture in catalog.ARCHITECTURES.values():
        weights.load(architecture.id, Source(BUNDLED))
