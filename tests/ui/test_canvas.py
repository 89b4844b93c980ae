import corpus
import pytest
from PIL import Image
from pydantic import ValidationError

from ae.photo.strokes import draw
from ae.ui.canvas import MOST_POINTS, MOST_STROKES, Painting, size_of

LINE = {"color": "#7d54a0", "width": 16, "points": [[10, 10], [30, 20]]}


@pytest.mark.parametrize(
    "picture, canvas",
    [((32, 32), (800, 800)), ((1600, 1200), (800, 600)), ((12_000, 90), (800, 6)), ((1, 4000), (1, 800))],
)
def test_a_canvas_has_as_many_pixels_over_every_picture(picture, canvas):
    assert size_of(Image.new("L", picture)) == canvas


@pytest.mark.parametrize("name, value", list(corpus.paintings()))
def test_what_no_page_paints_is_refused(name, value):
    with pytest.raises(ValidationError):
        Painting.model_validate(value)


def test_as_much_as_a_page_paints_is_taken_and_drawn():
    longest = LINE | {"points": [[-800, 1600]] * MOST_POINTS}
    painting = Painting.model_validate({"strokes": [LINE] * (MOST_STROKES - 2) + [longest, LINE | {"color": None}]})
    drawn = draw(painting.strokes[:-1], (800, 800)), draw(painting.strokes, (800, 800))
    assert [picture.getpixel((20, 15)) for picture in drawn] == [(0x7D, 0x54, 0xA0, 255), (0, 0, 0, 0)]
