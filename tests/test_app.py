import json
import re
import shutil
import struct
import urllib.request
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bundled
import numpy as np
import pytest
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from same import same_picture
from server import ROOT, connect, serve

import ae
from ae.evaluation.results import read_results
from ae.image import metrics, photos
from ae.image.color import luma, to_u8
from ae.models.weights import BUNDLED
from ae.photo import pipeline
from ae.ui.controls import EXAMPLES

NAMES = ("original", "grayscale", "reconstruction", "colorization")
MODELS = [i for i in read_results() if i in ae.list_models()]
FORMATS_TO_TRY = "Use a JPEG, PNG, WebP, AVIF, GIF, BMP or TIFF file."


@pytest.fixture(scope="module")
def client(app_url):
    return connect(app_url)


def colorize(client, path, reconstructor="ir-best", colorizer="color-report", **settings):
    """Returns {name: path of the file} and the metrics that the page answers, as the report if nothing else is said."""
    settings = {"as_report": True} | settings
    *pictures, numbers = client.predict(
        handle_file(path), reconstructor=reconstructor, colorizer=colorizer, **settings, api_name="/colorize"
    )
    return dict(zip(NAMES, pictures, strict=True)), numbers


def pixels(path):
    return np.asarray(Image.open(path))


def by_hand(path, reconstructor="ir-best", colorizer="color-report"):
    """Returns {name: uint8 (32, 32, 3)}: what the page has to answer, made with the package alone."""
    pictures = list(pipeline.colorize(path, reconstructor, colorizer, as_report=True))
    original = np.asarray(photos.center_square(photos.open_photo(path)))
    rgb = np.float32(original)[None] / 255
    reconstruction = bundled.load(reconstructor).predict_on_batch(rgb)
    made = [to_u8(images)[0] for images in (np.repeat(luma(rgb), 3, -1), reconstruction)]
    return dict(zip(NAMES, [original, *made, np.asarray(pictures[-1].image)], strict=True))


def same(pictures, expected):
    return all(same_picture(pixels(pictures[name]), expected[name]) for name in NAMES)


def test_a_photo_keeps_its_size_its_format_and_its_luma(client, tmp_path):
    path = tmp_path / "grandma.jpg"
    Image.open(EXAMPLES / "rocket.jpg").crop((0, 0, 333, 211)).save(path, quality=95)
    pictures, _ = colorize(client, path, "ir-residual", "color-photo", as_report=False)
    assert [Path(pictures[name]).name for name in NAMES] == [f"grandma-{name}.jpg" for name in NAMES]
    assert {pixels(file).shape for file in pictures.values()} == {(211, 333, 3)}
    before, after = (luma(np.float32(pixels(pictures[name]))) for name in ("original", "colorization"))
    assert np.abs(before - after).mean() <= 1


def test_reconstruct_answers_the_whole_photo(client, tmp_path):
    path = tmp_path / "cup.png"
    Image.open(EXAMPLES / "coffee.jpg").save(path)
    picture, facts = client.predict(handle_file(path), "ir-residual", api_name="/reconstruct")
    assert metrics.psnr(pixels(path)[None], pixels(picture)[None]) > 37
    assert facts == {"weights": "Bundled weights."}


def test_models_answers_what_the_results_say(client):
    assert client.predict(api_name="/models").keys() == set(MODELS)
    assert client.predict(api_name="/models")["ir-best"]["test"] == read_results()["ir-best"]["test"]


@pytest.mark.parametrize(
    "settings, sentence",
    [({"vividness": 1.5}, "Expected a vividness from 0 to 1"), ({"detail": 3}, "Expected a detail from 1 to 2")],
)
def test_a_setting_out_of_range_is_refused(client, settings, sentence):
    with pytest.raises(AppError, match=sentence):
        colorize(client, EXAMPLES / "horse.png", **settings)


def compare(truth, image, names=("psnr", "ssim", "accuracy")):
    return {name: getattr(metrics, name)(truth[None], image[None])[0] for name in names}


def test_colorize_answers_four_lossless_pictures_and_their_metrics(client, tmp_path):
    path = tmp_path / "My café.png"
    Image.open(EXAMPLES / "coffee.jpg").rotate(7).save(path)
    pictures, numbers = colorize(client, path)
    for name, file in pictures.items():
        assert Path(file).name == f"My café-{name}.png"
        assert Path(file).read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
        assert pixels(file).shape == (32, 32, 3)
    assert same(pictures, by_hand(path))
    truth, *others = (pixels(pictures[name]) for name in NAMES)
    assert numbers == {
        "original": {},
        **{name: compare(truth, image) for name, image in zip(NAMES[1:], others, strict=True)},
        "weights": "Bundled weights.",
    }


