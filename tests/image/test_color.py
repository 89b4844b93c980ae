import numpy as np
import pytest

from ae.image.color import chroma, chroma_at, fit_chroma, lab, luma, to_u8

PRIMARIES = np.eye(3, dtype=np.float32)


def test_luma_of_the_primaries_is_bt601():
    assert luma(PRIMARIES).tolist() == [pytest.approx([share]) for share in (0.299, 0.587, 0.114)]


def test_luma_keeps_dtype_and_leading_axes(cifar):
    images = cifar.astype(np.float32) / 255
    assert luma(images).dtype == np.float32
    assert luma(images).shape == (400, 32, 32, 1)
    assert luma(images[0, 0, 0]).shape == (1,)


def test_chroma_of_the_primaries_is_bt601():
    published = [(-0.168736, 0.5), (-0.331264, -0.418688), (0.5, -0.081312)]
    assert chroma(PRIMARIES) == pytest.approx(np.array(published), abs=1e-6)


def test_grays_have_no_chroma():
    grays = np.repeat(np.linspace(0, 1, 256, dtype=np.float32)[:, None], 3, axis=1)
    assert chroma(grays) == pytest.approx(np.zeros((256, 2)), abs=1e-6)


def test_luma_and_chroma_give_the_picture_back(cifar):
    images = cifar.astype(np.float32) / 255
    y, (cb, cr) = luma(images)[..., 0], np.moveaxis(chroma(images), -1, 0)
    rgb = np.stack([y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb], -1)  # ITU-R BT.601
    assert np.abs(rgb - images).max() < 1e-5


@pytest.mark.parametrize("function", [luma, chroma])
def test_a_tensor_gives_what_an_array_gives(cifar, function):
    from keras import ops

    images = cifar[:10].astype(np.float32) / 255
    tensor = function(ops.convert_to_tensor(images))
    assert ops.is_tensor(tensor)
    assert ops.convert_to_numpy(tensor) == pytest.approx(function(images), abs=1e-6)


def test_fitting_keeps_the_luma_and_stays_in_range_whatever_the_chroma():
    random = np.random.default_rng(0)
    y = random.uniform(0, 1, (10_000, 1)).astype(np.float32)
    y[:50], y[50:100] = 0, 1
    colors = random.uniform(-1, 1, (10_000, 2)).astype(np.float32)
    rgb = fit_chroma(y, colors)
    assert rgb.dtype == np.float32
    assert np.abs(luma(rgb) - y).max() < 1e-6
    assert -1e-6 < rgb.min() and rgb.max() < 1 + 1e-6
    assert rgb[:50] == pytest.approx(0, abs=1e-6) and rgb[50:100] == pytest.approx(1, abs=1e-6)


def test_fitting_scales_a_color_that_does_not_exist_down_to_the_most_colorful_of_its_hue():
    rgb = fit_chroma(np.float32([0.299]), np.float32([-0.25, 0.75]))
    assert rgb.max() == pytest.approx(1) or rgb.min() == pytest.approx(0)
    cb, cr = chroma(rgb)
    assert cr / cb == pytest.approx(0.75 / -0.25, rel=1e-4) and 0.1 < cr < 0.75


def test_fitting_changes_no_color_that_exists(cifar):
    images = cifar.astype(np.float32) / 255
    assert np.abs(fit_chroma(luma(images), chroma(images)) - images).max() < 1e-5
    for primary in PRIMARIES:
        assert fit_chroma(luma(primary), chroma(primary)) == pytest.approx(primary, abs=1e-5)


@pytest.mark.parametrize(
    "rgb, published",
    [
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 255, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
        ((255, 255, 0), (97.14, -21.55, 94.48)),
        ((0, 255, 255), (91.11, -48.09, -14.13)),
        ((255, 0, 255), (60.32, 98.23, -60.82)),
        ((255, 255, 255), (100, 0, 0)),
        ((119, 119, 119), (50.03, 0, 0)),
        ((10, 10, 10), (2.74, 0, 0)),  # the straight parts of both curves: 903.3 × (10 / 255 / 12.92)
        ((0, 0, 0), (0, 0, 0)),
    ],
)
def test_lab_of_known_colors(rgb, published):
    assert lab(np.uint8(rgb)) == pytest.approx(np.array(published), abs=0.03)


def test_lab_of_pictures_is_that_of_their_pixels(cifar):
    values = lab(cifar[:2])
    assert (values.shape, values.dtype) == ((2, 32, 32, 3), np.float32)
    assert np.array_equal(values[1, 5, 7], lab(cifar[1, 5, 7]))
    assert 0 <= values[..., 0].min() and values[..., 0].max() <= 100


def test_to_u8_clips_and_rounds():
    assert to_u8(np.array([-1, 0.4999, 127.6 / 255, 2])).tolist() == [0, 127, 128, 255]


def test_a_color_looks_the_same_at_another_luma_where_there_is_one():
    random = np.random.default_rng(0)
    y = random.uniform(0.3, 0.7, (500, 1)).astype(np.float32)
    colors = random.integers(0, 256, (500, 3)).astype(np.float32) / 255
    found = chroma_at(y, colors)
    rgb = fit_chroma(y, found)
    assert np.abs(luma(rgb) - y).max() < 1e-4
    (_, a, b), (_, wanted_a, wanted_b) = (np.moveaxis(lab(to_u8(each)), -1, 0) for each in (rgb, colors))
    strength, wanted = np.hypot(a, b), np.hypot(wanted_a, wanted_b)
    turned = np.degrees(np.arctan2(b, a) - np.arctan2(wanted_b, wanted_a))
    at_the_limit = (rgb < 0.01).any(-1) | (rgb > 0.99).any(-1)
    assert (~at_the_limit).mean() > 0.3
    assert (np.abs(strength / wanted - 1) < 0.1)[~at_the_limit].mean() > 0.97
    assert np.abs((turned + 180) % 360 - 180)[~at_the_limit & (wanted > 10)].max() < 10
    assert (strength[at_the_limit] < 1.15 * wanted[at_the_limit]).all()


def test_what_has_its_own_luma_keeps_its_chroma_and_gray_stays_gray():
    colors = np.float32([[0.8, 0.3, 0.2], [0.2, 0.5, 0.4], [0.5, 0.5, 0.5]])
    assert chroma_at(luma(colors), colors) == pytest.approx(chroma(colors), abs=0.01)
    assert np.abs(chroma_at(np.float32([[0.1]]), colors[2:])).max() < 1e-3
