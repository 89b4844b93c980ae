import io
import re

import bundled
import numpy as np
import pytest
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from same import same_picture
from server import connect

import ae
from ae.data import cifar10, sample
from ae.image import metrics
from ae.image.color import to_u8
from ae.image.photos import PhotoError
from ae.models import catalog
from ae.models.description import facts, layer_table
from ae.models.weights import BUNDLED, Source
from ae.photo import latent
from ae.ui import latent_pictures
from ae.ui.controls import EXAMPLES

MODELS = [
    "ir-initial",
    "ir-wide",
    "ir-kernels",
    "ir-avgpool",
    "ir-best",
    "ir-residual",
    "ir-residual-s",
    "color-report",
]


@pytest.fixture(autouse=True)
def no_dataset(monkeypatch):
    monkeypatch.delenv("AE_DATA", raising=False)


@pytest.fixture
def horse():
    return latent.square(EXAMPLES / "horse.png")


@pytest.fixture(scope="module")
def unet(tmp_path_factory):
    """A U-Net as it is before training."""
    folder = tmp_path_factory.mktemp("weights")
    (folder / "color-unet").mkdir()
    catalog.get("color-unet").build().save_weights(folder / "color-unet" / "model.weights.h5")
    return latent.cut("color-unet", Source(folder))


def reconstruct(model_id, photo):
    """uint8 (32, 32, 3): the model's own answer, made with the package alone."""
    rgb = np.float32(photo)[None] / 255
    inputs = rgb if model_id.startswith("ir-") else rgb @ np.float32([[0.299], [0.587], [0.114]])
    return to_u8(bundled.load(model_id)(inputs))[0]


@pytest.mark.parametrize("model_id", MODELS)
def test_the_decoder_makes_of_the_latent_what_the_model_makes_of_the_photo(cifar, model_id):
    parts = latent.cut(model_id)
    photos = cifar[[0, 123, 399]]
    latents = latent.encode(parts, np.float32(photos) / 255)
    assert latents.shape[0] == 3 and latents[0].size == facts(catalog.get(model_id))["latent"]
    for picture, photo in zip(latent.decode(parts, latents), photos, strict=True):
        assert same_picture(picture, reconstruct(model_id, photo))


@pytest.mark.parametrize("model_id", ["ir-residual", "ir-best", "color-report"])
def test_an_edited_latent_is_decoded_and_compared_with_the_photo(horse, model_id):
    encoding = latent.encoding(latent.cut(model_id), horse)
    channels = encoding.latent.shape[-1]
    truth = np.asarray(horse)[None]

    whole, psnr = latent.edit(encoding, np.ones(channels))
    assert same_picture(whole, encoding.reconstruction) and same_picture(whole, reconstruct(model_id, horse))
    assert psnr == pytest.approx(encoding.psnr, abs=0.01)
    assert psnr == metrics.psnr(truth, np.asarray(whole)[None])[0]

    muted, _ = latent.edit(encoding, np.zeros(channels))
    assert same_picture(muted, latent.decode(encoding.parts, np.zeros_like(encoding.latent)[None])[0])

    loudest = int(np.argmax(encoding.costs))
    gains = np.ones(channels)
    gains[loudest] = 3
    by_hand = encoding.latent.copy()
    by_hand[..., loudest] *= 3
    scaled, psnr = latent.edit(encoding, gains)
    assert same_picture(scaled, latent.decode(encoding.parts, by_hand[None])[0])
    assert psnr == metrics.psnr(truth, np.asarray(scaled)[None])[0] < encoding.psnr - 1


@pytest.mark.parametrize("model_id", ["ir-residual", "ir-best"])
def test_a_channel_costs_what_the_photo_loses_without_it(horse, model_id):
    encoding = latent.encoding(latent.cut(model_id), horse)
    assert encoding.costs.shape == encoding.latent.shape[-1:] and encoding.costs.max() > 3
    for channel in (0, int(np.argmin(encoding.costs)), int(np.argmax(encoding.costs))):
        _, psnr = latent.edit(encoding, np.arange(len(encoding.costs)) != channel)
        assert encoding.costs[channel] == pytest.approx(encoding.psnr - psnr, abs=0.01)


