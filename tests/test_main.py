import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from command import run
from server import ROOT

import app
from ae.__main__ import main
from ae.data import cifar10
from ae.evaluation.results import read_results
from ae.models.catalog import ARCHITECTURES
from ae.models.weights import BUNDLED


def test_list_names_every_model_with_its_numbers(capsys):
    main(["list"])
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "Figure 1" in rows["ir-initial"] and "4,911" in rows["ir-initial"] and "81.2%" in rows["ir-initial"]
    assert "19,383" in rows["ir-best"] and "84.4%" in rows["ir-best"]
    assert "19,167" in rows["color-report"] and "colorization" in rows["color-report"]


INITIAL = """
input_layer (InputLayer) (None, 32, 32, 3) 0
conv2d (Conv2D) (None, 32, 32, 8) 224
max_pooling2d (MaxPooling2D) (None, 16, 16, 8) 0
conv2d_1 (Conv2D) (None, 16, 16, 12) 876
max_pooling2d_1 (MaxPooling2D) (None, 8, 8, 12) 0
conv2d_2 (Conv2D) (None, 8, 8, 16) 1,744
up_sampling2d (UpSampling2D) (None, 16, 16, 16) 0
conv2d_3 (Conv2D) (None, 16, 16, 12) 1,740
up_sampling2d_1 (UpSampling2D) (None, 32, 32, 12) 0
conv2d_4 (Conv2D) (None, 32, 32, 3) 327
"""


def test_summary_is_the_reports_figure_1(capsys):
    main(["summary", "ir-initial"])
    title, layers, total = capsys.readouterr().out.strip().split("\n\n")
    assert title == "Initial model (Figure 1)"
    assert [line.split() for line in layers.splitlines()[1:]] == [line.split() for line in INITIAL.split("\n")[1:-1]]
    assert total == "Total params: 4,911"


@pytest.mark.parametrize("model_id, parameters", [("ir-best", "19,383"), ("color-report", "19,167")])
def test_summary_has_the_reports_number_of_parameters(capsys, model_id, parameters):
    main(["summary", model_id])
    assert capsys.readouterr().out.endswith(f"\nTotal params: {parameters}\n")


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["summary", "ir-bets"], "Received: 'ir-bets'"),
        (["train", "ir-bets"], "Received: 'ir-bets'"),
        (["evaluate", "--models", "ir-bets"], "Received: 'ir-bets'"),
        (["evaluate", "--models", "own-2-k1-max-tanh"], "Received: 'own-2-k1-max-tanh'"),
        (["train", "ir-best", "--data", "nowhere"], "Expected nowhere/data_batch_1.bin"),
        (
            ["train", "color-photo"],
            "Expected --data to name a folder of photos. This model is not trained on CIFAR-10.",
        ),
        (["train", "color-photo", "--data", "nowhere"], "Expected nowhere to be a folder of photos. There is none."),
        (["train", "color-photo", "--data", str(ROOT / "tests")], "at least 21 photos"),
        (["evaluate", "--photos", "nowhere"], "Expected nowhere to be a folder of photos. There is none."),
        (["publish", "--model", "not a repo"], "not a Hub repository"),
    ],
)
def test_a_mistake_is_answered_in_one_line(arguments, sentence, monkeypatch):
    monkeypatch.delenv("AE_DATA", raising=False)
    with pytest.raises(SystemExit, match="^error: .*" + re.escape(sentence)) as stop:
        main(arguments)
    assert "\n" not in str(stop.value)


