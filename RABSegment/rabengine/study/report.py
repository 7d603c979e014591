"""The report of a study: marks, minutes and confidence of each cine, as a page and as a table."""

from __future__ import annotations

import csv
import html
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rabengine.errors import InputError
from rabengine.io.files.atomic import written_together
from rabengine.io.files.writable import check_writable

from .log import LogEntry, now
from .records import STATUSES, StudyCine
from .study import Study

COLUMNS = (
    "cine", "name", "status", "marked_frames", "frames", "minutes", "confidence", "least_confidence", "needs_person",
    "why", "carried_from", "preset", "seconds", "people", "last_change", "checked_by", "problem",
)  # fmt: skip
PAGE = ".html"

_STYLE = (
    "body{font:14px sans-serif;margin:2em;color:#222}table{border-collapse:collapse}"
    "td,th{border:1px solid #ccc;padding:3px 8px;text-align:left}th{background:#eee}"
)


def write_study_report(study: Study, path: str | Path) -> tuple[Path, Path]:
    """Write the page, and the table beside it with the ending `.csv`; both or none.

    Args:
        path: of the page, ending in `.html`.

    Returns:
        The two paths.

    Raises:
        InputError: another ending, or a file cannot be written.
    """
    page = Path(path)
    if page.suffix.lower() != PAGE:
        raise InputError(f"{page} does not end in {PAGE}.", "Name the page of the report, such as report.html.")
    table = page.with_suffix(".csv")
    check_writable(page)
    check_writable(table)
    cines, log = study.cines(), study.log()
    entries: dict[int | None, list[LogEntry]] = {}
    for entry in log:
        entries.setdefault(entry.cine, []).append(entry)
    rows = [_row(cine, entries.get(cine.id, [])) for cine in cines]
    with written_together([page, table]) as (unfinished_page, unfinished_table):
        unfinished_page.write_text(_page(study, cines, rows), encoding="utf-8")
        unfinished_table.write_text(_table(rows), encoding="utf-8", newline="")
    return page, table


def _row(cine: StudyCine, entries: Sequence[LogEntry]) -> tuple[str, ...]:
    people = sorted({entry.by for entry in entries if entry.what in ("mark", "verify", "check")})
    found = cine.prediction
    predicted = (
        ("", "", "", "", "", "", "")
        if found is None
        else (
            f"{found.confidence:.4f}",
            f"{found.least:.4f}",
            "yes" if found.needs_person and not cine.checked_by else "no",
            found.why,
            " ".join(str(number) for number in found.carried),
            found.preset,
            f"{found.seconds:.1f}",
        )
    )
    return (
        str(cine.id),
        cine.name,
        cine.status,
        str(len(cine.marks)),
        "" if found is None else str(found.frames),
        f"{cine.minutes:g}",
        *predicted,
        ", ".join(people),
        entries[-1].at if entries else "",
        cine.checked_by,
        cine.problem,
    )


def _table(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([_harmless(value) for value in row] for row in rows)
    return text.getvalue()


def _harmless(value: str) -> str:
    """A name that a spreadsheet would take for a formula, as a text."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t") else value


def _page(study: Study, cines: Sequence[StudyCine], rows: Sequence[Sequence[str]]) -> str:
    counts = Counter(cine.status for cine in cines)
    found = [cine.prediction.confidence for cine in cines if cine.prediction is not None]
    need = sum(
        1 for cine in cines if cine.prediction is not None and cine.prediction.needs_person and not cine.checked_by
    )
    facts = [
        ("Cines", f"{len(cines)} ({', '.join(f'{counts[name]} {name}' for name in STATUSES if counts[name])})"),
        ("Marked frames", str(sum(len(cine.marks) for cine in cines))),
        ("Cines with a mark of their own", str(sum(bool(cine.marks) for cine in cines))),
        ("Minutes of people", f"{sum(cine.minutes for cine in cines):g}"),
        ("Mean confidence", f"{sum(found) / len(found):.3f}" if found else "none yet"),
        ("Cines that need a person", str(need)),
    ]
    head = "".join(f"<tr><th>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>" for name, value in facts)
    titles = "".join(f"<th>{name.replace('_', ' ')}</th>" for name in COLUMNS)
    body = "\n".join(f"<tr>{''.join(f'<td>{html.escape(value)}</td>' for value in row)}</tr>" for row in rows)
    name = html.escape(study.folder.name)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Study {name}</title>'
        f"<style>{_STYLE}</style></head>\n<body><h1>Study {name}</h1><p>{now()}</p><table>{head}</table>\n"
        f"<h2>Cines</h2>\n<table><tr>{titles}</tr>\n{body}</table></body></html>\n"
    )
