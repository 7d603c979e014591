"""Tables and figures in markdown."""

from __future__ import annotations

from collections.abc import Sequence

from .summary import Mean

NOTHING = "–"


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table."""
    lines = ["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    return [*lines, *("| " + " | ".join(row) + " |" for row in rows)]


def decimal(value: float | None, digits: int) -> str:
    return NOTHING if value is None else f"{value:.{digits}f}"


def signed(value: float | None, digits: int) -> str:
    return NOTHING if value is None else f"{value:+.{digits}f}"


def with_deviation(mean: Mean | None, digits: int) -> str:
    """A mean, and its standard deviation over seeds where there are several."""
    if mean is None:
        return NOTHING
    text = decimal(mean.value, digits)
    return text if mean.deviation is None else f"{text} ± {decimal(mean.deviation, digits)}"
