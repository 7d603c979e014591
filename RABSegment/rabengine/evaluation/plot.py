"""Plots of an evaluation: Dice against the number of marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rabengine.io.files.atomic import atomic_file
from rabengine.optional import require
from rabengine.presets import PRESETS

from .marks_to_target import DISTANT, NEXT, TARGET
from .methods import PRESET
from .protocols import FIRST, MARKS, THREE
from .results import Record, Results
from .summary import mean_curve, mean_of, methods_of, of_kind, of_protocol
from .videos import REAL, SYNTHETIC

FILES: Mapping[str, str] = {REAL: "dice_against_marks.png", SYNTHETIC: "dice_against_marks_synthetic.png"}
NOUNS: Mapping[str, str] = {REAL: "recorded cine", SYNTHETIC: "synthetic cine"}
# Ours have strong colours, the same in all plots; peers are told apart by dashes, markers and labels, so that they
# stay in the background.
OUR_COLOURS = ("#d55e00", "#009e73", "#0072b2", "#cc79a7", "#e69f00", "#56b4e9", "#7f4f9e", "#8c6d31")  # by order
PEER_COLOUR = "#6b6b6b"
PEER_DASHES = ("-", "--", ":", "-.", (0, (5, 1)), (0, (1, 1)), (0, (3, 1, 1, 1)))
PEER_MARKERS = "s^Dv<>X"
LABEL_GAP = 0.032  # of the height of the axes: the least distance between two labels
Curve = list[tuple[float, float]]  # marks and Dice, ascending


def write_plots(folder: Path, results: Results) -> None:
    """Draw what there is of each kind; recorded and synthetic cines are never in one picture.

    Raises:
        InputError: matplotlib is not installed, or a file cannot be written.
    """
    for kind, name in FILES.items():
        panels = [
            ("one and three frames marked", _protocol_curves(results, of_kind(results, results.records, kind))),
            (
                "marks added one by one until 0.90",
                _correction_curves(results, of_kind(results, results.corrections, kind)),
            ),
        ]
        drawn = [(title, curves) for title, curves in panels if curves]
        if drawn:
            count = sum(facts["kind"] == kind for facts in results.videos.values())
            _write(folder / name, results, drawn, f"{count} {NOUNS[kind]}{'s' * (count != 1)}")


def _protocol_curves(results: Results, rows: Sequence[Record]) -> dict[str, Curve]:
    """Mean Dice with the first frame marked and with three, by method."""
    curves: dict[str, Curve] = {}
    for name in methods_of(results):
        means = [(MARKS[protocol], mean_of(of_protocol(rows, name, protocol), "dice")) for protocol in (FIRST, THREE)]
        points = [(float(marks), mean.value) for marks, mean in means if mean is not None]
        if points:
            curves[name] = points
    return curves


def _correction_curves(results: Results, rows: Sequence[Record]) -> dict[str, Curve]:
    """Mean Dice after each mark, by method: presets choose their frames, peers take the most distant."""
    curves: dict[str, Curve] = {}
    length = max((len(row.get("dice", ())) for row in rows), default=0)
    for name in methods_of(results):
        strategy = NEXT if results.methods[name]["kind"] == PRESET else DISTANT
        curve = mean_curve([row for row in rows if (row["method"], row["strategy"]) == (name, strategy)], length)
        if curve:
            curves[name] = [(float(step), dice) for step, dice in enumerate(curve, start=1)]
    return curves


def _write(path: Path, results: Results, panels: Sequence[tuple[str, dict[str, Curve]]], cines: str) -> None:
    figure = require("matplotlib.figure", "The evaluation's plot").Figure(
        figsize=(6.6 * len(panels), 6.2), layout="constrained"
    )
    for axes, (title, curves) in zip(figure.subplots(1, len(panels), squeeze=False).flat, panels, strict=True):
        _draw(axes, results, curves)
        axes.set(xlabel="marked frames", ylabel="mean Dice over the unmarked frames")
        axes.set_title(f"{cines}: {title}", fontsize=11)
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    with atomic_file(path) as unfinished:
        figure.savefig(unfinished, format="png", dpi=140)


def _draw(axes: Any, results: Results, curves: Mapping[str, Curve]) -> None:
    last = max(curve[-1][0] for curve in curves.values())
    values = [dice for curve in curves.values() for _, dice in curve]
    bottom, top = max(0.0, min(values) - 0.05), min(1.0, max(values) + 0.05)
    axes.set_ylim(bottom, top)
    axes.set_xlim(0.9, last + 0.42 * max(1.0, last - 1))  # room for the labels
    axes.set_xticks(range(1, round(last) + 1) if last > MARKS[THREE] else [1, MARKS[THREE]])
    if last > MARKS[THREE]:
        axes.axhline(TARGET, color="#999999", linewidth=0.8)
    styles = _styles(results)
    for name, curve in curves.items():
        axes.plot([x for x, _ in curve], [y for _, y in curve], label=name, **styles[name])
    heights = _spread({name: curve[-1][1] for name, curve in curves.items()}, LABEL_GAP * (top - bottom), top)
    for name, height in heights.items():
        end = curves[name][-1]
        is_ours = results.methods[name]["kind"] == PRESET
        axes.annotate(
            f"{name} {end[1]:.2f}",
            end,
            xytext=(last + 0.05 * max(1.0, last - 1), height),
            va="center",
            color=styles[name]["color"],
            fontsize=9,
            fontweight="bold" if is_ours else "normal",
            arrowprops={
                "arrowstyle": "-",
                "relpos": (0, 0.5),
                "color": styles[name]["color"],
                "linewidth": 0.4,
                "alpha": 0.6,
            },
        )


def _styles(results: Results) -> dict[str, dict[str, Any]]:
    """How each method's line looks, the same in all panels."""
    styles: dict[str, dict[str, Any]] = {}
    kept = [name for name, facts in results.methods.items() if facts["kind"] == PRESET]
    presets = [*PRESETS.names(), *(name for name in kept if name not in PRESETS)]  # of results that were there before
    peers = 0
    for name, facts in results.methods.items():
        if facts["kind"] == PRESET:
            colour = OUR_COLOURS[presets.index(name) % len(OUR_COLOURS)]
            styles[name] = {"color": colour, "linewidth": 2.4, "marker": "o", "zorder": 3}
        else:
            line = {"linewidth": 1.2, "linestyle": PEER_DASHES[peers % len(PEER_DASHES)]}
            marker = {"marker": PEER_MARKERS[peers % len(PEER_MARKERS)], "markersize": 4}
            styles[name] = {"color": PEER_COLOUR, **line, **marker}
            peers += 1
    return styles


def _spread(heights: Mapping[str, float], gap: float, top: float) -> dict[str, float]:
    """Heights for the labels near those wanted, none nearer to another than `gap`."""
    names = sorted(heights, key=lambda name: -heights[name])
    placed: dict[str, float] = {}
    ceiling = top
    for name in names:
        placed[name] = min(heights[name], ceiling)
        ceiling = placed[name] - gap
    # What was pushed below the axes goes up again, from the lowest on.
    floor = top - gap * 31
    for name in reversed(names):
        placed[name] = max(placed[name], floor)
        floor = placed[name] + gap
    return placed
