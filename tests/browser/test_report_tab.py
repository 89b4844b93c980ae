import json
import re

import pytest
from playwright.sync_api import expect

from ae.evaluation import claims
from ae.evaluation.results import read_results
from ae.models import catalog
from ae.models.baselines import BASELINES
from ae.models.catalog import ARCHITECTURES
from ae.models.description import layer_table
from ae.models.predictors import record
from ae.models.weights import BUNDLED
from ae.ui import report_texts


@pytest.fixture
def reports(go_on):
    """{width: the page}, for all tests: what one sorts or opens, no other looks at."""
    pages = {width: go_on(width, theme, "tab=report") for width, theme in ((1400, "dark"), (390, "light"))}
    for page in pages.values():
        page.locator("#figures img").first.wait_for()
    return pages


@pytest.fixture
def report(reports):
    return reports[1400]


@pytest.mark.parametrize("width", [1400, 390])
def test_the_page_stays_in_its_width_and_in_its_place_and_pictures_are_described(reports, width):
    page = reports[width]
    shifts = page.evaluate("window.layoutShifts")
    assert sum(share for share, _ in shifts) < 0.05, shifts
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.documentElement.scrollHeight") < 8500
    for shown in ("#in-short ol", "#in-short svg"):
        box = page.locator(shown).bounding_box()
        assert width < 800 or box["y"] + box["height"] <= 900  # the first screen
    models = len(read_results()) - len(BASELINES)
    assert page.locator("#figures img").count() == len(report_texts.FIGURES) * (1 + models)
    assert all(page.locator("#figures img").evaluate_all("images => images.map(image => image.alt.length > 0)"))
    assert all(page.locator("svg.chart").evaluate_all("charts => charts.map(chart => !!chart.ariaLabel)"))


def table_rows(page):
    """The summary's rows as shown, top to bottom."""
    rows = "rows => rows.map(row => [...row.cells].map(cell => cell.innerText))"
    return page.locator("#summary tbody tr").evaluate_all(rows)


def expected_rows():
    rows = []
    for i, result in read_results().items():
        test = result["test"]
        sizes = [f"{result['parameters']:,}", f"{result['latent']:,}"]
        shares = [f"{100 * result[split]['accuracy']:.1f}" for split in ("train", "test")]
        errors = [f"{test['mse']:.5f}", f"{test['psnr']:.2f}", f"{test['ssim']:.4f}"]
        rows.append([record(i).title, *sizes, *shares, *errors])
    return rows


def test_the_table_has_the_numbers_of_the_results_file_and_can_be_sorted(report):
    page = report

    def shown():
        return [[*row[:1], *row[2:4], *row[6:8], *row[9:]] for row in table_rows(page)]

    assert shown() == expected_rows()
    published = {row[0]: row[4:6] for row in table_rows(page)}
    assert published["Best model"] == ["83.2", "84.4"] and published["Average pooling"] == ["–", "–"]
    several = {row[0]: row[8] for row in table_rows(page)}
    assert re.fullmatch(r"8\d\.\d ± \d\.\d", several["Best model"]) and several["Average pooling"] == "–"
    header = page.locator("#summary th", has_text="PSNR")
    header.locator("button").click()
    expect(header).to_have_attribute("aria-sort", "ascending")
    assert shown() == sorted(expected_rows(), key=lambda row: float(row[6]))
    header.locator("button").press("Enter")
    expect(header).to_have_attribute("aria-sort", "descending")
    assert shown() == sorted(expected_rows(), key=lambda row: -float(row[6]))
    page.locator("#summary th", has_text="Report test").locator("button").click()
    published = [row[5] for row in table_rows(page)]
    with_numbers = [share for share in published if share != "–"]
    assert published[: len(with_numbers)] == sorted(with_numbers, key=float)


def test_the_claims_are_the_computed_ones(report):
    page = report
    results = read_results()
    histories = {i: json.loads((BUNDLED / i / "history.json").read_text()) for i in ARCHITECTURES if i in results}
    shown = page.locator("#claims").inner_text()
    for claim in claims.check(results, histories):
        assert f"{claim.where}: {claim.verdict}" in shown and claim.evidence in shown


def test_a_models_layers_and_curves(reports):
    page = reports[390]
    page.locator("#report-model input").click()
    page.get_by_role("option", name="Report's colorizer").click()
    details = page.locator("#details")
    expect(details).to_contain_text("Figures 13 and 14")
    details.locator("summary").click()
    table = details.locator("tbody tr").all_inner_texts()
    expected = layer_table(catalog.get("color-report").build(32))
    assert len(table) == len(expected)
    for row, (name, _, shape, count) in zip(table, expected):
        assert row.split("\t")[0].strip() == name and row.split("\t")[2].strip() == f"{count:,}"
        assert str(tuple(shape)) == row.split("\t")[1].strip()
    assert details.locator("svg.chart").count() == 3