@pytest.mark.parametrize("model_id", MODELS)
def test_every_model_of_the_menus_answers(client, model_id):
    role = "reconstructor" if model_id.startswith("ir-") else "colorizer"
    pictures, _ = colorize(client, EXAMPLES / "plane.png", **{role: model_id})
    assert same(pictures, by_hand(EXAMPLES / "plane.png", **{role: model_id}))


def test_a_photo_without_colors_has_no_accuracy(client):
    pictures, numbers = colorize(client, EXAMPLES / "photographer.png")
    truth, reconstruction = pixels(pictures["original"]), pixels(pictures["reconstruction"])
    assert numbers["grayscale"] == numbers["colorization"] == {}
    assert numbers["reconstruction"] == compare(truth, reconstruction, ("psnr", "ssim"))


def test_two_visitors_at_once_get_their_own_pictures(app_url):
    def visit(name):
        client = connect(app_url)
        return [same(colorize(client, EXAMPLES / name)[0], expected[name]) for _ in range(3)]

    expected = {name: by_hand(EXAMPLES / name) for name in ("ship.png", "coffee.jpg")}
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(visit, expected)) == [[True] * 3] * 2


def four_colors():
    """Red, green, blue and white quarters, 32 × 32: no rotation looks like another."""
    image = Image.new("RGB", (32, 32), "white")
    for color, corner in (("red", (0, 0)), ("lime", (16, 0)), ("blue", (0, 16))):
        image.paste(color, (*corner, corner[0] + 16, corner[1] + 16))
    return image


def animated_gif(path):
    four_colors().save(path, "gif", save_all=True, append_images=[Image.new("RGB", (32, 32))])
    return four_colors(), 0


def rotated_by_exif(path):
    exif = Image.Exif()
    exif[0x0112] = 6
    four_colors().transpose(Image.Transpose.ROTATE_90).save(path, "png", exif=exif)
    return four_colors(), 0


def gray_of_16_bits(path):
    gray = np.arange(1024, dtype=np.uint16).reshape(32, 32) // 4
    Image.fromarray(gray * 257).save(path, "png")
    return Image.fromarray(gray.astype(np.uint8)), 0


def palette(path):
    four_colors().convert("P", palette=Image.Palette.ADAPTIVE).save(path, "png")
    return four_colors(), 0


def transparent(path):
    image = four_colors()
    image.putalpha(Image.new("L", (32, 32), 0))
    image.save(path, "png")
    return Image.new("RGB", (32, 32), "white"), 0


def cmyk_jpeg(path):
    Image.new("CMYK", (32, 32), (0, 255, 255, 0)).save(path, "jpeg", quality=95)
    return Image.new("RGB", (32, 32), "red"), 10


@pytest.mark.parametrize(
    "write", [animated_gif, rotated_by_exif, gray_of_16_bits, palette, transparent, cmyk_jpeg], ids=lambda w: w.__name__
)
def test_unusual_photos_are_taken(client, tmp_path, write):
    expected, tolerance = write(tmp_path / "a.jpg")
    pictures, _ = colorize(client, tmp_path / "a.jpg")
    found = pixels(pictures["original"]).astype(int)
    assert np.abs(found - np.asarray(expected.convert("RGB"))).max() <= tolerance


def empty(path):
    path.touch()


def text(path):
    path.write_text("Dear diary, this is not a photo.\n" * 20)


def truncated(path):
    path.write_bytes((EXAMPLES / "tabby.jpg").read_bytes()[:9000])


