"""The tables of an evaluation in Markdown: by method, by margin over the best peer, by marks to a target."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .markdown import NOTHING, decimal, signed, table
from .marks_to_target import MOST_MARKS, STRATEGIES, TARGET
from .marks_to_target import TITLES as STRATEGY_TITLES
from .methods import PEER, PRESET
from .protocols import PROTOCOLS, TITLES
from .results import Record, Results
from .summary import Mean, best_peer, false_alarms, mean_needed, mean_of, methods_of, of_kind, of_runs, video_dice
from .videos import REAL, SYNTHETIC


def with_deviation(mean: Mean | None, digits: int) -> str:
    """A mean, and its standard deviation over seeds where there are several."""
    if mean is None:
        return NOTHING
    text = decimal(mean.value, digits)
    return text if mean.deviation is None else f"{text} ± {decimal(mean.deviation, digits)}"


def margin_section(results: Results, rows: Sequence[Record]) -> list[str]:
    """Dice of each preset on each cine with its margins; empty without presets or peers.

    Args:
        results: methods and videos.
        rows: scores of one protocol on cines of one kind.
    """
    peer = best_peer(results, rows)
    presets = [name for name in methods_of(results, PRESET) if any(row["method"] == name for row in rows)]
    if peer is None or not presets:
        return []
    videos = [name for name in results.videos if any(row["video"] == name for row in rows)]
    body = [_video_cells(results, rows, peer, presets, video) for video in videos]
    body.append(_mean_cells(rows, peer, presets, videos))
    return [
        f"The best single peer is {peer}. In brackets the margin to it, then to the best peer on that cine:",
        "",
        *table(["cine", peer, "best peer there", *presets], body),
        "",
    ]


def _video_cells(results: Results, rows: Sequence[Record], peer: str, presets: Sequence[str], video: str) -> list[str]:
    single = video_dice(rows, peer, video)
    others = {name: video_dice(rows, name, video) for name in methods_of(results, PEER)}
    known = {name: dice for name, dice in others.items() if dice is not None}
    there = max(known, key=lambda name: known[name]) if known else None
    best = None if there is None else known[there]
    cells = []
    for preset in presets:
        ours = video_dice(rows, preset, video)
        cells.append(f"{decimal(ours, 3)} ({_margin(ours, single)}, {_margin(ours, best)})")
    return [video, decimal(single, 3), f"{decimal(best, 3)} {there or ''}".strip(), *cells]


def _mean_cells(rows: Sequence[Record], peer: str, presets: Sequence[str], videos: Sequence[str]) -> list[str]:
    """Means over cines, each cine counting once; a preset is compared on the cines that both have."""
    single = {video: dice for video in videos if (dice := video_dice(rows, peer, video)) is not None}
    cells = []
    for preset in presets:
        ours = {video: dice for video in single if (dice := video_dice(rows, preset, video)) is not None}
        mean = float(np.mean(list(ours.values()))) if ours else None
        base = float(np.mean([single[video] for video in ours])) if ours else None
        cells.append(f"{decimal(mean, 3)} ({_margin(mean, base)})")
    overall = float(np.mean(list(single.values()))) if single else None
    return ["mean of cines", decimal(overall, 3), "", *cells]


def _margin(ours: float | None, other: float | None) -> str:
    return signed(None if ours is None or other is None else ours - other, 3)


def target_section(results: Results, rows: Sequence[Record]) -> list[str]:
    """A table with a line for each method and strategy.

    Args:
        results: methods and videos.
        rows: corrections on cines of one kind.
    """
    videos = [name for name in results.videos if any(row["video"] == name for row in rows)]
    body = []
    for method in methods_of(results):
        for strategy in STRATEGIES:
            own = [row for row in rows if (row["method"], row["strategy"]) == (method, strategy) and "needed" in row]
            if own:
                cells = [_needed([row for row in own if row["video"] == video]) for video in videos]
                body.append([method, STRATEGY_TITLES[strategy], decimal(mean_needed(own), 1), *cells])
    note = (
        "The first mark is on the first frame that shows the objects. "
        f"In means a cine that did not get there counts as {MOST_MARKS + 1}."
    )
    return [note, "", *table(["method", "next marked", "mean", *videos], body)]


def _needed(rows: Sequence[Record]) -> str:
    """The marks needed with each seed."""
    words = [f">{len(row['marks'])}" if row["needed"] is None else str(row["needed"]) for row in rows]
    return ", ".join(words) or NOTHING


KIND_TITLES = {REAL: "Recorded cines", SYNTHETIC: "Synthetic cines"}
LEGEND = (
    "Scores are means over all pairs of cine and object, on unmarked frames alone; with several seeds ± their standard "
    "deviation. Dice, IoU and HD95 (pixels) are of frames that truly show the object; HD95 leaves out the missed "
    "frames, on which nothing of it was found. False alarms: share of the frames without the object on which it was "
    "painted. Stability: by how much Dice between neighbouring frames differs from that of the truth, 0 is best. "
    "Rho: Spearman's rank correlation of confidence and true Dice over the frames. Seconds are of the call, without "
    "reading the cine; memory is the largest of the process."
)


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
        means = [mean_of(_select(rows, name, protocol), "dice") for protocol in protocols]
        body.append([*_method_cells(results, name), *(_dice_cell(mean, pairs) for mean in means)])
    return table(["method", "", *(TITLES[protocol] for protocol in protocols)], body)


def _score_table(results: Results, rows: Sequence[Record]) -> list[str]:
    headings = ["method", "", "Dice", "IoU", "HD95, px", "missed", "false alarms", "stability", "rho"]
    headings += ["s per frame", "peak memory, MiB"]
    body = []
    for name in _present(results, rows):
        own = [row for row in rows if row["method"] == name]
        scored = sum(row["scored_frames"] for row in own)
        missed = sum(row["missed_frames"] for row in own) / scored if scored else None
        runs = of_runs(own)
        cells = [with_deviation(mean_of(own, key), digits) for key, digits in (("dice", 3), ("iou", 3), ("hd95", 1))]
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


def _select(rows: Sequence[Record], method: str, protocol: str) -> list[Record]:
    return [row for row in rows if (row["method"], row["protocol"]) == (method, protocol)]


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