@pytest.fixture
def data(cifar, tmp_path, monkeypatch):
    """CIFAR-10's files, of 40 images each."""
    monkeypatch.setattr(cifar10, "RECORDS", 40)
    (tmp_path / "data").mkdir()
    records = np.concatenate([np.arange(400)[:, None] // 40, cifar.transpose(0, 3, 1, 2).reshape(400, -1)], 1)
    for number, name in enumerate([*cifar10.TRAIN_FILES, *cifar10.TEST_FILES]):
        records[number::10].astype(np.uint8).tofile(tmp_path / "data" / name)
    return tmp_path / "data"


def test_a_model_alone_is_measured_and_described_with_what_its_card_compares_it_with(data, tmp_path):
    shutil.copytree(BUNDLED / "ir-best", tmp_path / "new" / "ir-best")
    (tmp_path / "new" / "ir-best" / "README.md").unlink()
    main(["evaluate", "--models", "ir-best", "--weights", str(tmp_path / "new"), "--data", str(data)])
    results = read_results(tmp_path / "new")
    assert list(results) == ["ir-best", "gray-copy", "always-red"]
    accuracy = f"{results['always-red']['test']['accuracy']:.1%}"
    assert f"scores {accuracy} on the same" in (tmp_path / "new" / "ir-best" / "README.md").read_text()


def test_what_is_trained_is_measured_and_described(data, tmp_path, capsys):
    runs = tmp_path / "runs"
    trained = run(capsys, "train", "ir-initial", "--epochs", 2, "--data", data, "--out", runs)
    assert trained.returncode == 0 and f"{runs}/ir-initial: 2 epochs, validation accuracy" in trained.stdout
    history = (runs / "ir-initial" / "history.json").read_text()
    again = run(capsys, "train", "ir-initial", "--data", data, "--out", runs)
    assert again.stdout == trained.stdout.splitlines(keepends=True)[-1]  # there is nothing left to do
    assert again.returncode == 0 and (runs / "ir-initial" / "history.json").read_text() == history

    measured = run(capsys, "evaluate", "--models", "ir-initial", "--data", data, "--weights", runs)
    assert measured.returncode == 0
    accuracy = f"{read_results(runs)['ir-initial']['test']['accuracy']:.1%}"
    (row,) = (line for line in measured.stdout.splitlines() if line.startswith("| `ir-initial`"))
    assert accuracy in row and row in (runs / "README.md").read_text("utf-8")
    assert "2 epochs on CIFAR-10's" in (runs / "ir-initial" / "README.md").read_text("utf-8")


@pytest.mark.parametrize("command", [["train", "ir-best", "--out"], ["evaluate", "--models", "ir-best", "--weights"]])
def test_a_history_that_is_none_is_told_before_anything_is_done(data, tmp_path, command):
    (tmp_path / "new" / "ir-best").mkdir(parents=True)
    (tmp_path / "new" / "ir-best" / "history.json").write_text("{}")
    with pytest.raises(SystemExit, match="^error: Expected .*/history.json to be a run's history. .* Remove it, or"):
        main([*command, str(tmp_path / "new"), "--data", str(data)])
    assert len(list((tmp_path / "new").rglob("*"))) == 2


@pytest.mark.parametrize("port", ["0", "65536", "99999", "-1", "eighty"])
def test_a_port_that_is_none_is_refused(port, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["app.py", "--port", port])
    with pytest.raises(SystemExit, match="^2$"):
        app.main()
    said = capsys.readouterr().err
    assert said.startswith("usage: app.py") and "--port" in said


def test_the_process_ends_with_one_line_and_status_1():
    ended = subprocess.run([sys.executable, "-m", "ae", "summary", "ir-bets"], cwd=ROOT, capture_output=True, text=True)
    known = ", ".join(ARCHITECTURES)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"error: Expected one of the models {known}. Received: 'ir-bets'\n"


def test_train_without_the_data_leaves_nothing_behind(tmp_path):
    with pytest.raises(SystemExit, match="^error: Expected .*/data_batch_1.bin, a file of 30,730,000 bytes. Found "):
        main(["train", "ir-best", "--data", str(tmp_path), "--out", str(tmp_path / "runs")])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments, reason",
    [
        ([], "the following arguments are required: COMMAND"),
        (["train"], "the following arguments are required: MODEL"),
        (["train", "ir-best", "--epochs", "0"], "expected 1 or more, received 0"),
        (["publish"], "one of the arguments --model --space is required"),
    ],
)
def test_a_misused_option_is_explained(arguments, reason, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    said = capsys.readouterr().err
    assert stop.value.code == 2 and said.startswith("usage: python -m ae") and reason in said


def test_importing_the_package_does_not_import_keras():
    code = "import sys, ae, ae.__main__, ae.evaluation.measure, ae.photo.pipeline, ae.training.line, ae.ui.page\n"
    code += "ae.__main__.main(['list'])\nsys.exit('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.DEVNULL).returncode == 0
