"""`user_time.png`: the mean Dice of the cines against the seconds of a user, one line a way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rabengine.evaluation.plot import OUR_COLOURS, PEER_COLOUR
from rabengine.io.files.atomic import atomic_file
from rabengine.optional import require

from .curve import TARGET, Records, groups, mean_curve
from .ways import PAINTED, TITLES


def write_plot(path: Path, records: Records) -> None:
    """Draw one panel for each preset and kind of cines.

    Raises:
        InputError: matplotlib is not installed, or the file cannot be written.
    """
    drawn = groups(records)
    figure = require("matplotlib.figure", "The picture of an evaluation").Figure(
        figsize=(8.2 * len(drawn), 5.6), layout="constrained"
    )
    for axes, (title, own) in zip(figure.subplots(1, len(drawn), squeeze=False).flat, drawn.items(), strict=True):
        _draw(axes, own)
        axes.set_title(f"{title}: {len(own)}", fontsize=11)
    with atomic_file(path) as unfinished:
        figure.savefig(unfinished, format="png", dpi=140)


def _draw(axes: Any, records: Records) -> None:
    colours = iter(OUR_COLOURS)
    end = max(point["seconds"] for record in records for points in record["ways"].values() for point in points)
    for way, title in TITLES.items():
        seconds, dice = mean_curve([record["ways"][way] for record in records])
        style = {"color": PEER_COLOUR, "linestyle": "--"} if way == PAINTED else {"color": next(colours)}
        axes.step([0, *seconds, end], [0, *dice, dice[-1]], where="post", label=title, linewidth=2, **style)
    axes.axhline(TARGET, color="#999999", linewidth=0.8)
    axes.set(xlabel="seconds of the user's work", ylabel="mean Dice of the whole cines", ylim=(0, 1), xlim=(0, end))
    axes.legend(loc="lower right", frameon=False, fontsize=9, title="marks")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
