"""What is meant to last: the lock file, the container, the drift of the versions."""

import json
import re
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest
from drift import read, unbounded
from server import ROOT, serve

DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")


def instructions(name):
    return [line.removeprefix(name).strip() for line in DOCKERFILE.splitlines() if line.startswith(f"{name} ")]


def test_the_lock_has_every_requirement_with_hashes():
    lock = (ROOT / "requirements.lock").read_text()
    locked = {
        name: (version, text.count("--hash=sha256:"))
        for name, version, text in re.findall(r"^([\w-]+)==(\S+)(.*?)(?=^\w|\Z)", lock, re.MULTILINE | re.DOTALL)
    }
    assert len(locked) > 50 and all(hashes for _, hashes in locked.values())
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        if match := re.match(r"([\w-]+)>=([\d.]+),<([\d.]+)", line):
            name, lowest, limit = match.groups()
            version = tuple(map(int, locked[name][0].split(".")))
            assert tuple(map(int, lowest.split("."))) <= version < tuple(map(int, limit.split("."))), name


def test_the_readme_says_how_the_lock_is_made():
    command = (ROOT / "requirements.lock").read_text().splitlines()[1].lstrip("# ")
    assert command in " ".join((ROOT / "README.md").read_text().split())


def test_the_container_gets_files_that_exist_and_does_not_run_as_root():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for line in instructions("COPY"):
        *sources, _ = line.split()
        for source in sources:
            assert (ROOT / source).exists() and f"!{source}" in ignored, source
    (user,) = instructions("USER")
    assert f"useradd --create-home {user}" in DOCKERFILE
    assert DOCKERFILE.index("USER") > max(DOCKERFILE.index(line) for line in instructions("RUN"))


def test_the_container_s_page_has_any_name_and_is_what_its_health_check_asks():
    """With the page's own port in the place of the container's."""
    (check,) = instructions("HEALTHCHECK")
    code = json.loads(check.partition("CMD ")[2])[2]
    program, script, *host, _, port = json.loads(instructions("CMD")[0])
    assert [program, script, *host] == ["python", "app.py", "--host", "0.0.0.0"]
    assert instructions("EXPOSE") == [port]
    with serve(*host) as (url, _):
        here = f"http://127.0.0.1:{urlsplit(url).port}"
        with pytest.raises(urllib.error.HTTPError, match="503"):
            exec(code.replace(f"http://127.0.0.1:{port}", here), {})
        named = urllib.request.Request(f"{here}/config", headers={"Host": "example.org"})
        with urllib.request.urlopen(named) as answer:
            assert answer.status == 200


def test_drift_ignores_bounds_and_keeps_extras_and_markers(tmp_path):
    (tmp_path / "more.txt").write_text("av>=15,<19\n")
    (tmp_path / "a.txt").write_text('# why\ngradio[mcp]>=6.31,<7\n\nkeras>=3,<4; python_version > "3"\n-r more.txt\n')
    assert unbounded(tmp_path / "a.txt") == ["gradio[mcp]", 'keras ; python_version > "3"', "av"]


def test_drift_names_what_breaks(tmp_path):
    (tmp_path / "report.xml").write_text(
        "<testsuites><testsuite><testcase classname='tests.a' name='b'/>"
        "<testcase classname='tests.a' name='c'><failure/></testcase>"
        "<testcase classname='tests.a' name='d'><skipped/></testcase></testsuite></testsuites>"
    )
    assert read(tmp_path / "report.xml") == (1, ["tests.a::c"])
