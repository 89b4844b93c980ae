import bundled
import numpy as np
import pytest
from PIL import Image
from same import same_picture

from ae.image import metrics, photos
from ae.image.color import chroma, luma, to_u8
from ae.image.photos import PhotoError, center_square, open_photo, to_array
from ae.models.catalog import ARCHITECTURES, get
from ae.photo import pipeline
from ae.photo.colorizer import LONGEST_SIDE, Colorizer
from ae.ui.controls import EXAMPLES

RECONSTRUCTORS = [architecture.id for architecture in ARCHITECTURES.values() if architecture.task == "reconstruct"]
COLORIZERS = [architecture.id for architecture in ARCHITECTURES.values() if architecture.task == "colorize"]
NAMES = list(pipeline.PICTURES)


def colorize(name, reconstructor="ir-best", colorizer="color-report", **settings):
    pictures = pipeline.colorize(EXAMPLES / name, reconstructor, colorizer, **settings)
    return {picture.name: picture for picture in pictures}


def colorized(path, model_id="color-photo", **settings):
    return Colorizer.load(model_id).process(open_photo(path), **settings)


def pixels(picture):
    return np.asarray(picture.image)


@pytest.fixture
def photo_of(tmp_path):
    """Returns the path of a photo of that size, cut out of or stretched from an example."""

    def write(width, height, name="coffee.jpg"):
        path = tmp_path / f"{width}x{height}.png"
        open_photo(EXAMPLES / name).resize((width, height)).save(path)
        return path

    return write


def test_the_reports_models_answer_at_32_pixels_as_they_always_did():
    pictures = colorize("horse.png", as_report=True)
    assert list(pictures) == NAMES
    horse = np.asarray(Image.open(EXAMPLES / "horse.png"))
    assert np.array_equal(pixels(pictures["original"]), horse)
    by_hand = bundled.load("ir-best").predict_on_batch(np.float32(horse)[None] / 255)
    assert same_picture(pixels(pictures["reconstruction"]), to_u8(by_hand)[0])
    luma = (np.float32(horse) / 255 @ np.float32([0.299, 0.587, 0.114]))[None, ..., None]
    by_hand = bundled.load("color-report").predict_on_batch(luma)
    assert same_picture(pixels(pictures["colorization"]), to_u8(by_hand)[0])
    assert [picture.weights for picture in pictures.values()] == ["", "", "Bundled weights.", "Bundled weights."]


def test_only_the_pictures_that_are_asked_for_are_made():
    pictures = colorize("horse.png", "no model is asked for", names=["colorization", "grayscale"])
    assert list(pictures) == ["colorization", "grayscale"]
    every = colorize("horse.png")
    for name, picture in pictures.items():
        assert same_picture(pixels(picture), pixels(every[name]))
        assert picture.metrics == pytest.approx(every[name].metrics, abs=0.01)
    assert list(pipeline.colorize(EXAMPLES / "horse.png", "ir-best", "color-report", names=[])) == []


@pytest.mark.parametrize("colorizer", COLORIZERS)
def test_as_the_report_a_photo_is_its_central_square_at_32_pixels(colorizer):
    pictures = colorize("coffee.jpg", colorizer=colorizer, as_report=True, vividness=0.0)
    square = center_square(open_photo(EXAMPLES / "coffee.jpg"))
    assert np.array_equal(pixels(pictures["original"]), square)
    assert [picture.image.size for picture in pictures.values()] == [(32, 32)] * 4
    if ARCHITECTURES[colorizer].photos:  # sees it enlarged
        return
    output = pipeline.predict(colorizer, luma(to_array(square))[None])[0]
    error = np.abs(pixels(pictures["colorization"]) - to_u8(output)[0].astype(int))
    assert np.median(error) <= 1  # what has no room in RGB keeps its luma and loses chroma


@pytest.mark.parametrize("model_id", RECONSTRUCTORS + COLORIZERS)
def test_every_model_takes_a_photo_of_32_pixels(model_id):
    role = "reconstruction" if model_id in RECONSTRUCTORS else "colorization"
    models = {"reconstruction": "ir-best", "colorization": "color-report", role: model_id}
    pictures = colorize("ship.png", models["reconstruction"], models["colorization"])
    assert [picture.image.size for picture in pictures.values()] == [(32, 32)] * 4
    assert pictures[role].metrics["psnr"] > (20 if role == "reconstruction" else 10)


