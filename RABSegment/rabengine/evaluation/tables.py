"""The page of an evaluation in Markdown, and its tables by method."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .margin_table import margin_section
from .markdown import NOTHING, decimal, table
from .marks_to_target import TARGET
from .methods import PEER
from .protocols import PROTOCOLS, TITLES
from .results import Record, Results
from .summary import Mean, false_alarms, mean_of, methods_of, of_kind, of_protocol, of_runs
from .target_table import target_section
from .videos import REAL, SYNTHETIC

KIND_TITLES = {REAL: "Recorded cines", SYNTHETIC: "Synthetic cines"}
LEGEND = (
    "Scores are means over all pairs of cine and object, on unmarked frames alone; with several seeds ± their standard "
    "deviation. Dice, IoU and HD95 (pixels) are of frames that truly show the object; HD95 leaves out the missed "
    "frames, on which nothing of it was found. Border F: F-measure of the border's pixels that lie on the true one's, "
    "within 0.8 % of the frame's diagonal. False alarms: share of the frames without the object on which it was "
    "painted. Stability: by how much Dice between neighbouring frames differs from that of the truth, 0 is best. "
    "Rho: Spearman's rank correlation of confidence and true Dice over the frames. Seconds are of the call, without "
    "reading the cine; memory is the largest of the process."
)


def with_deviation(mean: Mean | None, digits: int) -> str:
    """A mean, and its standard deviation over seeds where there are several."""
    if mean is None:
        return NOTHING
    text = decimal(mean.value, digits)
    return text if mean.deviation is None else f"{text} ± {decimal(mean.deviation, digits)}"


def to_markdown(results: Results) -> str:
    """The whole page."""
    lines = ["# Evaluation", "", *_facts(results), "", LEGEND, ""]
    for kind in (REAL, SYNTHETIC):
        lines += _kind_section(results, kind)
    if results.skipped:
        lines += ["## Left out", "", *(f"- {name}: {reason}" for name, reason in results.skipped.items()), ""]
    if results.errors:
        lines += ["## Failed", "", *(_failure(row) for row in results.errors), ""]
    return "\n".join(lines)


def headline(results: Results) -> str:
    """The first table of each kind of cine."""
    lines: list[str] = []
    for kind in (REAL, SYNTHETIC):
        rows = of_kind(results, results.records, kind)
        if rows:
            lines += [f"{KIND_TITLES[kind]}, mean Dice", "", *_headline_table(results, rows), ""]
    return "\n".join(lines)


def _facts(results: Results) -> list[str]:
    machine = "; ".join(f"{name} {value}" for name, value in results.machine.items())
    threads = sorted({row["threads"] for row in results.records})
    settings = {name: value for name, value in results.settings.items() if value not in (None, [], {}, ())}
    described = "; ".join(f"{name} {_plain(value)}" for name, value in settings.items())
    return [
        f"{machine}; threads of each process {_plain(threads)}.",
        f"Settings: {described}.",
        f"Weights of the presets: SHA-256 {results.weights.get('sha256', '')}.",
        *(
            [f"Not to be compared, for the code changed meanwhile: {_plain(results.outdated)}."]
            * bool(results.outdated)
        ),
    ]


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={one}" for key, one in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _kind_section(results: Results, kind: str) -> list[str]:
    rows = of_kind(results, results.records, kind)
    corrections = of_kind(results, results.corrections, kind)
    if not rows and not corrections:
        return []
    lines = [f"## {KIND_TITLES[kind]}", ""]
    if rows:
        lines += ["### Dice", "", *_headline_table(results, rows), ""]
    for protocol in _protocols(rows):
        chosen = [row for row in rows if row["protocol"] == protocol]
        lines += [f"### {TITLES[protocol].capitalize()}", "", *_score_table(results, chosen), ""]
        lines += ["Dice of each cine and object:", "", *_video_table(results, chosen), ""]
        lines += margin_section(results, chosen)
    if corrections:
        lines += [f"### Marks until the mean Dice is {TARGET:.2f}", "", *target_section(results, corrections), ""]
    return lines


def _headline_table(results: Results, rows: Sequence[Record]) -> list[str]:
    protocols = _protocols(rows)
    pairs = max(_pairs(rows, protocol) for protocol in protocols)
    body = []
    for name in _present(results, rows):
        means = [mean_of(of_protocol(rows, name, protocol), "dice") for protocol in protocols]
        body.append([*_method_cells(results, name), *(_dice_cell(mean, pairs) for mean in means)])
    return table(["method", "", *(TITLES[protocol] for protocol in protocols)], body)


def _score_table(results: Results, rows: Sequence[Record]) -> list[str]:
    headings = ["method", "", "Dice", "IoU", "HD95, px", "border F", "missed", "false alarms", "stability", "rho"]
    headings += ["s per frame", "peak memory, MiB"]
    body = []
    for name in _present(results, rows):
        own = [row for row in rows if row["method"] == name]
        scored = sum(row["scored_frames"] for row in own)
        missed = sum(row["missed_frames"] for row in own) / scored if scored else None
        runs = of_runs(own)
        scores = (("dice", 3), ("iou", 3), ("hd95", 1), ("boundary_f", 3))
        cells = [with_deviation(mean_of(own, key), digits) for key, digits in scores]
        cells += [decimal(missed, 3), decimal(false_alarms(own), 3)]
        cells += [with_deviation(mean_of(own, key), 3) for key in ("stability", "rho")]
        cells.append(_run_cell(runs, "seconds_per_frame", 3, lambda values: sum(values) / len(values)))
        cells.append(_run_cell(runs, "peak_memory_mib", 0, max))
        body.append([*_method_cells(results, name), *cells])
    return table(headings, body)


def _video_table(results: Results, rows: Sequence[Record]) -> list[str]:
    names = _present(results, rows)
    pairs = list(
        dict.fromkeys((video, row["object"]) for video in results.videos for row in rows if row["video"] == video)
    )
    body = []
    for video, label in pairs:
        own = [row for row in rows if (row["video"], row["object"]) == (video, label)]
        means = [mean_of([row for row in own if row["method"] == name], "dice") for name in names]
        body.append([video, str(label), *(with_deviation(mean, 3) for mean in means)])
    return table(["cine", "object", *names], body)


def _run_cell(runs: Sequence[Record], key: str, digits: int, combine: Callable[[list[float]], float]) -> str:
    values = [row[key] for row in runs if row.get(key) is not None]
    return decimal(combine(values), digits) if values else NOTHING


def _method_cells(results: Results, name: str) -> list[str]:
    facts = results.methods[name]
    return [name, f"peer: {facts['title']}" if facts["kind"] == PEER else f"ours: {facts['title']}"]


def _dice_cell(mean: Mean | None, pairs: int) -> str:
    """A mean over fewer pairs than others have says so: the two must not be compared."""
    text = with_deviation(mean, 3)
    return text if mean is None or mean.count == pairs else f"{text} ({mean.count} of {pairs})"


def _present(results: Results, rows: Sequence[Record]) -> list[str]:
    used = {row["method"] for row in rows}
    return [name for name in methods_of(results) if name in used]


def _protocols(rows: Sequence[Record]) -> list[str]:
    used = {row["protocol"] for row in rows}
    return [protocol for protocol in PROTOCOLS if protocol in used]


def _pairs(rows: Sequence[Record], protocol: str) -> int:
    scored = [row for row in rows if row["protocol"] == protocol and row["dice"] is not None]
    return len({(row["video"], row["object"]) for row in scored})


def _failure(row: Record) -> str:
    return f"- {row['method']} on {row['video']}, {row['protocol']}, seed {row['seed']}: {row['error']}"