@pytest.mark.parametrize("model_id", ["ir-initial", "color-report"])
def test_a_walk_goes_from_one_reconstruction_to_the_other_and_the_fade_from_photo_to_photo(horse, model_id):
    cat = latent.square(EXAMPLES / "cat-1.png")
    parts = latent.cut(model_id)
    frames = latent.walk(parts, horse, cat)
    assert [frame.share for frame in frames] == pytest.approx(np.linspace(0, 1, latent.STEPS))
    for frame, photo in ((frames[0], horse), (frames[-1], cat)):
        assert same_picture(frame.walk, reconstruct(model_id, photo))
        assert np.array_equal(np.asarray(frame.fade), np.asarray(photo))
    middle = frames[latent.STEPS // 2]
    ends = latent.encode(parts, np.float32([np.asarray(horse), np.asarray(cat)]) / 255)
    assert same_picture(middle.walk, latent.decode(parts, ends.mean(0, keepdims=True))[0])
    assert np.abs(np.asarray(middle.fade) - np.mean([np.asarray(horse), np.asarray(cat)], 0)).max() <= 0.5
    assert middle.psnr == metrics.psnr(np.asarray(middle.fade)[None], np.asarray(middle.walk)[None])[0]


def halves(image):
    """What an animation's frame shows left and right, at 32 × 32."""
    pixels = np.asarray(image.convert("RGB"))[4::8, 4::8]
    return pixels[:, :32], pixels[:, -32:]


def check_animation(file, frames):
    with Image.open(file) as animation:
        assert (animation.format, animation.n_frames, animation.info["loop"]) == ("WEBP", 2 * len(frames) - 2, 0)
        for i, frame in enumerate([*frames, *frames[-2:0:-1]]):
            animation.seek(i)
            left, right = halves(animation)
            assert same_picture(left, frame.walk) and np.array_equal(right, np.asarray(frame.fade))


def test_the_animation_has_both_pictures_there_and_back_without_loss(horse):
    frames = latent.walk(latent.cut("ir-best"), horse, latent.square(EXAMPLES / "ship.png"))
    file = io.BytesIO()
    latent.save_animation(frames, file)
    check_animation(file, frames)


@pytest.mark.parametrize("model_id", ["ir-residual-s", "color-report"])
def test_the_feature_maps_are_those_of_the_layer_table(horse, model_id):
    maps = latent.feature_maps(latent.cut(model_id), horse)
    table = layer_table(catalog.get(model_id).build(32))
    assert [name.removesuffix(" (latent)") for name in maps] == [name for name, *_ in table]
    assert [array.shape for array in maps.values()] == [tuple(shape[1:]) for _, _, shape, _ in table]
    (latent_maps,) = (array for name, array in maps.items() if name.endswith(" (latent)"))
    rgb = np.float32(horse)[None] / 255
    assert np.allclose(latent_maps, latent.encode(latent.cut(model_id), rgb)[0], atol=1e-5)
    assert same_picture(to_u8(list(maps.values())[-1]), reconstruct(model_id, horse))


def tiles(image, size, channels, columns):
    """The sheet's channels at their own size, (size, size, channels), shades of gray."""
    step, zoom = latent.TILE + latent.LINE, latent.TILE // size
    pixels = np.asarray(image)
    corners = [(latent.LINE + i // columns * step, latent.LINE + i % columns * step) for i in range(channels)]
    blocks = [pixels[y : y + latent.TILE, x : x + latent.TILE] for y, x in corners]
    for block in blocks:
        assert (block == block[::zoom, ::zoom].repeat(zoom, 0).repeat(zoom, 1)).all()
        assert (block[..., :3] == block[..., :1]).all() and (block[..., 3] == 255).all()
    return np.stack([block[::zoom, ::zoom, 0] for block in blocks], -1)


def test_a_sheet_s_tiles_are_the_layer_s_channels_each_from_black_to_white(horse):
    maps = latent.feature_maps(latent.cut("ir-best"), horse)["conv2d_3"]
    assert maps.shape == (16, 16, 12)
    image = latent.sheet(maps)
    shown = tiles(image, 16, 12, 8)
    low, high = maps.min((0, 1)), maps.max((0, 1))
    alive = high > low
    assert 0 < alive.sum() < 12  # this model has a dead channel there: it is black
    assert not shown[..., ~alive].any()
    expected = (maps - low)[..., alive] / (high - low)[alive] * 255
    assert np.abs(shown[..., alive] - expected).max() <= 0.51
    assert (shown[..., alive].min((0, 1)) == 0).all() and (shown[..., alive].max((0, 1)) == 255).all()
    assert image.size == (8 * 66 + 2, 2 * 66 + 2)
    assert image.getpixel((image.width - 5, image.height - 5))[3] == 0  # no thirteenth tile


def test_channels_of_one_number_are_compared_with_each_other():
    shown = tiles(latent.sheet(np.float32([[[-1, 0, 1]]])), 1, 3, 3)
    assert shown.ravel().tolist() == [0, 128, 255]


def test_an_image_of_the_sample_is_its_own_nearest_neighbor():
    images = sample.load()["test"]
    parts = latent.cut("ir-best")
    photo = Image.fromarray(images.images_u8[42])
    neighbors, searched = latent.nearest(parts, photo)
    assert (len(neighbors), searched) == (10, 500)
    assert np.array_equal(np.asarray(neighbors[0].image), images.images_u8[42])
    assert neighbors[0].label == cifar10.CLASSES[images.labels[42]] and neighbors[0].distance < 1e-3

    latents = latent.encode(parts, np.float32(images.images_u8) / 255).astype(np.float64)
    distances = np.sqrt(((latents - latents[42]) ** 2).sum((1, 2, 3)))
    order = np.argsort(distances)[:10]
    assert [neighbor.distance for neighbor in neighbors] == pytest.approx(distances[order], abs=1e-3)
    for neighbor, i in zip(neighbors, order, strict=True):
        assert np.array_equal(np.asarray(neighbor.image), images.images_u8[i])
        assert neighbor.label == cifar10.CLASSES[images.labels[i]]


def test_the_whole_test_set_is_searched_where_the_dataset_is(cifar, tmp_path, monkeypatch):
    images = np.resize(cifar.transpose(0, 3, 1, 2).reshape(400, -1), (10_000, 3072)).copy()
    images[:, :2] = np.arange(10_000, dtype=">u2").view(np.uint8).reshape(-1, 2)  # all distinct
    labels = (np.arange(10_000) % 10).astype(np.uint8)
    first, *others = [*cifar10.TRAIN_FILES, *cifar10.TEST_FILES]
    np.concatenate([labels[:, None], images], 1).tofile(tmp_path / first)
    for name in others:
        (tmp_path / name).hardlink_to(tmp_path / first)
    monkeypatch.setenv("AE_DATA", str(tmp_path))
    photo = images[7003].reshape(3, 32, 32).transpose(1, 2, 0)
    neighbors, searched = latent.nearest(latent.cut("ir-initial"), Image.fromarray(photo), count=1)
    assert searched == 10_000
    assert np.array_equal(np.asarray(neighbors[0].image), photo) and neighbors[0].label == cifar10.CLASSES[3]


def test_a_dataset_that_is_not_there_is_a_sentence(horse, tmp_path, monkeypatch):
    monkeypatch.setenv("AE_DATA", str(tmp_path))
    with pytest.raises(ValueError, match="Found none. Get the binary version of CIFAR-10"):
        latent.nearest(latent.cut("ir-initial"), horse)


def test_parts_are_equal_where_the_weights_are(tmp_path):
    for folder, factor in (("same", 1), ("other", 1.1)):
        (tmp_path / folder / "ir-initial").mkdir(parents=True)
        model = ae.load("ir-initial")
        model.set_weights([factor * array for array in model.get_weights()])
        model.save_weights(tmp_path / folder / "ir-initial" / "model.weights.h5")
    bundled, same, other = (
        latent.cut("ir-initial", Source(f)) for f in (BUNDLED, tmp_path / "same", tmp_path / "other")
    )
    assert bundled == same and hash(bundled) == hash(same)
    assert bundled != other


def test_neighbors_are_those_of_the_weights_in_use(horse, tmp_path):
    (tmp_path / "ir-initial").mkdir()
    catalog.get("ir-initial").build().save_weights(tmp_path / "ir-initial" / "model.weights.h5")
    trained, _ = latent.nearest(latent.cut("ir-initial"), horse)
    untrained, _ = latent.nearest(latent.cut("ir-initial", Source(tmp_path)), horse)
    assert [neighbor.distance for neighbor in trained] != [neighbor.distance for neighbor in untrained]


def test_a_model_with_skip_connections_has_feature_maps_and_neighbors_but_no_decoder(horse, unet):
    table = layer_table(catalog.get("color-unet").build(32))
    maps = latent.feature_maps(unet, horse)
    assert [name.removesuffix(" (latent)") for name in maps] == [name for name, *_ in table]
    assert all(latent.sheet(array).width <= 16 * 34 + 2 for array in maps.values())
    neighbors, searched = latent.nearest(unet, Image.fromarray(sample.load()["test"].images_u8[3]), count=1)
    assert searched == 500 and neighbors[0].distance < 1e-3
    assert unet.decoder is None
    for made in (lambda: latent.encoding(unet, horse), lambda: latent.walk(unet, horse, horse)):
        with pytest.raises(ValueError, match="Expected a model .*Received: 'color-unet', which has skip connections"):
            made()


def test_a_photo_is_cropped_to_its_central_square_and_none_is_asked_for(tmp_path):
    photo = Image.new("RGB", (96, 32), "red")
    photo.paste("blue", (32, 0, 64, 32))
    photo.save(tmp_path / "flag.png")
    assert latent.square(tmp_path / "flag.png").getcolors() == [(1024, (0, 0, 255))]
    with pytest.raises(PhotoError, match="No photo was given"):
        latent.square(None)


def test_the_chart_has_a_bar_a_channel_down_where_muting_helps():
    svg = latent_pictures.bars("a < b", [2.0, -1.0, 0.0])
    bars = [tuple(map(float, bar)) for bar in re.findall(r'<rect [^>]*y="([\d.]+)"[^>]*height="([\d.]+)"', svg)]
    assert len(bars) == 3
    (up, up_height), (down, down_height), (_, none) = bars
    assert up_height == pytest.approx(2 * down_height, abs=0.3) and none == 0
    assert up + up_height == pytest.approx(down, abs=0.2)  # both start at the line of 0 dB
    assert "a &lt; b" in svg and "a < b" not in svg
    assert "<title>1: -1.00 dB</title>" in svg


def test_endpoints(app_url, horse):
    client = connect(app_url)
    horse_file, ship_file = (handle_file(EXAMPLES / name) for name in ("horse.png", "ship.png"))
    parts = latent.cut("ir-initial")
    encoding = latent.encoding(parts, horse)

    answer = client.predict(horse_file, "ir-initial", api_name="/latent")
    assert answer["shape"] == [8, 8, 16] and answer["psnr"] == pytest.approx(encoding.psnr)
    assert np.allclose(answer["latent"], encoding.latent, atol=1e-4)
    assert answer["muting_costs"] == pytest.approx(encoding.costs.tolist())

    sheets = client.predict(horse_file, "ir-initial", api_name="/features")
    maps = latent.feature_maps(parts, horse)
    assert [sheet["caption"].split(" · ")[0] for sheet in sheets] == list(maps)
    for sheet, array in zip(sheets, maps.values(), strict=True):
        assert sheet["caption"].endswith(" × ".join(map(str, array.shape)))
        assert same_picture(Image.open(sheet["image"]), latent.sheet(array))

    animation = client.predict(horse_file, ship_file, "ir-initial", api_name="/walk")
    check_animation(animation, latent.walk(parts, horse, latent.square(EXAMPLES / "ship.png")))

    pictures, facts = client.predict(horse_file, "ir-initial", api_name="/neighbors")
    neighbors, searched = latent.nearest(parts, horse)
    assert facts["searched"] == searched
    assert [row["class"] for row in facts["neighbors"]] == [neighbor.label for neighbor in neighbors]
    assert np.array_equal(np.asarray(Image.open(pictures[0]["image"]))[2::4, 2::4], np.asarray(neighbors[0].image))

    with pytest.raises(AppError, match="Expected one of the models"):
        client.predict(horse_file, "ir-huge", api_name="/latent")
    described = client.view_api(return_format="dict")["named_endpoints"]
    assert all(described[f"/{name}"]["description"] for name in ("latent", "features", "walk", "neighbors"))
