import json
import shutil
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from server import ROOT, serve

from ae import photos
from ae.architectures import ARCHITECTURES
from ae.ui.photo_tab import EXAMPLES
from ae.weights import BUNDLED


@pytest.fixture(scope="module")
def client(app_url):
    return Client(app_url, verbose=False)


def colorize(client, path, reconstructor="ir-best"):
    *pictures, metrics = client.predict(handle_file(path), reconstructor, "color-report", api_name="/colorize")
    return dict(zip(("original", "grayscale", "reconstruction", "colorization"), pictures)), metrics


def pixels(path):
    return np.asarray(Image.open(path))


def test_the_page_answers_before_tensorflow_is_loaded():
    with serve() as (url, process):
        page = urllib.request.urlopen(url).read().decode()
        loaded = Path(f"/proc/{process.pid}/maps").read_text()
    assert "Autoencoders, reproduced" in page
    assert "libtensorflow" not in loaded


def test_colorize_answers_four_png_pictures_and_their_metrics(client, tmp_path):
    photo = Image.open(EXAMPLES / "coffee.jpg").rotate(7)
    photo.save(tmp_path / "My café.png")
    pictures, metrics = colorize(client, tmp_path / "My café.png")
    for name, path in pictures.items():
        assert Path(path).read_bytes().startswith(b"\x89PNG") and Path(path).name.endswith(f"-{name}.png")
        assert pixels(path).shape == (32, 32, 3)
    assert np.array_equal(pixels(pictures["original"]), np.asarray(photos.center_square(photo)))
    assert set(metrics) == {*pictures, "weights"}
    assert metrics["weights"] == "Bundled weights."
    assert 10 < metrics["reconstruction"]["psnr"] < 60 and 0 < metrics["grayscale"]["accuracy"] <= 1


@pytest.mark.parametrize("model_id", [i for i in ARCHITECTURES if (BUNDLED / i).is_dir() and i.startswith("ir-")])
def test_every_reconstruction_model_answers(client, model_id):
    _, metrics = colorize(client, EXAMPLES / "plane.png", model_id)
    assert metrics["reconstruction"]["psnr"] > 20


def test_photos_of_every_kind_are_handled_right(client, tmp_path):
    photo = Image.open(EXAMPLES / "horse.png").resize((64, 64))
    upright = np.asarray(photos.center_square(photo))
    exif = Image.Exif()
    exif[0x0112] = 6
    photo.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "rotated.png", exif=exif)
    photo.save(tmp_path / "animated.gif", save_all=True, append_images=[Image.new("RGB", (64, 64))])
    Image.fromarray(np.asarray(photo.convert("L"), np.uint16) * 257).save(tmp_path / "sixteen.png")
    Image.new("RGBA", (64, 64), (255, 0, 0, 0)).save(tmp_path / "transparent.png")
    Image.new("RGB", (64, 64), "red").convert("CMYK").save(tmp_path / "cmyk.jpg")
    photo.quantize(256).save(tmp_path / "palette.png")

    def original(name):
        return pixels(colorize(client, tmp_path / name)[0]["original"]).astype(int)

    gray = np.asarray(photos.center_square(photo.convert("L").convert("RGB")))
    assert np.array_equal(original("rotated.png"), upright)
    assert abs(original("animated.gif") - upright).mean() < 10
    assert np.array_equal(original("sixteen.png"), gray)
    assert (original("transparent.png") == 255).all()
    assert abs(original("cmyk.jpg") - (255, 0, 0)).max() < 60
    assert abs(original("palette.png") - upright).mean() < 10


def bad_files(folder):
    photo = Image.open(EXAMPLES / "tabby.jpg")
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "text.jpg").write_text("not a photo")
    (folder / "cut.jpg").write_bytes((EXAMPLES / "tabby.jpg").read_bytes()[:9000])
    photo.resize((1, 1)).save(folder / "dot.png")
    photo.resize((1, 4000)).save(folder / "line.png")
    header = bytearray((EXAMPLES / "horse.png").read_bytes())
    header[16:24] = (10_000).to_bytes(4, "big") * 2
    import zlib

    header[29:33] = zlib.crc32(bytes(header[12:29])).to_bytes(4, "big")
    (folder / "huge.png").write_bytes(header)
    return {
        "empty.jpg": "empty",
        "text.jpg": "Use a JPEG, PNG",
        "cut.jpg": "damaged or incomplete",
        "dot.png": "1 × 1 pixels",
        "line.png": "1 × 4,000 pixels",
        "huge.png": "100 megapixels; the limit is 50",
    }


def test_bad_files_are_refused_with_a_sentence_and_the_server_goes_on(client, tmp_path):
    for name, sentence in bad_files(tmp_path).items():
        with pytest.raises(AppError, match=sentence):
            colorize(client, tmp_path / name)
    assert colorize(client, EXAMPLES / "horse.png")[1]["weights"] == "Bundled weights."


def test_an_unknown_model_is_refused_with_the_known_ones(client):
    with pytest.raises(AppError, match="ir-bets is not in the list of choices.*ir-best"):
        colorize(client, EXAMPLES / "horse.png", "ir-bets")


@pytest.mark.parametrize("path", ["/etc/passwd", str(ROOT / "app.py")])
def test_no_file_of_the_server_can_be_read(app_url, path):
    data = [{"path": path, "meta": {"_type": "gradio.FileData"}}, "ir-best", "color-report"]
    request = urllib.request.Request(
        f"{app_url}/gradio_api/call/colorize", json.dumps({"data": data}).encode(), {"Content-Type": "application/json"}
    )
    try:
        event = json.load(urllib.request.urlopen(request))["event_id"]
        answer = urllib.request.urlopen(f"{app_url}/gradio_api/call/colorize/{event}").read().decode()
    except urllib.error.HTTPError as error:
        answer = f"error {error.code}"
    assert "error" in answer and "complete" not in answer


def test_the_api_is_one_described_endpoint(client, app_url):
    endpoints = client.view_api(return_format="dict")["named_endpoints"]
    assert list(endpoints) == ["/colorize"]
    assert [p["parameter_name"] for p in endpoints["/colorize"]["parameters"]] == ["image", "reconstructor", "colorizer"]
    assert [r["label"] for r in endpoints["/colorize"]["returns"]][-1] == "metrics"
    assert "32 × 32" in endpoints["/colorize"]["description"]
    assert client.config["analytics_enabled"] is False


def test_weights_of_a_folder_are_used_and_a_missing_one_is_replaced(tmp_path):
    (tmp_path / "ir-best").mkdir()
    shutil.copy(BUNDLED / "ir-best" / "model.weights.h5", tmp_path / "ir-best")
    with serve("--weights", tmp_path) as (url, _):
        _, metrics = colorize(Client(url, verbose=False), EXAMPLES / "horse.png")
    assert f"Weights from the folder {tmp_path}." in metrics["weights"]
    assert "Bundled weights, because" in metrics["weights"] and "color-report/model.weights.h5" in metrics["weights"]


def test_a_hub_repository_that_is_not_there_is_replaced_by_the_bundled_weights():
    with serve("--hub-repo", "nobody/nothing") as (url, _):
        _, metrics = colorize(Client(url, verbose=False), EXAMPLES / "horse.png")
    assert metrics["weights"].startswith("Bundled weights, because nobody/nothing on the Hub cannot be used")
