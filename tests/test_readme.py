import re
from pathlib import Path

import gradio
import huggingface_hub
import yaml

from ae import evaluation

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_measured_tables_are_those_of_the_results_file():
    results = evaluation.read()
    shown = README.partition("<!-- results -->\n")[2].partition("\n<!-- /results -->")[0]
    tables = evaluation.table, evaluation.color_table, evaluation.vividness_table
    assert shown == "\n\n".join(table(results) for table in tables)


def test_the_front_matter_is_a_spaces():
    facts = yaml.safe_load(README.split("---\n")[1])
    assert huggingface_hub.SpaceCardData(**facts).sdk == "gradio"
    assert (ROOT / facts["app_file"]).is_file()
    assert facts["python_version"] in ("3.11", "3.12", "3.13")
    assert facts["sdk_version"].split(".")[0] == gradio.__version__.split(".")[0]
    assert len(facts["short_description"]) <= 60


def test_every_picture_and_file_it_names_exists():
    for path in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / path).exists(), path
