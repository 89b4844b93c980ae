import pytest
from PIL import Image

from ae.image.photos import open_photo
from ae.models.weights import Source
from ae.ui import hand_tab, palette, texts
from ae.ui.controls import EXAMPLES


def test_colors_as_people_write_them():
    assert {palette.parse_color(text) for text in ("#14C828", "14c828", " 20, 200 40", "rgb(20,200,40)")} == {"#14c828"}
    for text in ("#14c82", "20, 200, 2000", "20, 200", "green", ""):
        with pytest.raises(ValueError, match="Expected a color such as #d9a583"):
            palette.parse_color(text)


def test_a_palette_that_is_saved_is_the_same_when_it_is_loaded(tmp_path):
    coffee = palette.of_photo(open_photo(EXAMPLES / "coffee.jpg"))
    shown = palette.swatches({"#010203": "grandma's\tdress", "#d9a583": "skin again"}, coffee)
    colors = {color: name for name, color in shown}
    assert len(colors) == len(shown) == len(texts.HAND_PALETTE) + len(coffee) + 1
    file = tmp_path / "colors.gpl"
    file.write_text(palette.to_gpl(shown), "utf-8")
    assert palette.read_gpl(file) == colors | {"#010203": "grandma's dress"}


def test_what_is_no_palette_is_said_to_be_none(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "colors.png")
    (tmp_path / "empty.gpl").write_text("GIMP Palette\nName: x\n#\n256 0 0 none\n")
    (tmp_path / "nothing.gpl").write_bytes(b"")
    for name in ("colors.png", "empty.gpl", "nothing.gpl"):
        with pytest.raises(ValueError, match="Expected a palette"):
            palette.read_gpl(tmp_path / name)
    many = [(str(i), f"#0000{i:02x}") for i in range(99)]
    (tmp_path / "many.gpl").write_text(palette.to_gpl(many))
    assert len(palette.read_gpl(tmp_path / "many.gpl")) == palette.MOST


def test_a_loaded_palette_comes_before_what_was_typed_and_its_first_color_is_taken(tmp_path):
    (tmp_path / "one.gpl").write_text(palette.to_gpl([("dress", "#123456"), ("sky", "#5b8fd0")]))
    _, _, own = hand_tab.add_color("#abcdef", None, {})
    radio, file, own = hand_tab.add_palette(tmp_path / "one.gpl", None, own)
    assert list(own) == ["#123456", "#5b8fd0", "#abcdef"] and radio.value == "#123456"
    assert palette.read_gpl(file.value["path"])["#123456"] == "dress"


def test_the_picture_that_is_kept_is_of_the_photo_that_is_painted_on():
    working, *_ = hand_tab.begin(str(EXAMPLES / "tabby.jpg"), "hand", None, {})
    button = hand_tab.keep(Source(), working, [], "color-photo", 0.5, None, 1, None)
    assert button.value["path"].endswith("tabby-colored.jpg")
    assert Image.open(button.value["path"]).size == Image.open(EXAMPLES / "tabby.jpg").size
