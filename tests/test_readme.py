import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import gradio
import huggingface_hub
import yaml

from ae.evaluation import tables
from ae.evaluation.results import read_results

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_measured_tables_are_those_of_the_results_file():
    results = read_results()
    shown = README.partition("<!-- results -->\n")[2].partition("\n<!-- /results -->")[0]
    every = tables.quality, tables.colors, tables.vividness
    assert shown == "\n\n".join(table(results) for table in every)


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


def test_the_project_can_be_installed_with_its_command(tmp_path):
    source = shutil.copytree(
        ROOT, tmp_path / "project", ignore=shutil.ignore_patterns(".git", ".venv", "weights", "tests", "runs")
    )
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", tmp_path, source]
    subprocess.run(build, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        facts = {Path(name).name: files.read(name).decode() for name in files.namelist() if ".dist-info/" in name}
    assert "ae = ae.__main__:main" in facts["entry_points.txt"]
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            assert re.split("[>=<;]", line)[0] in facts["METADATA"]
