"""The report of a study: marks, minutes, confidence and agreement, as a page and as tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rabengine.errors import InputError
from rabengine.io.files.atomic import written_together
from rabengine.io.files.writable import check_writable

from .agreement import Agreement, agreement
from .log import LogEntry
from .pseudonyms import pseudonyms_of
from .records import StudyCine
from .report_page import PersonWork, ReportContent, report_page
from .study import Study

COLUMNS = (
    "cine", "name", "status", "marked_frames", "frames", "minutes", "confidence", "least_confidence", "needs_person",
    "why", "carried_from", "preset", "seconds", "people", "last_change", "checked_by", "problem",
)  # fmt: skip
AGREEMENT_COLUMNS = (
    "cine", "frame", "segment", "kind", "first", "second", "verified", "first_area_px", "second_area_px",
    "first_area_mm2", "second_area_mm2", "dice", "hd95_px", "hd95_mm",
)  # fmt: skip
PAGE = ".html"
_BY_HAND = ("mark", "verify", "adjudicate", "check")


def write_study_report(study: Study, path: str | Path, is_deidentified: bool = False) -> tuple[Path, Path, Path]:
    """Write the page, and beside it the tables `NAME.csv` (cines) and `NAME-agreement.csv` (frames drawn twice).

    Args:
        path: of the page, ending in `.html`.
        is_deidentified: names that stand for cines and people in place of their own, and no dates.

    Returns:
        The paths of page, table of cines and table of agreement.

    Raises:
        InputError: another ending, or a file cannot be written.
    """
    page = Path(path)
    if page.suffix.lower() != PAGE:
        raise InputError(f"{page} does not end in {PAGE}.", "Name the page of the report, such as report.html.")
    targets = page, page.with_suffix(".csv"), page.with_name(f"{page.stem}-agreement.csv")
    for target in targets:
        check_writable(target)
    content = _content(study)
    if is_deidentified:
        content = _harmless(study, content)
    frames = [[_text(one[name]) for name in AGREEMENT_COLUMNS] for one in content.agreement.as_json()["frames"]]
    with written_together(targets) as (unfinished_page, cines, drawn_twice):
        unfinished_page.write_text(report_page(content), encoding="utf-8")
        cines.write_text(table_text(COLUMNS, content.rows), encoding="utf-8", newline="")
        drawn_twice.write_text(table_text(AGREEMENT_COLUMNS, frames), encoding="utf-8", newline="")
    return targets


def write_agreement_table(path: Path, found: Agreement) -> None:
    """Write what was compared as CSV, a row for each segment on each frame that was drawn twice.

    Raises:
        InputError: it cannot be written.
    """
    check_writable(path)
    rows = [[_text(one[name]) for name in AGREEMENT_COLUMNS] for one in found.as_json()["frames"]]
    with written_together([path]) as (unfinished,):
        unfinished.write_text(table_text(AGREEMENT_COLUMNS, rows), encoding="utf-8", newline="")


def table_text(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table as CSV; what a spreadsheet would take for a formula is a text."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_plain(value) for value in row] for row in rows)
    return text.getvalue()


def _content(study: Study) -> ReportContent:
    cines, log = study.cines(), study.log()
    entries: dict[int | None, list[LogEntry]] = {}
    for entry in log:
        entries.setdefault(entry.cine, []).append(entry)
    return ReportContent(
        name=study.folder.name,
        columns=COLUMNS,
        rows=tuple(_row(cine, entries.get(cine.id, [])) for cine in cines),
        cines=tuple(cines),
        workers=tuple(_workers(entries.get(cine.id, [])) for cine in cines),
        segments=study.settings().segments,
        people=_people(log),
        agreement=agreement(study),
        entries=len(log),
        head=log[-1].hash if log else "",
        is_dated=True,
    )


def _people(log: Sequence[LogEntry]) -> tuple[PersonWork, ...]:
    """What each person did by hand, a frame once however often it was kept: front ends keep it every two seconds."""
    frames: dict[tuple[str, str], set[tuple[int | None, str]]] = {}
    minutes: dict[str, float] = {}
    for entry in log:
        if entry.what in _BY_HAND:
            done = frames.setdefault((entry.by, entry.what), set())
            done |= {(entry.cine, frame) for frame in entry.details.get("marks", ("",))}
        elif entry.what == "minutes":
            minutes[entry.by] = minutes.get(entry.by, 0.0) + float(entry.details["minutes"])

    def count(name: str, what: str) -> int:
        return len(frames.get((name, what), ()))

    return tuple(
        PersonWork(
            name,
            mark_frames=count(name, "mark"),
            verify_frames=count(name, "verify"),
            adjudicate_frames=count(name, "adjudicate"),
            checked=count(name, "check"),
            minutes=minutes.get(name, 0.0),
        )
        for name in sorted({*(name for name, _ in frames), *minutes})
    )


def _workers(entries: Sequence[LogEntry]) -> tuple[str, ...]:
    """Who did something by hand on a cine, of its entries."""
    return tuple(sorted({entry.by for entry in entries if entry.what in _BY_HAND}))


def _row(cine: StudyCine, entries: Sequence[LogEntry]) -> tuple[str, ...]:
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
        ", ".join(_workers(entries)),
        entries[-1].at if entries else "",
        cine.checked_by,
        cine.problem,
    )


def _harmless(study: Study, content: ReportContent) -> ReportContent:
    """The report without names, paths and dates."""
    pseudonyms = pseudonyms_of(study)
    names = {person.name for person in content.people}
    names |= {name for one in content.agreement.comparisons for name in (one.first, one.second)}
    people = {**pseudonyms.people(names - {"prediction"}), "prediction": "prediction"}
    rows = []
    for cine, row, workers in zip(content.cines, content.rows, content.workers, strict=True):
        values = dict(zip(COLUMNS, row, strict=True))
        values["name"] = pseudonyms.of("cine", f"{cine.content} {cine.options.series or ''}")
        values["people"] = ", ".join(sorted(people[name] for name in workers))
        values["checked_by"] = people.get(cine.checked_by, "")
        values["last_change"], values["problem"] = "", "failed" if cine.problem else ""
        rows.append(tuple(values[name] for name in COLUMNS))
    found = content.agreement
    return replace(
        content,
        name="",
        rows=tuple(rows),
        people=tuple(replace(person, name=people[person.name]) for person in content.people),
        agreement=replace(
            found,
            pairs=tuple(replace(one, first=people[one.first], second=people[one.second]) for one in found.pairs),
            comparisons=tuple(
                replace(one, first=people[one.first], second=people[one.second]) for one in found.comparisons
            ),
            problems=(),
        ),
        is_dated=False,
    )


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _plain(value: str) -> str:
    """A name that a spreadsheet would take for a formula, as a text; numbers below 0 stay numbers."""
    if value[:1] not in ("=", "+", "-", "@", "\t"):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value
