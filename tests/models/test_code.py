import numpy as np
import pytest

from ae.models import catalog
from ae.models.description import code


@pytest.mark.parametrize("model_id", ["ir-best", "own-8-12-k5-average-elu", "color-unet"])
def test_the_code_of_a_model_builds_that_model(model_id):
    architecture, scope = catalog.get(model_id), {}
    exec(code(architecture), scope)
    written, built = scope["model"], architecture.build(32)
    written.set_weights(built.get_weights())
    images = np.random.default_rng(0).random((1, 32, 32, architecture.input_channels or 1), dtype=np.float32)
    assert np.allclose(written(images), built(images), atol=1e-6)
    assert written.get_layer("latent").output.shape == built.get_layer("latent").output.shape
