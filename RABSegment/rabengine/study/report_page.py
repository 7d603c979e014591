"""The page of a study's report: one file of HTML that asks for nothing else."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .agreement import MM2, Agreement, PairAgreement
from .area_difference_plot import area_difference_plot
from .comparison import AGAIN, RATERS
from .log import now
from .measures import BlandAltman
from .records import STATUSES, StudyCine

_UNITS = {MM2: "mm²"}


@dataclass(frozen=True)
class PersonWork:
    """What a person did by hand.

    Attributes:
        name: whose. mark_frames, verify_frames, adjudicate_frames: frames drawn, found right as they were, decided,
            each counted once. checked: cines found right as a whole. minutes: said to have been spent.
    """

    name: str
    mark_frames: int = 0
    verify_frames: int = 0
    adjudicate_frames: int = 0
    checked: int = 0
    minutes: float = 0.0


@dataclass(frozen=True)
class ReportContent:
    """What a report says.

    Attributes:
        name: of the study. columns, rows: the table of cines, in the order of `cines`, and who worked on each of them.
        segments: {label: name}. people: who did what. agreement: of what was drawn twice.
        entries, head: how many entries the log has, and the hash of the last one. is_dated: whether it names days.
    """

    name: str
    columns: Sequence[str]
    rows: tuple[tuple[str, ...], ...]
    cines: tuple[StudyCine, ...]
    workers: tuple[tuple[str, ...], ...]
    segments: Mapping[int, str]
    people: tuple[PersonWork, ...]
    agreement: Agreement
    entries: int
    head: str
    is_dated: bool


def report_page(content: ReportContent) -> str:
    """The page."""
    title = html.escape(f"Study {content.name}".strip())
    day = f"<p class=day>{now().replace('T', ' ').replace('+00:00', ' UTC')}</p>" if content.is_dated else ""
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>\n'
        f"<body><main><h1>{title}</h1>{day}\n{_facts(content)}\n{_people(content)}\n{_agreement(content)}\n"
        f"<h2>Cines</h2>\n{_cines(content)}\n{_log(content)}</main></body></html>\n"
    )


def _facts(content: ReportContent) -> str:
    cines = content.cines
    counts = Counter(cine.status for cine in cines)
    found = [cine.prediction.confidence for cine in cines if cine.prediction is not None]
    need = sum(
        1 for cine in cines if cine.prediction is not None and cine.prediction.needs_person and not cine.checked_by
    )
    facts = [
        ("Cines", str(len(cines)), ", ".join(f"{counts[name]} {name}" for name in STATUSES if counts[name])),
        ("Marked frames", str(sum(len(cine.marks) for cine in cines)), _on(sum(bool(c.marks) for c in cines))),
        ("Minutes of people", f"{sum(cine.minutes for cine in cines):g}", "as they were noted"),
        ("Mean confidence", f"{sum(found) / len(found):.3f}" if found else "none", f"of {len(found)} predictions"),
        ("Need a person", str(need), "cines"),
    ]
    cells = "".join(
        f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd><small>{html.escape(note)}</small></div>"
        for name, value, note in facts
    )
    return f"<dl class=facts>{cells}</dl>"


def _people(content: ReportContent) -> str:
    if not content.people:
        return ""
    titles = ("Who", "Frames drawn", "Found right", "Decided", "Cines checked", "Minutes")
    rows = [
        (
            one.name,
            *(str(count) for count in (one.mark_frames, one.verify_frames, one.adjudicate_frames, one.checked)),
            f"{one.minutes:g}",
        )
        for one in content.people
    ]
    return f"<h2>People</h2>\n{_table(titles, rows, numbers_from=1)}"


def _agreement(content: ReportContent) -> str:
    found = content.agreement
    if not found.pairs:
        return "<h2>Agreement</h2>\n<p>No frame was drawn twice.</p>"
    titles = ("Who", "Segment", "Frames (cines)", "Dice", "Least", "HD95", "Kappa", "Bias of areas", "95 % limits")
    rows = [_pair_row(pair, content.segments) for pair in found.pairs]
    text = f"<h2>Agreement</h2>\n{_table(titles, rows, numbers_from=2)}\n"
    presence = [
        f"{_segment(one.segment, content.segments)} {_number(one.kappa, 2)} ({one.frames} frames)"
        for one in found.presence
    ]
    if presence:
        text += f"<p>Presence, all people (Fleiss' kappa): {html.escape('; '.join(presence))}.</p>"
    text += (
        "<p class=note>Dice and areas: frames on which at least one of the two drew the segment; HD95: where both did; "
        "kappa: Cohen's, of whether it is on a frame, a dash where both always say the same. A segment that is not "
        "drawn on a marked frame counts as absent there. Units are mm where all of these frames are calibrated, else "
        "pixels. A person is compared with what was predicted before anybody had marked the frame; frames found right "
        "as they were agree by nature. Frames of one cine are not independent of each other, so limits and deviations "
        "are those of frames, not of patients.</p>"
    )
    text += "".join(f"<p class=note>{html.escape(problem)}</p>" for problem in found.problems)
    figures = "".join(_plot(pair, content.segments) for pair in found.pairs if pair.areas is not None)
    return f"{text}<div class=plots>{figures}</div>"


def _pair_row(pair: PairAgreement, segments: Mapping[int, str]) -> tuple[str, ...]:
    unit = _UNITS.get(pair.unit, pair.unit)
    verified = f", {pair.verified} found right" if pair.verified else ""
    spread = "" if pair.dice_deviation is None else f" ± {pair.dice_deviation:.3f}"
    distance = f"{pair.hd95_mm:.2f} mm" if pair.hd95_mm is not None else f"{_number(pair.hd95_px, 2)} px"
    areas = pair.areas
    return (
        _who(pair),
        _segment(pair.segment, segments),
        f"{pair.frames} ({pair.cines}){verified}",
        "–" if pair.dice is None else f"{pair.dice:.3f}{spread}",
        _number(pair.least_dice, 3),
        "–" if pair.hd95_px is None else distance,
        _number(pair.kappa, 2),
        "–" if areas is None else f"{_signed(areas.bias)} {unit}",
        _limits(areas, unit),
    )


def _limits(areas: BlandAltman | None, unit: str) -> str:
    if areas is None or areas.lower is None or areas.upper is None:
        return "–"
    return f"{_signed(areas.lower)} to {_signed(areas.upper)} {unit}"


def _who(pair: PairAgreement) -> str:
    if pair.kind == AGAIN:
        return f"{pair.first}, twice"
    return f"{pair.first} and {pair.second}" if pair.kind == RATERS else f"{pair.first} and the {pair.second}"


def _plot(pair: PairAgreement, segments: Mapping[int, str]) -> str:
    assert pair.areas is not None
    title = f"{_who(pair)}: {_segment(pair.segment, segments)}"
    unit = _UNITS.get(pair.unit, pair.unit)
    drawn = area_difference_plot(pair.points, pair.areas, unit, title)
    said = f"{pair.second} minus {pair.first}" if pair.kind != AGAIN else "later minus earlier"
    return f"<figure><figcaption>{html.escape(title)} <span>{html.escape(said)}</span></figcaption>{drawn}</figure>"


def _cines(content: ReportContent) -> str:
    titles = [name.replace("_", " ") for name in content.columns]
    return _table(titles, content.rows, marked=content.columns.index("needs_person"))


def _log(content: ReportContent) -> str:
    return (
        f"<h2>Log</h2>\n<p>{content.entries} entries. The hash of the last one stands for all of them:</p>"
        f"<p><code>{content.head}</code></p><p class=note>rabsegment study log DIR --verify --expect HASH tells "
        "whether the log still is what it was when this was written.</p>"
    )


def _table(titles: Iterable[str], rows: Iterable[Sequence[str]], numbers_from: int = 99, marked: int = -1) -> str:
    """Rows as a table; those with "yes" in the column `marked` stand out."""
    head = "".join(f"<th scope=col>{html.escape(title)}</th>" for title in titles)
    body = []
    for row in rows:
        cells = "".join(
            f"<td{' class=n' if place >= numbers_from else ''}>{html.escape(value)}</td>"
            for place, value in enumerate(row)
        )
        body.append(f"<tr{' class=need' if marked >= 0 and row[marked] == 'yes' else ''}>{cells}</tr>")
    lines = "\n".join(body)
    # Wide tables scroll by themselves, also by keyboard.
    return f'<div class=wide tabindex=0 role=region aria-label="table"><table><tr>{head}</tr>\n{lines}</table></div>'


def _segment(label: int, names: Mapping[int, str]) -> str:
    return names.get(label, f"Segment {label}")


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}".replace("-", "−")


def _signed(value: float) -> str:
    text = f"{value:+.3g}" if abs(value) < 1000 else f"{value:+.0f}"
    return text.replace("-", "−") if value else "0"


_STYLE = (
    ":root{--ink:#1d2733;--soft:#5b6875;--line:#dde3e9;--pale:#f4f6f8;--blue:#1f6fb2;--amber:#8a5a00}"
    "*{box-sizing:border-box}body{margin:0;font:14px/1.5 system-ui,'Segoe UI',Roboto,sans-serif;color:var(--ink);"
    "background:#fff}main{max-width:1180px;margin:0 auto;padding:32px 28px 60px}h1{font-size:26px;margin:0}"
    "h2{font-size:18px;margin:38px 0 10px}.day{color:var(--soft);margin:2px 0 20px}"
    ".facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(180px,1fr));gap:12px;margin:20px 0}"
    ".facts div{background:var(--pale);border-radius:8px;padding:12px 16px}.facts dt{color:var(--soft)}"
    ".facts dd{margin:0;font-size:26px;font-weight:600;line-height:1.3}.facts small{color:var(--soft)}"
    ".wide{overflow-x:auto;border:1px solid var(--line);border-radius:8px}"
    "table{border-collapse:collapse;width:100%}td,th{padding:6px 12px;text-align:left;border-top:1px solid var(--line);"
    "white-space:nowrap}tr:first-child th{border-top:0;background:var(--pale);color:var(--soft);font-weight:600}"
    "td.n{font-variant-numeric:tabular-nums}tr.need td{background:#fff7e6}tr.need td:first-child{box-shadow:"
    "inset 3px 0 var(--amber)}.note{color:var(--soft);max-width:90ch;font-size:13px}code{background:var(--pale);"
    "padding:3px 8px;border-radius:4px;overflow-wrap:anywhere}.plots{display:grid;gap:20px;margin-top:18px;"
    "grid-template-columns:repeat(auto-fit,minmax(340px,1fr))}figure{margin:0;border:1px solid var(--line);"
    "border-radius:8px;padding:12px 14px;max-width:560px}figcaption{font-weight:600}figcaption span{font-weight:400;"
    "color:var(--soft)}svg{width:100%;height:auto;display:block}svg text{font-size:11px;fill:var(--soft)}"
    "svg .grid{stroke:#edf0f3}svg .zero{stroke:#b6c0ca}svg .bias{stroke:var(--blue);stroke-width:1.6}svg .limit{"
    "stroke:var(--amber);stroke-dasharray:5 4;stroke-width:1.4}svg text.bias,svg text.limit{stroke:none;"
    "fill:var(--ink);font-weight:600}svg text.small{font-size:9.5px}svg circle{fill:var(--blue);"
    "fill-opacity:.55;stroke:#fff;stroke-width:.6}@media print{main{max-width:none;padding:0}.wide{overflow:visible}}"
)


def _on(cines: int) -> str:
    return "on 1 cine" if cines == 1 else f"on {cines} cines"
