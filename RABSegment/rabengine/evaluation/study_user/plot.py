"""`study_user.png`: marks a cine took against its place in the study, one line a way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rabengine.evaluation.plot import OUR_COLOURS, PEER_COLOUR
from rabengine.io.files.atomic import atomic_file
from rabengine.optional import require

from .tables import Record, marks_by_place
from .user import ANEW, OURS, TARGET, TITLES


def write_plot(path: Path, records: Sequence[Record]) -> None:
    """Draw it.

    Raises:
        InputError: matplotlib is not installed, or the file cannot be written.
    """
    figure = require("matplotlib.figure", "The picture of an evaluation").Figure(figsize=(7, 4.6), layout="constrained")
    axes = figure.subplots()
    for way, title in TITLES.items():
        means = marks_by_place(records, way)
        if not means:
            continue
        own = [one for one in records if one["way"] == way]
        colour = PEER_COLOUR if way == ANEW else OUR_COLOURS[0 if way == OURS else 2]
        style = {"color": colour, "linestyle": "--" if way == ANEW else "-", "marker": "o", "linewidth": 2.2}
        axes.plot(range(1, len(means) + 1), means, label=title, **style)
        axes.scatter(
            [one["place"] for one in own], [len(one["marks"]) for one in own], color=colour, s=18, alpha=0.25, zorder=1
        )
    axes.set(xlabel="place of the cine in the study", ylabel=f"marks until a mean Dice of {TARGET:.2f}")
    axes.set_xticks(range(1, max(one["place"] for one in records) + 1))
    axes.set_ylim(bottom=-0.15)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9)
    with atomic_file(path) as unfinished:
        figure.savefig(unfinished, format="png", dpi=140)
