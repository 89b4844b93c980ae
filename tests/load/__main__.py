"""Measures the page against what people write today and against the least that is possible; every figure is a ratio.

    python -m tests.load [FIGURE…] [--rounds N] [--write]

Both sides of a ratio are measured in turn in one run, so that a busy machine slows both; the ratio is that of their
medians. `--write` puts the rows into the table in tests/load/README.md. Linux.
"""

import argparse
import datetime
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"  # as the page has it; the servers decide for themselves
sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]

import figures
import lasting

README = Path(__file__).parent / "README.md"
SHORT = {
    figure.__name__: figure
    for figure in (
        figures.function,
        figures.one_client,
        figures.many_clients,
        figures.start,
        figures.idle,
        figures.large,
    )
}
LONG = {figure.__name__: figure for figure in (lasting.memory, lasting.mixed)}
HEAD = ["| figure | measured | at most | |", "|---|--:|--:|---|"]


def main():
    parser = argparse.ArgumentParser("python -m tests.load", description=__doc__.splitlines()[0])
    names = f"{', '.join(SHORT)} (these); and, for minutes each, {', '.join(LONG)}"
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=names)
    parser.add_argument("--rounds", type=int, default=20, metavar="N", help="of each comparison (20)")
    parser.add_argument("--write", action="store_true", help="put the rows into the table in tests/load/README.md")
    options = parser.parse_args()
    for name in options.figures:
        if name not in SHORT | LONG:
            parser.error(f"expected {names}, received {name}")
    print(*HEAD, sep="\n")
    for name in options.figures or SHORT:
        for title, measured, bound in (SHORT | LONG)[name](options.rounds):
            row = f"| {title} | {measured:.3f} | {bound:.3f} | {'✓' if measured <= bound else 'missed'} |"
            print(row, flush=True)
            if options.write:
                write(title, row)


def write(title, row):
    """Puts a row into the table, in place of the one of the same title, with the day, the machine and the versions."""
    head, _, rest = README.read_text().partition("<!-- suite -->\n")
    table, _, tail = rest.partition("<!-- /suite -->\n")
    rows = {line.split(" | ")[0]: line for line in table.splitlines() if line.startswith("| ") and line != HEAD[0]}
    rows[f"| {title}"] = row
    versions = ", ".join(f"{name} {version(name)}" for name in ("gradio", "keras", "tensorflow-cpu", "pillow"))
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    lines = [f"{datetime.date.today()}, {machine}, {versions}:", "", *HEAD, *rows.values()]
    README.write_text("".join([head, "<!-- suite -->\n", *(f"{line}\n" for line in lines), "<!-- /suite -->\n", tail]))


if __name__ == "__main__":
    main()
