import subprocess
import sys

import numpy as np
import pytest

import ae
from ae.models.weights import BUNDLED

REPORT = ["ir-initial", "ir-wide", "ir-kernels", "ir-avgpool", "ir-best", "color-report"]


def test_the_report_s_models_come_first_in_its_order():
    assert ae.list_models()[:6] == REPORT


@pytest.mark.parametrize("model_id, channels", [("ir-best", 3), ("color-report", 1)])
@pytest.mark.parametrize("height, width", [(32, 32), (36, 64)])
def test_a_model_maps_images_of_any_size_that_4_divides(cifar, model_id, channels, height, width):
    photos = np.resize(cifar[:2], (2, height, width, channels)).astype(np.float32) / 255
    output = np.asarray(ae.load(model_id)(photos))
    assert (output.shape, output.dtype) == ((2, height, width, 3), np.float32)
    assert output.min() >= 0
    assert output.std() > 0.05


def test_the_bundled_folder_is_the_default(cifar):
    photos = cifar[:4].astype(np.float32) / 255
    default, named = (np.asarray(ae.load("ir-initial", weights)(photos)) for weights in (None, BUNDLED))
    assert np.allclose(default, named, atol=1e-5)


def test_another_folder_s_weights(cifar, tmp_path):
    (tmp_path / "ir-initial").mkdir()
    model = ae.load("ir-initial")
    model.set_weights([np.full_like(array, 0.01) for array in model.get_weights()])
    model.save_weights(tmp_path / "ir-initial" / "model.weights.h5")
    for weights in (tmp_path, str(tmp_path)):
        assert all((array == np.float32(0.01)).all() for array in ae.load("ir-initial", weights).get_weights())


def test_an_unknown_model_and_a_folder_without_weights(tmp_path):
    with pytest.raises(ValueError, match="Expected one of the models ir-initial, .*'ir-huge'"):
        ae.load("ir-huge")
    with pytest.raises(FileNotFoundError, match="expected ir-best/model.weights.h5, found none"):
        ae.load("ir-best", tmp_path)


def test_the_package_and_its_list_do_without_keras():
    program = "import ae, sys; ae.list_models(); print(sorted({'keras', 'tensorflow', 'gradio'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
