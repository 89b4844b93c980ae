import shutil
import sys

import bundled
import numpy as np
import pytest
from same import same_picture

from ae.__main__ import main
from ae.data import sample
from ae.image.color import luma, to_u8
from ae.models import catalog
from ae.models.weights import BUNDLED
from ae.publish import export

RUNTIMES = {"onnx": ("onnxruntime", "tf2onnx"), "litert": ("ai_edge_litert",), "tf": ()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One model of every kind of network."""
    folder = tmp_path_factory.mktemp("weights")
    for model_id in ("ir-best", "ir-residual-s", "color-photo"):
        (folder / model_id).mkdir()
        shutil.copy(BUNDLED / model_id / "model.weights.h5", folder / model_id)
    return folder


def hundred_photos(model_id):
    rgb = sample.load()["val"].images_u8[:100].astype(np.float32) / 255
    if model_id.startswith("ir-"):
        return rgb
    hints = np.random.default_rng(0).uniform(-0.3, 0.3, (*rgb.shape[:3], 3)).astype(np.float32)
    hints[..., 2] = hints[..., 2] > 0.28
    return np.concatenate([luma(rgb), hints * hints[..., 2:]], -1)


@pytest.mark.parametrize(
    "model_id, format",
    [
        ("ir-best", "onnx"),
        ("ir-best", "tf"),
        ("color-photo", "onnx"),
        ("color-photo", "litert"),
    ],
)
def test_another_runtime_answers_the_same_8_bits_at_any_size(folder, model_id, format):
    for runtime in RUNTIMES[format]:
        pytest.importorskip(runtime, reason="not installed: pip install -r requirements-export.txt")
    path = export.export(model_id, format, folder)
    assert path == folder / model_id / export.FILES[format]
    model, images = bundled.load(model_id), hundred_photos(model_id)
    large = images[:15].reshape(3, 5, 32, 32, -1).swapaxes(1, 2).reshape(1, 96, 160, -1)
    multiple = catalog.get(model_id).multiple
    for given in (images, large, large[:, : 96 - multiple, : 160 - multiple]):
        assert same_picture(to_u8(export.run(path, given)), to_u8(model.predict_on_batch(given)))
    assert not list(path.parent.glob("partial-*"))


def test_the_command_takes_the_place_of_an_older_export(folder, capsys):
    old = folder / "ir-best" / "saved_model" / "old"
    old.mkdir(parents=True, exist_ok=True)
    main(["export", "ir-best", "--format", "tf", "--weights", str(folder)])
    assert capsys.readouterr().out.splitlines()[-1] == str(old.parent)
    assert not old.exists() and (old.parent / "saved_model.pb").is_file()


def test_weights_that_a_format_cannot_answer_alike_leave_nothing_behind(folder, monkeypatch):
    """A runtime that answers with the picture moved by five rows."""
    monkeypatch.setattr(export, "run", lambda path, images: np.roll(images, 5, 1))
    with pytest.raises(ValueError, match="differ by .* of 255 levels"):
        export.export("ir-residual-s", "tf", folder)
    assert not (folder / "ir-residual-s" / "saved_model").exists()
    assert not list((folder / "ir-residual-s").glob("partial-*"))


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["ir-bets", "--format", "tf"], "Received: 'ir-bets'"),
        (["ir-wide", "--format", "tf"], "expected ir-wide/model.weights.h5, found none"),
        (["ir-best", "--format", "onnx"], "pip install -r requirements-export.txt"),
    ],
)
def test_a_mistake_is_answered_in_one_line(folder, monkeypatch, arguments, sentence):
    monkeypatch.setitem(sys.modules, "tf2onnx", None)  # as if it were not installed
    with pytest.raises(SystemExit, match="^error: .*") as stop:
        main(["export", *arguments, "--weights", str(folder)])
    assert sentence in str(stop.value) and "\n" not in str(stop.value)
