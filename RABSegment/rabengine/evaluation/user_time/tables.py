"""`user_time.md`: what each way cost and gave, on the mean and on each cine."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from rabengine.evaluation.markdown import NOTHING, decimal, table

from .costs import CHECK_SECONDS, CLICK_SECONDS, OUTLINE_PIXELS_A_SECOND, SCREEN_SIDE
from .curve import TARGET, Points, Records, groups, seconds_to
from .marking import MOST_CLICKS
from .ways import PAINTED, TITLES

NOTE = (
    f"Seconds of the user's work, waiting not among them: a click {CLICK_SECONDS:g} s, painting 1 s for "
    f"{OUTLINE_PIXELS_A_SECOND:g} pixels of outline on a screen where the frame's longer side has {SCREEN_SIDE:g}, "
    f"checking a frame {CHECK_SECONDS:g} s. Painted marks are the truth. At most {MOST_CLICKS} clicks on a segment of "
    "a frame. Dice: mean over objects of the mean over all frames that show the object, marked ones too."
)


def to_markdown(records: Records) -> str:
    """A table of means and one of cines for each preset and kind of cines."""
    lines = ["# Dice against the seconds of a user", "", NOTE]
    for title, own in groups(records).items():
        lines += ["", f"## {title}", "", *means(own), "", *cines(own)]
    return "\n".join([*lines, ""])


def means(records: Records) -> list[str]:
    """One row a way. Where a way is compared with painting, only cines count that both brought to TARGET."""
    reached = f"cines of {len(records)} at Dice {TARGET:.2f}"
    both = f"s to Dice {TARGET:.2f}, and of painting (cines where both get there)"
    names = ["marks", "s, first mark", "Dice then", "marks", "clicks", "s, all marks", "Dice then", reached, both]
    return table(names, [_row(way, records) for way in TITLES])


def _row(way: str, records: Records) -> list[str]:
    ways: list[Points] = [record["ways"][way] for record in records]
    times = [(seconds_to(record["ways"][way]), seconds_to(record["ways"][PAINTED])) for record in records]
    pairs = [(own, painted) for own, painted in times if own is not None and painted is not None]
    compared = NOTHING
    if pairs:
        own_mean, painted_mean = (fmean(column) for column in zip(*pairs, strict=True))
        compared = f"{own_mean:.1f}, {painted_mean:.1f} ({len(pairs)})"
    return [
        TITLES[way],
        *_seconds_and_dice([points[0] for points in ways]),
        _mean([len(points) for points in ways], 1),
        _mean([sum(int(point["clicks"]) for point in points) for points in ways], 1),
        *_seconds_and_dice([points[-1] for points in ways]),
        str(sum(own is not None for own, _painted in times)),
        compared,
    ]


def _seconds_and_dice(points: Points) -> list[str]:
    return [_mean([point["seconds"] for point in points], 1), _mean([point["dice"] for point in points], 3)]


def cines(records: Records) -> list[str]:
    """One row a cine: of each way the seconds of all its marks, the Dice then, and the seconds to TARGET."""
    rows = []
    for record in records:
        cells = [_cell(record["ways"][way]) for way in TITLES]
        rows.append([record["cine"], str(record["frames"]), str(record["objects"]), *cells])
    parts = f"s and Dice of all marks; s to {TARGET:.2f}"
    return table(["cine", "frames", "objects", *(f"{title}: {parts}" for title in TITLES.values())], rows)


def _cell(points: Points) -> str:
    return f"{points[-1]['seconds']:.0f}, {points[-1]['dice']:.3f}; {decimal(seconds_to(points), 0)}"


def _mean(values: Sequence[float], digits: int) -> str:
    return decimal(fmean(values), digits)
