import copy
import json

import pytest
import yaml
from huggingface_hub import ModelCard

from ae.evaluation.results import SPLITS, read_results
from ae.models.catalog import ARCHITECTURES, get
from ae.models.weights import BUNDLED
from ae.publish.cards import card, write_card

BUNDLED_IDS = [i for i in ARCHITECTURES if (BUNDLED / i).is_dir()]


@pytest.fixture
def history():
    return read_history("ir-best")


@pytest.fixture
def results():
    """Made-up numbers, every one different."""
    numbers = iter(range(1, 100))

    def measured():
        n = next(numbers)
        return {"accuracy": 0.8 + n / 1000, "mse": n / 1e5, "mae": n / 1e4, "psnr": 20 + n / 100, "ssim": 0.9 + n / 1e4}

    ids = ("ir-best", "ir-wide", "color-report", "gray-copy", "always-red")
    results = {i: {"parameters": 12345, "latent": 3072, **{split: measured() for split in SPLITS}} for i in ids}
    for n, split in enumerate(SPLITS):
        color = {"chroma_error": 14 + n, "colorfulness": 16 + n, "within_2_percent": 0.12, "within_5_percent": 0.495}
        results["color-report"][split] |= color
    return results


def read_history(model_id):
    return json.loads((BUNDLED / model_id / "history.json").read_text())


def rows(text):
    """{first cell: other cells} of the card's table."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return {name: cells for name, *cells in ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)}


@pytest.mark.parametrize("model_id, tag", [("ir-best", "image-reconstruction"), ("color-report", "colorization")])
def test_metadata_is_what_the_hub_reads(history, results, model_id, tag):
    text = card(get(model_id), history, results)
    assert yaml.safe_load(text.split("---\n")[1])["model-index"][0]["name"] == model_id
    data = ModelCard(text).data
    assert (data.library_name, data.pipeline_tag, data.datasets) == ("keras", "image-to-image", ["uoft-cs/cifar10"])
    assert data.tags == ["autoencoder", tag]
    assert data.model_name == model_id
    assert {result.metric_type: result.metric_value for result in data.eval_results} == results[model_id]["test"]
    for result in data.eval_results:
        assert (result.task_type, result.dataset_type) == ("image-to-image", "uoft-cs/cifar10")
        assert result.dataset_split == "test"


def test_the_table_has_every_split_s_numbers(history, results):
    own = results["ir-best"]
    shown = rows(card(get("ir-best"), history, results))
    assert shown["Accuracy (brightest channel)"] == [f"{100 * own[split]['accuracy']:.1f}%" for split in SPLITS]
    assert shown["Mean squared error"] == ["0.00001", "0.00002", "0.00003", "0.00004"]
    assert shown["Mean absolute error"] == ["0.0001", "0.0002", "0.0003", "0.0004"]
    assert shown["Peak signal-to-noise ratio"] == ["20.01 dB", "20.02 dB", "20.03 dB", "20.04 dB"]
    assert shown["Structural similarity"] == ["0.9001", "0.9002", "0.9003", "0.9004"]
    assert "Colorfulness" not in shown


def test_a_colorizer_s_table_goes_on_with_its_colors(history, results):
    shown = rows(card(get("color-report"), history, results))
    assert shown["Color error (ΔE)"] == ["14.00", "15.00", "16.00", "17.00"]
    assert shown["Colorfulness"] == ["16.0", "17.0", "18.0", "19.0"]
    assert shown["Pixels within 2 %"] == ["12.0%"] * 4
    assert shown["Pixels within 5 %"] == ["49.5%"] * 4


def test_the_text_tells_the_sizes_the_run_and_what_red_scores(history, results):
    history["epochs"] = [{"epoch": n, "seconds": 90} for n in (1, 2)]
    history |= {"seed": 5, "versions": {"python": "3.12.1", "keras": "3.99"}}
    results["always-red"]["test"]["accuracy"] = 0.5072
    text = " ".join(card(get("ir-best"), history, results).split())
    assert "12,345 parameters, a latent of 3,072 numbers" in text
    assert "; 2 epochs on CIFAR-10's 50,000 training images, seed 5, 3 min." in text
    assert "Versions: python 3.12.1, keras 3.99." in text
    assert "everywhere scores 50.7% on the same test images" in text
    assert "python -m ae train ir-best" in text


def test_published_accuracies_stand_beside_ours(history, results):
    results["ir-best"]["train"]["accuracy"] = 0.8294
    results["ir-best"]["test"]["accuracy"] = 0.8561
    text = card(get("ir-best"), history, results)
    assert "- train: 83.2% in the report, 82.9% here (-0.3 points)" in text
    assert "- test: 84.4% in the report, 85.6% here (+1.2 points)" in text


def test_a_model_without_published_accuracy_is_compared_with_nothing(history, results):
    assert "in the report," not in card(get("ir-wide"), history, results)


def test_abandoned_seeds_are_told(history, results):
    assert history["abandoned"] == []
    assert "given up" not in card(get("ir-best"), history, results)
    deaths = [f"The {color} output channel is zero on all of 512 validation images." for color in ("red", "blue")]
    history["abandoned"] = [{"seed": seed, "epoch": 3 + seed, "reason": death} for seed, death in enumerate(deaths)]
    text = card(get("ir-best"), history, results)
    assert f"Seed 0 was given up after epoch 3: {deaths[0]}\nSeed 1 was given up after epoch 4: {deaths[1]}\n" in text


@pytest.mark.parametrize("gray, better", [(0.00662, True), (0.009, False)])
def test_a_colorizer_is_held_against_the_gray_picture(results, gray, better):
    results["color-report"]["test"]["mse"], results["gray-copy"]["test"]["mse"] = 0.00709, gray
    text = card(get("color-report"), read_history("color-report"), results)
    assert f"its MSE is 0.00709; leaving the picture gray has {gray:.5f}" in text
    assert ("which is better: an exhibit, not a tool." in text) == better


def test_write_card_replaces_the_folder_s_card(tmp_path, history, results):
    (tmp_path / "history.json").write_text(json.dumps(history))
    (tmp_path / "README.md").write_text("old")
    write_card(get("ir-best"), tmp_path, copy.deepcopy(results))
    assert (tmp_path / "README.md").read_text() == card(get("ir-best"), history, results)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "history.json"]


def test_the_report_s_models_are_bundled():
    assert BUNDLED_IDS[:6] == list(ARCHITECTURES)[:6]


@pytest.mark.parametrize("model_id", BUNDLED_IDS)
def test_a_bundled_card_says_what_its_files_say(model_id):
    text = (BUNDLED / model_id / "README.md").read_text()
    assert text == card(get(model_id), read_history(model_id), read_results())
