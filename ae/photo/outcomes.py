"""What became of many photos, one row each: results.csv."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

CSV_NAME = "results.csv"
LINE_END = "\r\n"
CSV_COLUMNS = ("file", "result", "status", "reason", "width", "height", "seconds")


@dataclass(frozen=True)
class Outcome:
    """What became of one photo. `status` is "done", "skipped" or "failed"; `result` is the path below the folder."""

    file: str
    result: str = ""
    status: str = "failed"
    reason: str = ""
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    preview: Path | None = None


def row(outcome):
    """Returns {column of results.csv: value}."""
    return {name: getattr(outcome, name) for name in CSV_COLUMNS}


def to_csv(outcomes):
    """Returns the table of the outcomes as CSV (RFC 4180), in which no spreadsheet finds a formula."""
    return ",".join(CSV_COLUMNS) + LINE_END + lines(outcomes)


def lines(outcomes):
    """Returns the rows of `to_csv`, without its header."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=LINE_END)
    for outcome in outcomes:
        values = row(outcome).values()
        writer.writerow(f"'{value}" if str(value).startswith(tuple("=+-@\t\r'")) else value for value in values)
    return text.getvalue()


def read_csv(path):
    """Returns the `Outcome`s that `to_csv` wrote into the file, [] without one; raises ValueError for another table.

    A last line that was not written to its end, for its run was killed, is left out.
    """
    if not path.exists():
        return []
    if path.is_dir():
        raise ValueError(f"Expected {path} to be a list of results, found a folder. Name another folder")
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        text = file.read()
    whole = text[: text.rfind(LINE_END) + len(LINE_END)] if LINE_END in text else text
    rows = list(csv.reader(io.StringIO(whole, newline="")))
    if not rows or tuple(rows[0]) != CSV_COLUMNS or any(len(row) != len(CSV_COLUMNS) for row in rows):
        raise ValueError(f"Expected a list of results in {path}, found something else. Name another folder")
    return [Outcome(*(value.removeprefix("'") for value in values)) for values in rows[1:]]
