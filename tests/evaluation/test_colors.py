import json
import shutil

import bundled
import numpy as np
import pytest
from same import near

from ae.data.split import Split
from ae.evaluation import colors, measure
from ae.image import metrics
from ae.image.color import chroma, luma, to_u8
from ae.image.photos import center_square, open_photo
from ae.models.weights import BUNDLED
from ae.photo.colorizer import Colorizer
from ae.ui.controls import EXAMPLES

BLUE, GREEN, GRAY, BROWN = (150, 180, 230), (60, 120, 40), (190, 190, 190), (130, 90, 60)


def itself(rgb, setting):
    return rgb


def gray_copy(rgb, setting):
    return np.repeat(luma(rgb), 3, axis=-1)


def mirrored_hues(rgb, setting):
    return rgb[..., ::-1]


@pytest.fixture(scope="module")
def photos():
    """The example photos, uint8 (4, 96, 96, 3)."""
    names = ("coffee.jpg", "tabby.jpg", "rocket.jpg", "astronaut.jpg")
    return np.stack([np.asarray(center_square(open_photo(EXAMPLES / name), 96)) for name in names])


def test_the_truth_is_right_and_a_gray_copy_has_no_colors(cifar):
    steps = []
    truth = colors.measure(cifar[:150], itself, [0.0], steps.append)["0"]
    assert (truth["mse"], truth["mae"], truth["chroma_error"]) == (0, 0, 0)
    assert (truth["colorfulness_ratio"], truth["psnr"], truth["accuracy"], truth["within_5_percent"]) == (1, 100, 1, 1)
    assert len(steps) == 2 and steps[-1] == 1

    gray = colors.measure(cifar[:150], gray_copy, [0.0])["0"]
    assert gray["colorfulness"] == gray["colorfulness_ratio"] == 0
    assert gray["mse"] > 0 and gray["chroma_error"] > 0


def test_means_are_over_all_images_and_settings_reach_the_painter(cifar):
    def fade(rgb, setting):
        return setting * rgb + (1 - setting) * gray_copy(rgb, setting)

    measured = colors.measure(cifar[:150], fade, [0.0, 0.5, 1.0])
    assert list(measured) == ["0", "0.5", "1"]
    prediction = to_u8(fade(cifar[:150].astype(np.float32) / 255, 0.5))
    half = measured["0.5"]
    assert half["psnr"] == pytest.approx(metrics.psnr(cifar[:150], prediction).mean())
    assert half["chroma_error"] == pytest.approx(metrics.chroma_error(cifar[:150], prediction).mean())
    assert 0.4 < half["colorfulness_ratio"] < 0.6 and measured["1"]["colorfulness_ratio"] == 1


def test_each_kind_is_measured_beside_its_gray_copy(photos):
    kinds = np.array(["cup", "cat", "cup", "face"])

    def knows_cats(rgb, setting):
        return np.where((kinds == "cat")[:, None, None, None], rgb, 2 * rgb - gray_copy(rgb, setting))

    measured = colors.measure(photos, knows_cats, [0.0], kinds=kinds)["0"]
    assert {kind: of["photos"] for kind, of in measured["kinds"].items()} == {"cat": 1, "cup": 2, "face": 1}
    assert measured["kinds"]["cat"] == {
        "photos": 1,
        "colorfulness_ratio": 1,
        "gray_share": 0,
        "better_than_gray": 1,
    }
    assert 0 < measured["kinds"]["cup"]["gray_share"] <= 1.01 and measured["kinds"]["cup"]["colorfulness_ratio"] > 1.2
    gray = colors.measure(photos, gray_copy, [0.0])["0"]
    assert (gray["gray_share"], gray["better_than_gray"]) == (1, 0)


@pytest.mark.parametrize("paint, right", [(itself, 1), (gray_copy, 0), (mirrored_hues, 0)])
def test_faces_have_the_hue_of_faces(paint, right):
    skin = np.full((3, 30, 30, 3), (200, 150, 120), np.uint8)
    split = Split(skin, np.arange(3), np.array(["face", "people", "cat"]))
    assert colors.faces(split, paint, [0.5]) == {"photos": 2, "right": {"0.5": right}, "one_hue": 1}
    assert colors.faces(split[2:], paint, [0.5]) == {}


def test_one_hue_is_right_for_the_faces_in_the_same_light():
    light = [(200, 150, 120), (190, 145, 115), (120, 150, 200)]
    faces = np.stack([np.full((30, 30, 3), color, np.uint8) for color in light])
    measured = colors.faces(Split(faces, np.arange(3), np.array(["face"] * 3)), itself, [0.5])
    assert measured == {"photos": 3, "right": {"0.5": 1}, "one_hue": 0.6667}


def scene(sky, ground):
    image = np.full((50, 50, 3), ground, np.uint8)
    image[:20] = sky
    return image