@pytest.mark.parametrize("colorizer", ["color-report", "color-photo"])
@pytest.mark.parametrize(
    "width, height",
    [
        (1, 1),
        (3, 5),
        (1, 4000),
        (4000, 7),
        (8, 8),
        (9, 13),
        (96, 96),
        (333, 211),
        (100, 301),
        (1001, 50),
        (3000, 8),
        (8, 3000),
    ],
)
def test_a_photo_keeps_its_size_as_it_is(photo_of, width, height, colorizer):
    pictures = list(pipeline.colorize(photo_of(width, height), "ir-initial", colorizer))
    assert [picture.name for picture in pictures] == NAMES
    assert [picture.image.size for picture in pictures] == [(width, height)] * 4
    truth = luma(to_array(pictures[0].image))
    assert np.abs(luma(to_array(pictures[3].image)) - truth).mean() < 0.6 / 255  # the photo's own luma
    for picture in pictures[1:]:
        assert np.isfinite(list(picture.metrics.values())).all()


@pytest.mark.parametrize("model_id", COLORIZERS)
@pytest.mark.parametrize("detail", [1, 2])
def test_a_colorizer_is_given_the_photo_at_its_own_scale_but_never_a_huge_one(model_id, detail):
    architecture = get(model_id)
    width, height = Colorizer(architecture.id, None).seen_size((600, 400), detail)
    assert (width, height) == (1.5 * detail * architecture.size, detail * architecture.size)
    for size in ((6_000_000, 8), (8, 6_000_000), (8, 8)):
        sides = Colorizer(architecture.id, None).seen_size(size, detail)
        assert max(sides) <= LONGEST_SIDE
        assert min(sides) == detail * min(architecture.size, 4 * 8)
        assert not any(side % architecture.multiple for side in sides)


def test_one_photo_alone_is_as_in_all_four(photo_of):
    path = photo_of(201, 133)
    pictures = list(pipeline.colorize(path, "ir-residual-s", "color-photo", vividness=0.8, detail=1.5))
    image, sentence = pipeline.reconstruct_photo(path, "ir-residual-s")
    assert same_picture(image, pictures[2].image) and sentence == "Bundled weights."
    model = Colorizer.load("color-photo")
    image = model.process(open_photo(path), vividness=0.8, detail=1.5)
    assert same_picture(image, pictures[3].image) and model.weights == "Bundled weights."


def test_more_vividness_is_more_colorful():
    images = [np.asarray(colorized(EXAMPLES / "coffee.jpg", vividness=vividness))[None] for vividness in (0, 0.5, 1)]
    assert (np.diff([metrics.colorfulness(image, image)[0] for image in images]) > 0).all()


def test_detail_changes_what_the_colorizer_sees():
    plain, fine = (colorized(EXAMPLES / "tabby.jpg", detail=d) for d in (1, 2))
    assert plain.size == fine.size and not np.array_equal(plain, fine)


@pytest.mark.parametrize("setting", ["vividness", "detail"])
@pytest.mark.parametrize("value", [-0.1, 2.1, float("nan")])
def test_a_setting_out_of_range_is_refused(setting, value):
    expected = {"vividness": "from 0 to 1", "detail": "from 1 to 2"}[setting]
    with pytest.raises(ValueError, match=f"^Expected a {setting} {expected}. Received: {value}"):
        colorized(EXAMPLES / "horse.png", **{setting: value})


def test_strokes_color_the_photo_at_any_size_of_the_picture(photo_of):
    path = photo_of(401, 267)
    plain = colorized(path)
    for scale in (1, 0.5):
        painted = Image.new("RGBA", (round(401 * scale), round(267 * scale)))
        painted.paste((30, 60, 220, 255), [round(scale * x) for x in (120, 180, 180, 230)])
        image = colorized(path, strokes=painted)
        assert image.size == (401, 267)
        under = np.s_[185:225, 125:175]
        before, after = (chroma(to_array(picture))[under].mean((0, 1)) for picture in (plain, image))
        assert after[0] > before[0] + 0.05
        difference = luma(to_array(image)) - luma(to_array(open_photo(path)))
        assert np.abs(difference).max() <= 1.001 / 255  # of two pictures of 8 bits, blended


def test_no_strokes_are_no_change():
    empty = Image.new("RGBA", (300, 200))
    images = [colorized(EXAMPLES / "coffee.jpg", strokes=p) for p in (None, empty)]
    assert same_picture(*images)


