import re
import shutil

import numpy as np
import pytest
from PIL import Image

from ae.data import photo_folder
from ae.ui.controls import EXAMPLES


def write(folder, names):
    """Photos of one gray each: photo number i has level i."""
    for i, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (12, 8), (i, i, i)).save(folder / name)


def levels(split):
    images_u8 = split.images_u8[:]
    assert images_u8.shape == split.images_u8.shape == (len(split), 192, 192, 3) and images_u8.dtype == np.uint8
    assert (images_u8 == images_u8[:, :1, :1, :1]).all()
    return images_u8[:, 0, 0, 0].tolist()


def test_every_twentieth_photo_by_name_is_for_testing(tmp_path):
    write(tmp_path, [f"{i:02}.png" for i in range(45)])
    splits = photo_folder.load(tmp_path)
    train = [i for i in range(45) if i not in (19, 39)]
    assert levels(splits["test"]) == [19, 39]
    assert levels(splits["val"]) == [train[19], train[39]]
    assert levels(splits["train"]) == [i for i in train if i not in (train[19], train[39])]
    assert splits["test"].labels.tolist() == ["19.png", "39.png"]


def test_folders_called_train_and_test_are_the_splits(tmp_path):
    write(tmp_path / "test", ["a/one.PNG", "b/two.bmp"])
    write(tmp_path / "train", [f"{i % 3}/{i:02}.jpg" for i in range(40)])
    write(tmp_path, ["neither.png"])
    splits = photo_folder.load(str(tmp_path))
    assert splits["test"].labels.tolist() == ["one.PNG", "two.bmp"]
    assert (len(splits["train"]), len(splits["val"])) == (38, 2)
    names = set(splits["train"].labels) | set(splits["val"].labels)
    assert names == {f"{i:02}.jpg" for i in range(40)}


def test_splits_that_nobody_asked_for_are_not_read(tmp_path, capsys):
    write(tmp_path, [f"{i:02}.png" for i in range(45)])
    (tmp_path / "00.png").write_bytes(b"")
    splits = photo_folder.load(tmp_path, ["test"])
    assert list(splits) == ["test"] and levels(splits["test"]) == [19, 39]
    assert capsys.readouterr().err == ""


def test_a_photo_s_kind_is_what_its_name_begins_with(tmp_path):
    write(tmp_path / "train", [f"{i:02}.png" for i in range(40)])
    write(tmp_path / "test", ["object-1.png", "scene-2-b.png", "scene.png", "scenery-3.png"])
    test = photo_folder.load(tmp_path, ["test"])["test"]
    assert test.kinds.tolist() == ["object", "scene", "scene", "scenery"]
    assert test[test.kinds == "scene"].labels.tolist() == ["scene-2-b.png", "scene.png"]


def test_any_photos_of_a_split_can_be_asked_for_and_another_file_is_another_hash(tmp_path):
    write(tmp_path, [f"{i:02}.png" for i in range(45)])
    squares = photo_folder.load(tmp_path, ["train"])["train"].images_u8
    assert [squares[chosen][:, 0, 0, 0].tolist() for chosen in (np.s_[2:4], [7, 0, 7], 5)] == [[2, 3], [7, 0, 7], [5]]
    before = squares.sha256()
    assert photo_folder.load(tmp_path, ["train"])["train"].images_u8.sha256() == before
    Image.new("RGB", (90, 80)).save(tmp_path / "00.png")
    assert squares.sha256() != before


def test_a_photo_is_its_central_square(tmp_path):
    write(tmp_path, [f"{i:02}.png" for i in range(40)])
    sides = Image.new("RGB", (300, 100), (255, 0, 0))
    sides.paste((0, 0, 255), (100, 0, 200, 100))
    sides.save(tmp_path / "00.png")
    assert (photo_folder.load(tmp_path)["train"].images_u8[0] == (0, 0, 255)).all()


def test_what_is_no_usable_photo_is_named_and_left_out(tmp_path, capsys):
    write(tmp_path, [f"{i:02}.png" for i in range(45)])
    (tmp_path / "03.png").write_bytes((EXAMPLES / "tabby.jpg").read_bytes()[:9000])
    (tmp_path / "19.png").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("not even looked at")
    shutil.copy(EXAMPLES / "horse.png", tmp_path / "zz.jpg")  # whatever its name says
    splits = photo_folder.load(tmp_path)
    assert [len(splits[name]) for name in ("train", "val", "test")] == [41, 2, 1]
    assert "zz.jpg" in splits["train"].labels and not {"03.png", "19.png"} & set(splits["train"].labels)
    said = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[0] for line in said] == [str(tmp_path / name) for name in ("03.png", "19.png")]
    assert "damaged or incomplete" in said[0] and "empty" in said[1]


@pytest.mark.parametrize("photos", [0, 1, 20])
def test_too_few_photos(tmp_path, photos):
    write(tmp_path, [f"{i:02}.png" for i in range(photos)])
    with pytest.raises(ValueError, match=re.escape(f"at least 21 photos in {tmp_path}. Received: {photos}.")):
        photo_folder.load(tmp_path)


def test_a_split_without_a_usable_photo_is_refused_in_a_sentence(tmp_path):
    write(tmp_path / "train", [f"{i:02}.png" for i in range(40)])
    write(tmp_path / "test", ["a.png"])
    (tmp_path / "test" / "a.png").write_bytes(b"")
    with pytest.raises(ValueError, match="^Expected .*photo"):
        photo_folder.load(tmp_path)


@pytest.mark.parametrize("name", ["missing", "file.png"])
def test_no_such_folder(tmp_path, name):
    write(tmp_path, ["file.png"])
    with pytest.raises(FileNotFoundError, match=re.escape(f"Expected {tmp_path / name} to be a folder of photos.")):
        photo_folder.load(tmp_path / name)