SCENES = Split(
    np.stack([scene(BLUE, BROWN), scene(BLUE, GREEN), scene(GRAY, GREEN), scene(GRAY, BROWN), scene(BLUE, GREEN)]),
    np.arange(5),
    np.array(["scene", "scene", "scene", "scene", "object"]),
)


@pytest.mark.parametrize("paint, sky, leaves", [(itself, 1, 1), (gray_copy, 0, 0), (mirrored_hues, 0, 1)])
def test_skies_and_leaves(paint, sky, leaves):
    """Two blue skies and two green grounds among the scenes; the object does not count."""
    expected = {"sky": {"photos": 2, "right": {"0": sky}}, "leaves": {"photos": 2, "right": {"0": leaves}}}
    assert colors.skies_and_leaves(SCENES, paint, [0.0]) == expected


def test_a_share_of_the_skies_at_every_vividness():
    def first_alone(rgb, vividness):
        result = gray_copy(rgb, vividness)
        result[0] += vividness * (rgb[0] - result[0])
        return result

    skies = colors.skies_and_leaves(SCENES, first_alone, [0.0, 1.0])["sky"]
    assert skies == {"photos": 2, "right": {"0": 0, "1": 0.5}}


def test_a_dark_blue_is_no_sky_and_few_leaves_do_not_count():
    image = scene((20, 30, 90), BROWN)
    image[20:30] = GREEN
    assert colors.skies_and_leaves(Split(image[None], np.arange(1), np.array(["scene"])), itself, [0.0]) == {}


def test_hints_are_true_colors_and_the_same_every_time(photos):
    rgb = photos / np.float32(255)
    y = luma(rgb)
    one, two = (colors.with_hints(y, rgb, 10) for _ in range(2))
    assert np.array_equal(one, two) and one.shape == (4, 96, 96, 4)
    assert np.array_equal(one[..., :1], y)
    hinted = one[..., 3] == 1
    assert hinted.any((1, 2)).all() and hinted.mean() < 0.3
    assert np.abs(one[..., 1:3] - chroma(rgb))[hinted].mean() < 0.05
    assert not colors.with_hints(y, rgb, 0)[..., 1:].any()


def test_what_is_measured_is_what_the_model_says_and_hints_bring_it_closer(photos):
    model = bundled.load("color-photo")
    photos = photos.repeat(2, axis=1).repeat(2, axis=2)  # as large as the model sees them
    rgb = photos / np.float32(255)
    paint, paint_hinted = Colorizer("color-photo", model).paint, colors.hinted_painter(model)
    mean = model.predict_on_batch(luma(rgb))
    possible = ((mean >= 0) & (mean <= 1)).all(-1)  # RGB has no such color elsewhere, and it is made grayer
    assert possible.mean() > 0.8
    assert near(paint(rgb, 0.0)[possible], mean[possible], 1.5 / 255)
    assert near(luma(paint(rgb, 1.0)), luma(rgb), 1.5 / 255)
    free = colors.measure(photos, paint, [0.0, 1.0])
    hinted = colors.measure(photos, paint_hinted, [10])["10"]
    assert hinted["mse"] < free["0"]["mse"] and hinted["chroma_error"] < free["0"]["chroma_error"]
    assert free["1"]["colorfulness_ratio"] > free["0"]["colorfulness_ratio"]


@pytest.fixture(scope="module")
def splits(cifar):
    labels = np.arange(10, dtype=np.uint8).repeat(40)
    few = {name: Split(cifar[i::40], labels[i::40]) for i, name in enumerate(("train", "val", "test"))}
    return few | {"test10k": Split(cifar[1::20], labels[1::20])}


def test_what_evaluation_writes_of_photos_stays_and_is_json(splits, photos, tmp_path):
    (tmp_path / "color-photo").mkdir()
    shutil.copy(BUNDLED / "color-photo" / "model.weights.h5", tmp_path / "color-photo")
    named = Split(photos, np.arange(4), np.array(["scene", "cat", "rocket", "scene"]))
    first = measure.evaluate(splits, ["color-photo", "gray-copy"], tmp_path, named)

    def strict(constant):
        raise AssertionError(f"{constant} is not JSON")

    assert json.loads((tmp_path / "results.json").read_text(), parse_constant=strict) == first
    ours, gray = (first[i]["colors"]["photos"] for i in ("color-photo", "gray-copy"))
    assert list(ours["vividness"]) == ["0", "0.5", "1"] and list(ours["hints"]) == ["10"]
    assert list(gray["vividness"]) == ["0"] and "hints" not in gray
    assert ours["images"] == gray["images"] == 4
    assert gray["vividness"]["0"]["colorfulness_ratio"] == 0 < ours["vividness"]["0"]["colorfulness_ratio"]

    again = measure.evaluate(splits, ["gray-copy"], tmp_path)
    assert again["gray-copy"]["colors"]["photos"] == gray and again["color-photo"] == first["color-photo"]
