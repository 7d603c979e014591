"""What is read off the points of a way: when a Dice was reached, and the mean over cines at any second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from rabengine.evaluation.plot import NOUNS

TARGET = 0.90

Points = Sequence[Mapping[str, Any]]
Records = Sequence[Mapping[str, Any]]  # of `run_user_time`


def groups(records: Records) -> dict[str, list[Mapping[str, Any]]]:
    """{title: records of one preset and one kind of cines}; figures of recorded and synthetic cines are never mixed."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        found.setdefault(f"{record['preset']}, {NOUNS[record['kind']]}s", []).append(record)
    return found


def seconds_to(points: Points, target: float = TARGET) -> float | None:
    """Seconds of work after which the whole cine had a Dice; None where it never had."""
    return next((float(point["seconds"]) for point in points if point["dice"] >= target), None)


def dice_at(points: Points, second: float) -> float:
    """Dice of what the user has after so many seconds: 0 before the first mark is done."""
    done = [point for point in points if point["seconds"] <= second]
    return float(done[-1]["dice"]) if done else 0.0


def mean_curve(cines: Sequence[Points]) -> tuple[list[float], list[float]]:
    """Mean over cines at each second at which a mark of one of them is done."""
    seconds = sorted({float(point["seconds"]) for points in cines for point in points})
    return seconds, [fmean(dice_at(points, second) for points in cines) for second in seconds]