def test_strokes_are_refused_by_a_model_that_takes_none():
    with pytest.raises(ValueError, match="Expected a model that takes strokes of color. Report's colorizer takes none"):
        colorized(EXAMPLES / "horse.png", "color-report", strokes=Image.new("RGBA", (9, 9)))


def test_metrics_are_those_of_the_pictures():
    pictures = colorize("horse.png", colorizer="color-unet")
    truth = pixels(pictures["original"])[None]
    assert pictures["original"].metrics == {}
    for name in NAMES[1:]:
        image = pixels(pictures[name])[None]
        assert pictures[name].metrics == {
            "psnr": metrics.psnr(truth, image)[0],
            "ssim": metrics.ssim(truth, image)[0],
            "accuracy": metrics.accuracy(truth, image)[0],
        }


def test_a_tall_picture_is_compared_in_parts_as_it_is_in_whole():
    original = Image.effect_noise((30, 2500), 60).convert("RGB")
    image = original.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    image.paste((200, 10, 10), (0, 0, 30, 300))
    original.paste((0, 200, 0), (0, 1500, 30, 2500))
    truth, prediction = np.asarray(original)[None], np.asarray(image)[None]
    assert pipeline.compare(original, image) == pytest.approx(
        {name: getattr(metrics, name)(truth, prediction)[0] for name in ("psnr", "ssim", "accuracy")}, abs=1e-6
    )
    assert pipeline.compare(original, original)["psnr"] == 100


def test_a_large_pictures_ssim_is_that_of_the_picture_reduced():
    original = open_photo(EXAMPLES / "astronaut.jpg")
    image = original.resize((64, 64)).resize(original.size)
    halves = (np.asarray(picture.reduce(2))[None] for picture in (original, image))
    assert pipeline.compare(original, image)["ssim"] == pytest.approx(metrics.ssim(*halves)[0])


def test_a_photo_without_colors_has_none_to_compare_with():
    pictures = colorize("photographer.png")
    assert pictures["grayscale"].metrics == pictures["colorization"].metrics == {}
    assert set(pictures["reconstruction"].metrics) == {"psnr", "ssim"}


def test_progress_rises_and_names_what_is_done():
    steps = []
    colorize("horse.png", progress=lambda share, text: steps.append((share, text)))
    shares = [share for share, _ in steps]
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] < 1
    assert list(dict.fromkeys(text for _, text in steps)) == ["Reconstructing", "Colorizing", "Comparing"]


def test_no_photo_is_asked_for():
    with pytest.raises(PhotoError, match="No photo was given"):
        pipeline.reconstruct_photo(None, "ir-best")
    with pytest.raises(PhotoError, match="No photo was given"):
        list(pipeline.colorize(None, "ir-best", "color-report"))


@pytest.mark.parametrize("model", ["ir-best", "color-bets", ["color-report"], None], ids=str)
def test_a_model_that_cannot_colorize_is_refused_with_those_that_can(model):
    with pytest.raises(ValueError, match="^Expected .*color-report.*Received: ") as error:
        list(pipeline.colorize(EXAMPLES / "horse.png", "ir-best", model))
    assert str(error.value).endswith(f"Received: {model!r}")
    if model == "ir-best":
        assert str(error.value).startswith("Expected a model that can colorize: color-report, ")


def test_gallery_has_the_photo_and_every_models_picture():
    images = pipeline.gallery(EXAMPLES / "plane.png", ["ir-initial", "color-report"])
    pictures = colorize("plane.png", "ir-initial", as_report=True)
    for image, name in zip(images, ("original", "reconstruction", "colorization"), strict=True):
        assert same_picture(image, pictures[name].image)


def test_a_picture_is_compared_in_boxes_as_it_is_in_whole(monkeypatch):
    original = open_photo(EXAMPLES / "horse.png").resize((200, 150))
    image = original.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    whole = pipeline.compare(original, image)
    monkeypatch.setattr(photos, "ROWS", 16)
    monkeypatch.setattr(photos, "AT_ONCE", 1000)
    assert pipeline.compare(original, image) == pytest.approx(whole, rel=1e-5)


def test_a_picture_is_made_when_it_is_asked_for():
    pictures = pipeline.colorize(EXAMPLES / "horse.png", "no model is asked for", "color-report")
    assert [next(pictures).name, next(pictures).name] == ["original", "grayscale"]
    with pytest.raises(ValueError, match="no model is asked for"):
        next(pictures)
