"""`study_user.png`: marks a cine took against its place in the study, and of all so far, one line a way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rabengine.evaluation.plot import OUR_COLOURS, PEER_COLOUR
from rabengine.io.files.atomic import atomic_file
from rabengine.optional import require

from .tables import Record, marks_by_place
from .user import ANEW, OURS, TARGET, TITLES

SHIFT = 0.04  # of a line against the next one


def write_plot(path: Path, records: Sequence[Record]) -> None:
    """Draw it.

    Raises:
        InputError: matplotlib is not installed, or the file cannot be written.
    """
    figure = require("matplotlib.figure", "The picture of an evaluation").Figure(
        figsize=(10.4, 4.4), layout="constrained"
    )
    each, total = figure.subplots(1, 2)
    shift = -SHIFT
    for way, title in TITLES.items():
        means = marks_by_place(records, way)
        if not means:
            continue
        colour = PEER_COLOUR if way == ANEW else OUR_COLOURS[0 if way == OURS else 2]
        style = {"color": colour, "linestyle": "--" if way == ANEW else "-", "marker": "o", "linewidth": 2.2}
        places = np.arange(1, len(means) + 1)
        each.plot(places + shift, means, label=title, **style)  # beside each other, for many are equal
        total.plot([0, *places], [0, *np.cumsum(means)], **style)
        shift += SHIFT
    last = max(one["place"] for one in records)
    each.set(xlabel="place of the cine in the study", ylabel=f"marks until a mean Dice of {TARGET:.2f}")
    total.set(xlabel="cines that are done", ylabel="marks of all of them")
    for axes in (each, total):
        axes.set_xticks(range(axes is each, last + 1))
        axes.set_ylim(bottom=-0.1)
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=9)
    with atomic_file(path) as unfinished:
        figure.savefig(unfinished, format="png", dpi=140)
