import math
import xml.etree.ElementTree as ET
from itertools import combinations

import pytest
from PIL import ImageFont

from ae.evaluation.results import read_results
from ae.models.catalog import ARCHITECTURES
from ae.ui.charts import chart, graph

X_TICKS = [(0, "0"), (5, "5"), (10, "10")]
Y_TICKS = [(20, "20"), (30, "30"), (40, "40")]
FONT = ImageFont.load_default(12)  # the page's size
RADIUS = 4.5
BEST = [
    ("input_layer", (32, 32, 3), 0),
    ("conv2d", (32, 32, 12), 336),
    ("max_pooling2d", (16, 16, 12), 0),
    ("latent", (8, 8, 48), 10416),
    ("up_sampling2d", (16, 16, 48), 0),
    ("conv2d_1", (32, 32, 3), 165),
]


def draw(**options):
    return ET.fromstring(chart("title", "across", "up", X_TICKS, Y_TICKS, **options))


def number(element, name):
    return float(element.get(name))


def grid(svg):
    """The places of the ticks: (x of the upright lines, y of the level ones)."""
    lines = [line for line in svg.iter("line") if line.get("class") == "grid"]
    across = [number(line, "x1") for line in lines if line.get("x1") == line.get("x2")]
    return across, [number(line, "y1") for line in lines if line.get("y1") == line.get("y2")]


def circles(svg):
    return {circle.find("title").text: (number(circle, "cx"), number(circle, "cy")) for circle in svg.iter("circle")}


def boxes(svg):
    """The boxes (left, top, right, bottom) of all level texts, in a real font's widths, and of all circles."""
    found = []
    for text in svg.iter("text"):
        if text.text and not text.get("transform"):
            x, y, width = number(text, "x"), number(text, "y"), FONT.getlength(text.text)
            left = x - width * {None: 0, "middle": 0.5, "end": 1}[text.get("text-anchor")]
            found.append((text.text, (left, y - 9, left + width, y + 3)))
    for label, (x, y) in circles(svg).items():
        found.append((f"the point of {label}", (x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS)))
    return found


