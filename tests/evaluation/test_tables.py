import re

import pytest

from ae.evaluation import seeds, tables
from ae.evaluation.results import read_results
from ae.models.catalog import ARCHITECTURES
from ae.models.predictors import records

IDS = ["ir-initial", "color-report", "gray-copy", "pca-4x4-16"]


@pytest.fixture
def results():
    every = read_results()
    return {i: every[i] for i in IDS}


def cells(markdown):
    """The cells of a Markdown table, row by row, without the rule below its head."""
    lines = markdown.splitlines()
    assert len({len(line) for line in lines}) == 1
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert all(re.fullmatch("-+:?", cell) for cell in rows.pop(1))
    return rows


@pytest.mark.parametrize(
    "split, published", [("train", "80.5%"), ("val", "81.2%"), ("test", "81.2%"), ("test10k", "81.2%")]
)
def test_the_quality_of_everything(results, split, published):
    head, *rows = cells(tables.quality(results, split))
    assert head[2:] == [
        "parameters",
        "latent",
        "report's accuracy",
        "five seeds",
        "accuracy",
        "MSE",
        "MAE",
        "PSNR",
        "SSIM",
    ]
    assert [row[0] for row in rows] == [f"`{i}`" for i in IDS]
    m = results["ir-initial"][split]
    scores = [f"{m['accuracy']:.1%}", f"{m['mse']:.5f}", f"{m['mae']:.4f}", f"{m['psnr']:.2f} dB", f"{m['ssim']:.4f}"]
    several = "–" if split == "train" else seeds.text(results["ir-initial"], "accuracy", split)
    assert rows[0] == ["`ir-initial`", "Figure 1", "4,911", "1,024", published, several, *scores]
    assert rows[2][:6] == ["`gray-copy`", "baseline", "0", "1,024", "–", "–"]


def test_colorizations_have_columns_of_their_own(results):
    head, *rows = cells(tables.colors(results, "val"))
    assert head[1:] == ["ΔE", "colorfulness", "within 2 %", "within 5 %"]
    m = results["color-report"]["val"]
    shares = [f"{m['within_2_percent']:.1%}", f"{m['within_5_percent']:.1%}"]
    assert rows[0] == ["`color-report`", f"{m['chroma_error']:.2f}", f"{m['colorfulness']:.1f}", *shares]
    assert [row[0] for row in rows] == ["`color-report`", "`gray-copy`"]
    assert rows[1][2] == "0.0"


def test_every_setting_of_the_vividness_has_a_line():
    results = read_results()
    head, *rows = cells(tables.vividness(results, ["color-unet", "gray-copy"]))
    assert head == ["colors of", "by", "setting", "MSE", "accuracy", "within 5 %", "ΔE", "colorfulness"]
    of_unet = [row for row in rows if row[:2] == ["10,000 CIFAR-10", "`color-unet`"]]
    assert [row[2] for row in of_unet] == ["vividness 0", "vividness 0.5", "vividness 1", "10 hints"]
    measured = results["color-unet"]["colors"]["cifar10"]["vividness"]["0.5"]
    assert of_unet[1][3:] == [
        f"{measured['mse']:.5f}",
        f"{measured['accuracy']:.1%}",
        f"{measured['within_5_percent']:.1%}",
        f"{measured['chroma_error']:.2f}",
        f"{measured['colorfulness_ratio']:.0%}",
    ]
    photos = results["gray-copy"]["colors"]["photos"]["images"]
    assert [f"{photos:,} photos", "`gray-copy`", ""] in [row[:3] for row in rows]


def test_the_summary_is_of_the_models_alone():
    head, *rows = cells(tables.summary(read_results()))
    assert head[5:] == ["five seeds", "accuracy", "PSNR", "SSIM"]
    assert [row[0] for row in rows] == [f"`{i}`" for i in ARCHITECTURES]


def test_records_are_those_of_models_and_baselines_read_in_one_way():
    for i, record in records().items():
        assert record.id == i and record.title and record.task in ("reconstruct", "colorize")
        assert record.published is None or record.of_report
    assert [i for i in records("colorize") if records()[i].source == "baseline"] == ["gray-copy", "always-red"]


def test_each_kind_of_photo_has_a_line_and_each_vividness_its_columns():
    measured = {"photos": 3, "gray_share": 0.5, "better_than_gray": 0.75, "colorfulness_ratio": 1.1}
    settings = {"0": {"kinds": {"cat": measured}}, "0.5": {"kinds": {"cat": measured | {"gray_share": 0.9}}}}
    results = {"color-photo": {"colors": {"photos": {"vividness": settings}}}, "gray-copy": {}}
    head, row = cells(tables.kinds(results, "color-photo"))
    assert head[2:5] == ["MSE of gray's, 0", "better than gray, 0", "colorfulness, 0"]
    assert row == ["cat", "3", "50%", "75%", "110%", "90%", "75%", "110%"]
    assert tables.kinds(results, "gray-copy") == ""