def declared_huge(path):
    """The header of 20,000 × 20,000 pixels, and no pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk + b"\0\0\0\0IEND\xaeB`\x82")


@pytest.mark.parametrize(
    "write, sentence",
    [
        (empty, "This file is empty (0 bytes). Choose the photo again."),
        (text, f"This file is no photo that can be read here, or it is damaged. {FORMATS_TO_TRY}"),
        (truncated, "This photo is damaged or incomplete. Download it again or choose another."),
        (declared_huge, "This photo has more than 178 megapixels; the limit is 50. Make it smaller and try again."),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_bad_file_is_refused_with_a_sentence_and_the_server_goes_on(client, tmp_path, write, sentence):
    write(tmp_path / "a.jpg")
    with pytest.raises(AppError, match=f"^{re.escape(sentence)}$"):
        colorize(client, tmp_path / "a.jpg")
    assert colorize(client, EXAMPLES / "horse.png")[1]["weights"] == "Bundled weights."


def test_no_photo_is_asked_for(client):
    with pytest.raises(AppError, match="No photo was given"):
        client.predict(None, api_name="/colorize")


@pytest.mark.parametrize("model", ["ir-bets", "color-report", ["ir-best"], None])
def test_an_unknown_model_is_refused_with_the_known_ones(client, model):
    with pytest.raises(AppError, match="ir-initial.*ir-best|ir-best.*ir-initial"):
        colorize(client, EXAMPLES / "horse.png", model)


def answer(app_url, photo):
    """Returns what the page says to a raw request: the lines of its events."""
    body = {"data": [photo | {"meta": {"_type": "gradio.FileData"}}, "ir-best", "color-report", True, 0.5, 1]}
    call = f"{app_url}/gradio_api/call/colorize"
    request = urllib.request.Request(call, json.dumps(body).encode(), {"Content-Type": "application/json"})
    event = json.load(urllib.request.urlopen(request))["event_id"]
    return urllib.request.urlopen(f"{call}/{event}").read().decode()


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", ROOT / "app.py", "app.py", EXAMPLES.parent / "screenshot.png", "file:///etc/passwd"],
    ids=str,
)
def test_no_file_of_the_server_can_be_read(app_url, path):
    assert answer(app_url, {"path": str(path)}).startswith("event: error\ndata: ")


def test_no_address_of_the_servers_network_is_asked(app_url, hub):
    url = f"{hub.endpoint}/secret.png"
    before = len(hub.requests)
    assert answer(app_url, {"path": url, "url": url}).startswith("event: error\ndata: ")
    assert [path for _, _, path, _ in hub.requests[before:]] == []


def test_every_endpoint_is_named_and_described(client):
    api = client.view_api(return_format="dict")
    assert {"/colorize", "/reconstruct", "/models"} <= api["named_endpoints"].keys() and api["unnamed_endpoints"] == {}
    assert all(len(endpoint["description"]) > 40 for endpoint in api["named_endpoints"].values())
    endpoint = api["named_endpoints"]["/colorize"]
    parameters = [parameter["parameter_name"] for parameter in endpoint["parameters"]]
    assert parameters == ["photo", "reconstructor", "colorizer", "as_report", "vividness", "detail"]
    assert [result["label"].lower() for result in endpoint["returns"]] == [*NAMES, "facts"]


def test_nothing_is_reported_to_anybody(client):
    assert client.config["analytics_enabled"] is False


def test_progress_is_shown_on_single_components(client):
    """Gradio asks what shows it, and all within, for its value at every step, and the canvas uploads its own."""
    kinds = {component["id"]: component["type"] for component in client.config["components"]}
    for event in client.config["dependencies"]:
        shown_on = event["outputs"] if event["show_progress_on"] is None else event["show_progress_on"]
        assert not {"imageeditor", "tabs", "tabitem", "column", "row", "group"} & {kinds[i] for i in shown_on}


def test_weights_of_a_folder_and_the_bundled_ones_where_it_has_none(tmp_path):
    (tmp_path / "ir-best").mkdir()
    shutil.copy(BUNDLED / "ir-initial/model.weights.h5", tmp_path / "ir-best")
    (tmp_path / "color-report").mkdir()
    shutil.copy(BUNDLED / "color-report/model.weights.h5", tmp_path / "color-report")
    with serve("--weights", tmp_path) as (url, _):
        client = connect(url)
        unfit = colorize(client, EXAMPLES / "horse.png")[1]["weights"]
        missing = colorize(client, EXAMPLES / "horse.png", "ir-initial")[1]["weights"]
    ours = f"Weights from the folder {tmp_path.name}."
    cannot = f"Bundled weights, because the folder {tmp_path.name} cannot be used: "
    assert unfit.startswith(f"{cannot}ir-best/model.weights.h5 has the wrong") and unfit.endswith(ours)
    assert missing.startswith(f"{cannot}expected ir-initial/model.weights.h5, found none") and missing.endswith(ours)


def test_a_hub_repository_that_is_not_there_is_replaced_by_the_bundled_weights():
    with serve("--hub-repo", "nobody/nothing") as (url, _):
        pictures, numbers = colorize(connect(url), EXAMPLES / "horse.png")
    assert numbers["weights"].startswith("Bundled weights, because nobody/nothing on the Hub cannot be used: it needs")
    assert same(pictures, by_hand(EXAMPLES / "horse.png"))