def overlap(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def test_a_point_stands_where_its_value_is_on_both_axes():
    svg = draw(points=[("report", "on the grid", 5, 30), ("report", "between", 7.5, 35)])
    (x0, x5, x10), (y20, y30, y40) = grid(svg)
    assert x0 < x5 < x10 and y20 > y30 > y40
    assert circles(svg)["on the grid"] == (x5, y30)
    assert circles(svg)["between"] == pytest.approx(((x5 + x10) / 2, (y30 + y40) / 2), abs=0.1)


def test_a_logarithmic_axis_puts_the_geometric_mean_in_the_middle():
    ticks = [(512, "512"), (2048, "2,048")]
    svg = ET.fromstring(chart("t", "x", "y", ticks, Y_TICKS, points=[("report", "p", 1024, 30)], x=math.log))
    (left, right), _ = grid(svg)
    assert circles(svg)["p"][0] == pytest.approx((left + right) / 2, abs=0.1)


def test_a_line_goes_through_its_values_in_order():
    svg = draw(lines=[("validation", "a line", [(0, 20), (5, 40), (10, 30)])])
    (x0, x5, x10), (y20, y30, y40) = grid(svg)
    (line,) = svg.iter("polyline")
    drawn = [tuple(map(float, pair.split(","))) for pair in line.get("points").split()]
    assert drawn == [(x0, y20), (x5, y40), (x10, y30)]
    assert (line.get("class"), line.find("title").text) == ("validation", "a line")


def test_what_lies_outside_the_ticks_is_drawn_at_the_edge():
    points = [("baseline", "far", 99, 100), ("baseline", "low", -1, 3)]
    svg = draw(points=points, lines=[("train", "line", [(5, 0), (5, 1000)])])
    (x0, x5, x10), (y20, _, y40) = grid(svg)
    assert circles(svg) == {"far": (x10, y40), "low": (x0, y20)}
    assert next(svg.iter("polyline")).get("points") == f"{x5},{y20} {x5},{y40}"


def test_ticks_and_axes_are_labelled():
    texts = [text.text for text in draw().iter("text")]
    assert texts == ["0", "5", "10", "20", "30", "40", "across", "up"]


@pytest.mark.parametrize(
    "places",
    [
        [(2, 30)] * 5,
        [(2, 30), (2, 29.9), (2, 29.5), (2, 29), (2, 28)],
        [(2, 20)] * 4,
        [(2, 40)] * 4,
        [(10, 31), (10, 30.8), (10, 30.7), (9.8, 30.7)],
        [(1, 30.2), (2.5, 30.1), (2.5, 29.9), (2.5, 29.5), (0.5, 30)],
    ],
    ids=["same place", "close", "at the bottom", "at the top", "at the right", "in a row"],
)
def test_no_label_covers_another_or_a_point_and_none_leaves_the_picture(places):
    svg = draw(points=[("report", f"Growing kernels {n}, 25.{n} dB", x, y) for n, (x, y) in enumerate(places)])
    drawn = boxes(svg)
    for (one, a), (other, b) in combinations(drawn, 2):
        assert not overlap(a, b) or (one.startswith("the point") and other.startswith("the point")), (one, other)
    _, _, width, height = map(float, svg.get("viewBox").split())
    for label, (left, top, right, bottom) in drawn:
        assert 0 <= left and 0 <= top and right <= width and bottom <= height, label


def test_a_label_alone_stands_beside_its_point():
    svg = draw(points=[("report", "left of the middle", 2, 30), ("report", "at the right edge", 10, 25)])
    labels = {text.text: text for text in svg.iter("text")}
    for label, (x, y) in circles(svg).items():
        assert abs(number(labels[label], "x") - x) < 10
        assert number(labels[label], "y") == pytest.approx(y + 4, abs=1)
    assert labels["left of the middle"].get("text-anchor") is None
    assert labels["at the right edge"].get("text-anchor") == "end"


def test_text_is_escaped():
    evil = "<script>\"&'"
    svg = ET.fromstring(
        chart(evil, evil, evil, [(0, evil), (1, "1")], Y_TICKS, [("train", evil, [(0, 20)])], [("report", evil, 0, 30)])
    )
    assert svg.get("aria-label") == svg.find("title").text == evil
    assert [element.text for element in svg.iter("text")].count(evil) == 4
    assert not list(svg.iter("script"))
    layers = ET.fromstring(graph(evil, [(evil, (32, 32, 3), 0)], 0))
    assert layers.get("aria-label") == layers.find("text").text == evil


def test_graph_draws_every_layer_by_its_shape():
    svg = ET.fromstring(graph("layers", BEST, 3))
    rectangles = list(svg.iter("rect"))
    assert [rectangle.get("class") for rectangle in rectangles] == ["layer"] * 3 + ["latent"] + ["layer"] * 2
    for sizes, name in (([shape[0] for _, shape, _ in BEST], "height"), ([shape[2] for _, shape, _ in BEST], "width")):
        drawn = [number(rectangle, name) for rectangle in rectangles]
        for (size, length), (other_size, other_length) in combinations(zip(sizes, drawn), 2):
            assert (size > other_size, size == other_size) == (length > other_length, length == other_length)
    texts = [text.text or "" for text in svg.iter("text")]
    assert texts[:6] == ["input_layer", "32 × 32 × 3", "", "conv2d", "32 × 32 × 12", "336 parameters"]


def test_graph_s_layers_stand_below_each_other_in_the_picture():
    svg = ET.fromstring(graph("layers", BEST, 3))
    edges = [(number(box, "y"), number(box, "y") + number(box, "height")) for box in svg.iter("rect")]
    assert all(bottom < top for (_, bottom), (top, _) in zip(edges, edges[1:]))
    assert edges[-1][1] <= float(svg.get("viewBox").split()[3])
    for (one, a), (other, b) in combinations(boxes(svg), 2):
        assert not overlap(a, b), (one, other)


def test_the_latent_is_the_layer_that_is_named():
    layers = [(name, (size, size, 3), 0) for name, size in (("a", 8), ("b", 4), ("c", 4), ("d", 8))]
    svg = ET.fromstring(graph("layers", layers, 2))
    assert [box.get("class") for box in svg.iter("rect")] == ["layer", "layer", "latent", "layer"]


@pytest.mark.parametrize("model_id", ARCHITECTURES)
def test_every_model_can_be_drawn(model_id):
    facts = read_results()[model_id]
    drawn = graph(model_id, facts["layers"], facts["latent_layer"])
    boxes = [rect for rect in ET.fromstring(drawn).iter() if rect.tag.endswith("rect")]
    assert len(boxes) == len(facts["layers"]) and "None" not in drawn
