import numpy as np
import pytest

from ae.models import catalog, own
from ae.models.description import describe

SMALL, LARGE = "own-1-k1-max-linear", "own-64-64-64-64-k7-average-gelu"


@pytest.mark.parametrize(
    "model_id, parameters, latent, multiple",
    [
        # a 3 × 3 kernel of a inputs and b outputs has (9 a + 1) b parameters
        ("own-8-12-16-k3-max-relu", 224 + 876 + 1744 + 1740 + 872 + 219, 8 * 8 * 16, 4),
        ("own-4-k5-average-tanh", 304 + 303, 32 * 32 * 4, 1),
        ("own-2-2-2-2-k1-max-leaky_relu", 8 + 6 * 6 + 9, 4 * 4 * 2, 8),
    ],
)
def test_an_id_says_everything(model_id, parameters, latent, multiple):
    architecture = catalog.get(model_id)
    assert architecture.id == model_id and architecture.task == "reconstruct" and architecture.multiple == multiple
    facts = describe(model_id)
    assert facts["parameters"] == parameters and facts["latent"] == latent


def test_the_decoder_mirrors_the_encoder():
    shapes = [shape for name, shape, _ in describe("own-8-12-16-k3-max-relu")["layers"] if "conv" in name]
    assert shapes == [[32, 32, 8], [16, 16, 12], [8, 8, 16], [8, 8, 12], [16, 16, 8], [32, 32, 3]]


@pytest.mark.parametrize("model_id", [SMALL, LARGE])
def test_the_smallest_and_the_largest_map_an_image_to_one_of_its_size(model_id):
    architecture = catalog.get(model_id)
    side = 3 * architecture.multiple
    image = np.random.default_rng(0).random((1, side, side, 3), np.float32)
    assert architecture.build().predict_on_batch(image).shape == image.shape


def test_pooling_and_activation_are_those_of_the_id():
    x = np.random.default_rng(0).normal(size=(1, 8, 8, 3)).astype(np.float32)
    outputs = {}
    for pooling in own.POOLINGS:
        for activation in own.ACTIVATIONS:
            model = catalog.get(own.model_id([3, 3], 3, pooling, activation)).build()
            rng = np.random.default_rng(1)
            model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
            outputs[pooling, activation] = model.predict_on_batch(x).tobytes()
    assert len(set(outputs.values())) == 12


@pytest.mark.parametrize(
    "model_id",
    [
        "own-",
        "own-8",
        "own-k3-max-relu",
        "own-0-k3-max-relu",
        "own-08-k3-max-relu",
        "own-65-k3-max-relu",
        "own-8-8-8-8-8-k3-max-relu",
        "own-8-k2-max-relu",
        "own-8-k9-max-relu",
        "own-8-k3-min-relu",
        "own-8-k3-max-softmax",
        "own-8-k3-max-relu\n",
        "own-٨-k3-max-relu",
        "own-8-k3-max-relu/../../etc",
        "own-" + "9" * 10**6,
    ],
)
def test_any_other_id_is_refused_in_a_sentence(model_id):
    with pytest.raises(ValueError, match="as own-8-12-16-k3-max-relu: 1 to 4 levels of 1 to 64 channels") as refusal:
        catalog.get(model_id)
    assert len(str(refusal.value)) < 500


def test_models_of_the_report_are_described_too():
    assert describe("ir-initial")["parameters"] == 4911
    with pytest.raises(ValueError, match="Expected one of the models"):
        describe("nothing")
