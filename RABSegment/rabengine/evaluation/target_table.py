"""How many marks each method needed until the cine was good enough."""

from __future__ import annotations

from collections.abc import Sequence

from .markdown import NOTHING, decimal, table
from .marks_to_target import MOST_MARKS, STRATEGIES
from .marks_to_target import TITLES as STRATEGY_TITLES
from .results import Record, Results
from .summary import mean_needed, methods_of


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
