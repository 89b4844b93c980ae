import numpy as np
from PIL import Image

from ae.data.split import Split
from ae.evaluation import samples
from ae.image.color import luma


def test_of_every_kind_that_may_be_shown_three_photos_stand_beside_their_colors(tmp_path):
    kinds = np.repeat(["cloth", "face", "food"], [7, 5, 2])
    colors = np.random.default_rng(0).integers(0, 256, (14, 1, 1, 3), np.uint8)
    photos = Split(np.broadcast_to(colors, (14, 40, 40, 3)).copy(), np.arange(14), kinds)
    asked = []

    def paint(rgb, setting):
        asked.append((rgb[0, 0, 0] * 255).round().astype(int).tolist())
        return rgb * setting

    samples.write(tmp_path / "samples.webp", photos, paint)
    cloth, food = [colors[i, 0, 0].tolist() for i in (0, 2, 4)], [colors[i, 0, 0].tolist() for i in (12, 13)]
    assert asked[::2] == asked[1::2] == cloth + food
    with Image.open(tmp_path / "samples.webp") as sheet:
        assert sheet.size == (2 * 4 * 48 + 24, 3 * 48)
        shown = np.asarray(sheet.convert("RGB")).astype(int)
    middles = [shown[24 + 4, 24 + 4 + 48 * column] for column in range(4)]
    gray = luma(colors[0].astype(np.float32)).repeat(3, -1)[0, 0]
    for middle, expected in zip(middles, (colors[0, 0, 0], gray, [0, 0, 0], colors[0, 0, 0] / 2)):
        assert np.abs(middle - expected).max() < 12


def test_without_such_photos_there_is_no_sheet(tmp_path):
    photos = Split(np.zeros((3, 40, 40, 3), np.uint8), np.arange(3), np.array(["face", "tiny", "scene"]))
    samples.write(tmp_path / "samples.webp", photos, lambda rgb, setting: rgb)
    assert not list(tmp_path.iterdir())
