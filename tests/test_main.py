import subprocess
import sys

import pytest

from ae.__main__ import main


def test_list_names_every_model_with_its_numbers(capsys):
    main(["list"])
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "Figure 1" in rows["ir-initial"] and "4,911" in rows["ir-initial"] and "81.2%" in rows["ir-initial"]
    assert "19,383" in rows["ir-best"] and "84.4%" in rows["ir-best"]
    assert "19,167" in rows["color-report"] and "colorization" in rows["color-report"]


def test_summary_is_the_reports_table(capsys):
    main(["summary", "ir-best"])
    lines = capsys.readouterr().out.splitlines()
    cells = [line.split() for line in lines]
    assert "max_pooling2d (MaxPooling2D) (None, 16, 16, 12) 0".split() in cells
    assert "conv2d_2 (Conv2D) (None, 8, 8, 48) 10,416".split() in cells
    assert lines[-1] == "Total params: 19,383"


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["summary", "ir-bets"], "Received: 'ir-bets'"),
        (["train", "ir-bets"], "Received: 'ir-bets'"),
        (["evaluate", "--models", "ir-bets"], "Received: 'ir-bets'"),
        (["train", "ir-best", "--data", "nowhere"], "Expected nowhere/data_batch_1.bin"),
        (["publish", "--model", "not a repo"], "not a Hub repository"),
    ],
)
def test_a_mistake_is_answered_in_one_line(arguments, sentence):
    with pytest.raises(SystemExit, match="^error: .*" + sentence):
        main(arguments)


@pytest.mark.parametrize("arguments", [["train", "ir-best", "--epochs", "0"], ["publish"], []])
def test_a_misused_option_is_explained(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2 and "usage:" in capsys.readouterr().err


def test_importing_the_package_does_not_import_keras():
    code = "import sys, ae, ae.evaluation, ae.inference, ae.ui.page; sys.exit('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
