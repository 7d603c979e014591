"""Means over videos, objects and seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .marks_to_target import MOST_MARKS
from .methods import PEER
from .results import Record, Results


@dataclass(frozen=True)
class Mean:
    """A mean over all pairs of video and object.

    Attributes:
        value: mean over seeds of the mean over pairs.
        deviation: standard deviation over seeds; None with one seed.
        count: pairs of video and object.
    """

    value: float
    deviation: float | None
    count: int


def mean_of(rows: Sequence[Record], key: str) -> Mean | None:
    """The mean of a score over rows of one method; None where no row has it."""
    rows = [row for row in rows if row.get(key) is not None]
    if not rows:
        return None
    seeds = sorted({row["seed"] for row in rows})
    means = [float(np.mean([row[key] for row in rows if row["seed"] == seed])) for seed in seeds]
    deviation = float(np.std(means, ddof=1)) if len(means) > 1 else None
    return Mean(float(np.mean(means)), deviation, len({(row["video"], row.get("object")) for row in rows}))


def false_alarms(rows: Sequence[Record]) -> float | None:
    """Absent frames with a false alarm as a share of all absent frames of all rows together."""
    absent = sum(row["absent_frames"] for row in rows)
    return sum(row["false_alarm_frames"] for row in rows) / absent if absent else None


def of_runs(rows: Sequence[Record]) -> list[Record]:
    """One row for each run: what was measured of a run stands in the row of each of its objects."""
    return list({(row["video"], row["protocol"], row["seed"]): row for row in rows}.values())


def of_protocol(rows: Sequence[Record], method: str, protocol: str) -> list[Record]:
    """The rows of one method under one protocol."""
    return [row for row in rows if (row["method"], row["protocol"]) == (method, protocol)]


def methods_of(results: Results, kind: str | None = None) -> list[str]:
    """Names of the methods, of one kind (`methods.PRESET` or `PEER`) or all, in the order of the tables."""
    return [name for name, facts in results.methods.items() if kind in (None, facts["kind"])]


def of_kind(results: Results, rows: Sequence[Record], video_kind: str) -> list[Record]:
    """The rows on videos of one kind; real and generated ones are never mixed."""
    return [row for row in rows if results.videos[row["video"]]["kind"] == video_kind]


def best_peer(results: Results, rows: Sequence[Record]) -> str | None:
    """The peer with the highest mean Dice over rows of one protocol, among those that have all pairs."""
    means = {
        name: mean_of([row for row in rows if row["method"] == name], "dice") for name in methods_of(results, PEER)
    }
    known = {name: mean for name, mean in means.items() if mean is not None}
    if not known:
        return None
    most = max(mean.count for mean in known.values())
    # Whoever failed on a hard video must not win by it.
    return max((name for name in known if known[name].count == most), key=lambda name: known[name].value)


def video_dice(rows: Sequence[Record], method: str, video: str) -> float | None:
    """Mean Dice of a method over the objects (and seeds) of a video, from rows of one protocol."""
    mean = mean_of([row for row in rows if (row["method"], row["video"]) == (method, video)], "dice")
    return None if mean is None else mean.value


def mean_needed(rows: Sequence[Record]) -> float | None:
    """Mean number of marks to the target; a cine that did not reach it counts as one more than may be marked."""
    needed = [MOST_MARKS + 1 if row["needed"] is None else row["needed"] for row in rows if "needed" in row]
    return float(np.mean(needed)) if needed else None


def mean_curve(rows: Sequence[Record], length: int) -> list[float]:
    """Mean Dice after 1, 2, ... `length` marks; a cine that was good enough earlier keeps its last value."""
    curves = [row["dice"] for row in rows if row.get("dice")]
    return (
        []
        if not curves
        else [float(np.mean([curve[min(step, len(curve) - 1)] for curve in curves])) for step in range(length)]
    )
