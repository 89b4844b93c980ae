import numpy as np
import pytest

from ae.image import metrics
from ae.image.photos import to_array
from ae.photo import latent, latent_map
from ae.ui.controls import EXAMPLES


@pytest.fixture(scope="module")
def parts():
    return latent.cut("ir-best")


@pytest.fixture
def horse():
    return latent.square(EXAMPLES / "horse.png")


def test_the_axes_are_the_principal_components_of_the_latents(parts, monkeypatch):
    monkeypatch.delenv("AE_DATA", raising=False)
    axes = latent_map.axes(parts)
    assert axes.points.shape == (500, latent_map.COMPONENTS) and len(axes.labels) == 500
    assert np.abs(axes.points.mean(0)).max() < 1e-3 and np.abs(axes.points.std(0) - 1).max() < 1e-3
    products = axes.directions @ axes.directions.T
    assert np.abs(products - np.diag(np.diag(products))).max() < 1e-3 * np.diag(products).min()
    assert list(axes.shares) == sorted(axes.shares, reverse=True) and 0.1 < axes.shares.sum() < 1
    assert np.abs(axes.coordinates(axes.latents) - axes.points).max() < 1e-2


def test_at_its_own_place_a_photo_is_what_the_model_makes_of_it_and_far_away_is_far(parts, horse, monkeypatch):
    monkeypatch.delenv("AE_DATA", raising=False)
    axes = latent_map.axes(parts)
    encoding = latent.encoding(parts, horse)
    own = axes.coordinates(encoding.latent[None])[0]
    there, near = latent_map.move(parts, axes, encoding.latent, own)
    assert np.abs(np.int16(there) - np.int16(encoding.reconstruction)).max() <= 1
    plane, _ = latent_map.move(parts, axes, encoding.latent, own, keep=False)
    truth = np.asarray(horse)[None]
    assert metrics.psnr(truth, np.asarray(plane)[None]) < encoding.psnr - 3
    _, far = latent_map.move(parts, axes, encoding.latent, [4, -4, 4, -4, 4, -4])
    assert far > 1.5 * near
    coordinates = axes.coordinates(latent.encode(parts, to_array(there)[None]))
    assert coordinates.shape == (1, latent_map.COMPONENTS)


def test_a_place_on_the_map_is_where_it_was_clicked():
    for place in [(0, 0), (1.5, -2), (-4, 4)]:
        assert latent_map.from_pixel(*latent_map.to_pixel(place)) == pytest.approx(place, abs=0.01)
    assert latent_map.to_pixel((99, -99)) == (latent_map.SIDE - 1, latent_map.SIDE - 1)


def test_a_place_on_the_map_is_where_it_was_clicked_however_near_one_looks():
    for at, zoom in [((0, 0), 2), ((3.9, -3.9), 4), ((-1, 2), 8)]:
        shown = latent_map.window(at, zoom)
        pixel = latent_map.to_pixel(at, shown)
        assert latent_map.from_pixel(*pixel, shown) == pytest.approx(at, abs=0.01)
        edges = latent_map.from_pixel(0, 0, shown), latent_map.from_pixel(latent_map.SIDE, latent_map.SIDE, shown)
        assert np.abs(edges).max() < latent_map.REACH * 1.01  # nothing is shown beyond the map
        assert edges[1][0] - edges[0][0] == pytest.approx(2 * latent_map.REACH / zoom, rel=0.01)


def test_a_nearer_map_shows_fewer_images_and_larger(parts, horse, monkeypatch):
    monkeypatch.delenv("AE_DATA", raising=False)
    axes = latent_map.axes(parts)
    whole, near = (np.asarray(latent_map.draw(axes, horse, (0.5, 0.5), (-2, -2), zoom)) for zoom in (1, 8))
    assert whole.shape == near.shape
    assert (near == 255).all(-1).mean() > (whole == 255).all(-1).mean()
