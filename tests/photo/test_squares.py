import zipfile

import numpy as np
import pytest
from PIL import Image

from ae.photo import squares


def stripes(path, color, size=(96, 40)):
    """A picture with a square of that color in its middle, black beside it."""
    image = np.zeros((size[1], size[0], 3), np.uint8)
    left = (size[0] - size[1]) // 2
    image[:, left : left + size[1]] = color
    Image.fromarray(image).save(path)
    return path.name, path


def last(given):
    *_, (done, total, images) = squares.cut(given)
    assert done == total
    return images


def test_the_middles_of_what_can_be_read_in_their_order(tmp_path):
    given = [stripes(tmp_path / f"{number}.png", (10 * number, 5, 200)) for number in range(22)]
    (tmp_path / "broken.png").write_bytes(given[0][1].read_bytes()[:60])
    steps = list(squares.cut([*given[:11], ("broken.png", tmp_path / "broken.png"), *given[11:]]))
    assert [step[:2] for step in steps] == [(number, 23) for number in range(24)]
    assert all(images is None for _, _, images in steps[:-1])
    images = steps[-1][2]
    assert images.shape == (22, 32, 32, 3) and images.dtype == np.uint8
    assert (images == np.array([(10 * number, 5, 200) for number in range(22)])[:, None, None]).all()


def test_a_zip_may_have_more_than_a_pile_to_be_colorized(tmp_path):
    _, path = stripes(tmp_path / "a.png", (1, 2, 3))
    with zipfile.ZipFile(tmp_path / "pile.zip", "w") as archive:
        for number in range(300):
            archive.write(path, f"{number}.png")
        archive.writestr("readme.txt", "no picture")
    assert last([("pile.zip", tmp_path / "pile.zip")]).shape == (300, 32, 32, 3)


def test_too_few_and_too_many_are_refused(tmp_path):
    given = [stripes(tmp_path / f"{number}.png", (9, 9, 9)) for number in range(19)]
    (tmp_path / "text.jpg").write_text("no picture")
    with pytest.raises(ValueError, match="at least 20 pictures that can be read. Received: 19 of 20"):
        last([*given, ("text.jpg", tmp_path / "text.jpg")])
    with pytest.raises(ValueError, match="2,000 photos or fewer. Received: 2,001"):
        last([("0.png", given[0][1])] * 2001)
