"""Runs the tests with the oldest versions that the requirements allow and with the newest there are, bounds ignored.

    python -m tests.drift [oldest] [newest] [--pytest ARGUMENT…]

Each is an environment of its own, made by uv and thrown away; what breaks is printed, with the versions and the date,
as the table in the README. Without pytest arguments the whole suite runs, which takes its time twice.
"""

import argparse
import datetime
import platform
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUNTIME, ASSISTANTS = ROOT / "requirements.txt", ROOT / "requirements-mcp.txt"
TESTS = ROOT / "tests" / "requirements.txt"
KINDS = ("oldest", "newest")


def main(arguments=None):
    parser = argparse.ArgumentParser("python -m tests.drift", description=__doc__.splitlines()[0])
    parser.add_argument("kinds", nargs="*", metavar="KIND", help="oldest, newest (both)")
    parser.add_argument(
        "--pytest", nargs=argparse.REMAINDER, default=[], metavar="ARGUMENT", help="the rest is pytest's"
    )
    options = parser.parse_args(arguments)
    for kind in options.kinds:
        if kind not in KINDS:
            parser.error(f"expected {' or '.join(KINDS)}, received {kind}")
    print(f"{datetime.date.today()}, Python {platform.python_version()}\n")
    print("| | versions | passed | broken |\n|---|---|--:|---|")
    broken = False
    for kind in options.kinds or KINDS:
        versions, passed, failures = run(kind, options.pytest)
        broken |= bool(failures)
        print(f"| {kind} | {', '.join(versions)} | {passed} | {'; '.join(failures) or 'nothing'} |", flush=True)
    sys.exit(broken)


def run(kind, arguments):
    """Returns the versions of the run-time packages, the number of tests that passed, and the names of the others."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        python = folder / "venv" / "bin" / "python"
        _uv("venv", "--quiet", "--seed", "--python", sys.executable, folder / "venv")  # with pip, which a test asks for
        install = ["pip", "install", "--quiet", "--python", python]
        if kind == "oldest":
            oldest = folder / "oldest.txt"
            lowest = ["--quiet", "--resolution", "lowest-direct", "--output-file", oldest]
            _uv("pip", "compile", *lowest, RUNTIME, ASSISTANTS)
            _uv(*install, "-r", oldest, "-r", TESTS, "--constraints", oldest)
        else:
            newest = folder / "newest.txt"
            newest.write_text("\n".join([*unbounded(RUNTIME), *unbounded(TESTS)]))
            _uv(*install, "--upgrade", "-r", newest)
        frozen = subprocess.run(
            [_uv_path(), "pip", "freeze", "--python", python], capture_output=True, text=True, check=True
        ).stdout
        names = {re.match(r"[\w-]+", line)[0] for line in unbounded(RUNTIME)}
        versions = [line.replace("==", " ") for line in frozen.splitlines() if line.split("==")[0] in names]
        report = folder / "report.xml"
        command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junit-xml={report}", *arguments]
        ended = subprocess.run(command, cwd=ROOT, stdout=sys.stderr)
        if not report.exists():
            return versions, 0, [f"pytest itself, exit code {ended.returncode}"]
        return versions, *read(report)


def unbounded(path):
    """Returns the requirements in a file, and in those it names, without versions: names, extras and markers."""
    lines = []
    for line in path.read_text().splitlines():
        if line.startswith("-r "):
            lines += unbounded(path.parent / line.removeprefix("-r "))
        elif line and not line.startswith("#"):
            name, _, marker = line.partition(";")
            lines.append(re.match(r"[\w.-]+(\[[\w,-]+\])?", name)[0] + (marker and f" ;{marker}"))
    return lines


def read(report):
    """Returns the number of tests that passed, and the names of those that did not, of a JUnit report."""
    passed, failures = 0, []
    for case in ElementTree.parse(report).iter("testcase"):
        outcome = {child.tag for child in case}
        if outcome & {"failure", "error"}:
            failures.append(f"{case.get('classname')}::{case.get('name')}")
        elif "skipped" not in outcome:
            passed += 1
    return passed, failures


def _uv(*arguments):
    subprocess.run([_uv_path(), *arguments], check=True, stdout=sys.stderr)


def _uv_path():
    try:
        from uv import find_uv_bin
    except ImportError:
        sys.exit("error: expected uv, which is not installed. Run `pip install -r tests/requirements.txt`.")
    return find_uv_bin()


if __name__ == "__main__":
    main()
