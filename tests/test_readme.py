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
from ae.models.catalog import ARCHITECTURES
from ae.models.weights import BUNDLED
from ae.publish.front_page import front_page

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_measured_table_is_that_of_the_results_file():
    shown = README.partition("<!-- results -->\n")[2].partition("\n<!-- /results -->")[0]
    assert shown == tables.summary(read_results())


def test_the_front_page_of_the_weights_is_what_evaluation_would_write():
    cards = {i: BUNDLED / i / "README.md" for i in ARCHITECTURES}
    assert (BUNDLED / "README.md").read_text("utf-8") == front_page(cards, read_results())


def test_the_commands_of_running_and_testing_can_be_read_by_machines():
    for title in ("Run it", "Test it"):
        section = README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
        (command,) = re.findall(r"^```bash\n(.*?)\n```$", section, re.DOTALL | re.MULTILINE)
        assert command.startswith("python -m venv .venv && .venv/bin/pip install -r requirements.txt")


def test_every_file_has_its_place_in_the_layout():
    drawing = README.partition("\n## Layout\n")[2]
    for path in (ROOT / "ae").glob("*/*.py"):
        if path.parent.name != "ui" and path.stem != "__init__":
            assert re.search(rf"\b{path.stem}\b", drawing), path.relative_to(ROOT)


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
