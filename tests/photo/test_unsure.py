import numpy as np
import pytest

from ae.image.photos import open_photo
from ae.photo.colorizer import Colorizer
from ae.ui.controls import EXAMPLES


def test_it_tells_where_it_is_unsure():
    photo = open_photo(EXAMPLES / "astronaut.jpg")
    unsure = Colorizer.load("color-photo").unsure(photo)
    assert unsure.shape == photo.size[::-1] and unsure.dtype == np.uint8
    assert 0 < unsure.mean() < 255 and unsure.std() > 2
    with pytest.raises(ValueError, match="^Expected a model that predicts how likely colors are. Report's colorizer"):
        Colorizer.load("color-report").unsure(photo)
