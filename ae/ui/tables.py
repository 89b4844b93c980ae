"""Tables as HTML: a click on the head of a column sorts by it, see `ae/ui/page.js`."""

import re
from html import escape

from ae.models.predictors import records


def sortable(caption, head, rows):
    """Returns the table of rows of texts; what begins with a number is sorted as one, what has none comes last."""
    heads = "".join(f'<th scope="col"><button type="button">{escape(text)}</button></th>' for text in head)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return (
        f'<div class="wide" tabindex="0"><table class="plain sortable"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def of_markdown(text):
    """Returns (head, rows) of a table in Markdown, with titles in the place of the ids of models and baselines."""
    titles = {f"`{i}`": record.title for i, record in records().items()}
    head, _, *rows = ([cell.strip() for cell in line.strip("| ").split("|")] for line in text.splitlines())
    return head, [[titles.get(cell, cell) for cell in row] for row in rows]


def _cell(text):
    number = re.match(r"-?[\d,]*\.?\d+", text)
    value = f' data-value="{number[0].replace(",", "")}"' if number else ""
    return f"<td{value}>{escape(text)}</td>"
