import shutil

import numpy as np
import pytest

from ae.evaluation.results import read_results
from ae.models.cache import MODELS
from ae.models.catalog import ARCHITECTURES
from ae.models.weights import BUNDLED, Source
from ae.photo import pipeline
from ae.ui.choices import YOURS, Trained, choices, resolve


def test_only_what_was_measured_is_offered():
    values = [value for _, value in choices()]
    assert values == [i for i in ARCHITECTURES if i in read_results()]
    assert {"ir-initial", "ir-best", "color-report"} <= set(values)


@pytest.mark.parametrize("task", ["reconstruct", "colorize"])
def test_a_task_has_its_own_models(task):
    values = [value for _, value in choices(task)]
    assert values == [value for _, value in choices() if ARCHITECTURES[value].task == task]
    assert values and len(values) < len(choices())


def test_a_label_tells_what_a_model_is_for_and_how_good_it_is_at_that():
    labels = {value: label for label, value in choices()}
    test = read_results()["ir-best"]["test"]
    assert labels["ir-best"] == f"Best model · the report's · PSNR {test['psnr']:.0f} dB"
    assert labels["color-photo"].endswith(" · for photos")
    assert "for 32 × 32" in labels["color-unet"] and "of the colors right" in labels["color-unet"]
    assert len(set(labels.values())) == len(labels)


@pytest.mark.parametrize("model_id, own, other", [("ir-wide", "reconstruct", "colorize")])
def test_the_sessions_own_model_comes_last_among_those_of_its_task(model_id, own, other, tmp_path):
    trained = Trained(model_id, tmp_path)
    for task in (None, own):
        *others, (label, value) = choices(task, trained)
        assert others == choices(task)
        assert value == YOURS and model_id in label
    assert choices(other, trained) == choices(other)


def test_resolving_a_choice(tmp_path):
    source, trained = Source(hub_repo="someone/models"), Trained("ir-wide", tmp_path)
    assert resolve("ir-best", None, source) == resolve("ir-best", trained, source) == ("ir-best", source)
    assert resolve(YOURS, trained, source) == ("ir-wide", Source(folder=tmp_path))


def test_the_sessions_own_model_is_the_one_that_answers(tmp_path, cifar):
    (tmp_path / "ir-initial").mkdir()
    own = tmp_path / "ir-initial" / "model.weights.h5"
    shutil.copy(BUNDLED / "ir-initial" / "model.weights.h5", own)
    images = cifar[:2] / np.float32(255)
    model_id, source = resolve(YOURS, Trained("ir-initial", tmp_path), Source())
    prediction, sentence = pipeline.predict(model_id, images, source)
    assert np.allclose(prediction, pipeline.predict("ir-initial", images)[0], atol=1e-5)
    assert f"the folder {tmp_path.name}." in sentence  # not where on the server it is


def test_a_choice_of_a_session_that_has_no_model_of_its_own_is_refused():
    with pytest.raises(ValueError, match=f"^Expected one of the models .*Received: '{YOURS}'"):
        MODELS.get(*resolve(YOURS, None, Source()))
