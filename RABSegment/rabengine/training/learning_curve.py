"""The picture of a training run: loss and validation scores over steps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rabengine.optional import require


def draw_learning_curve(history: Sequence[dict[str, Any]], path: Path) -> None:
    """Training loss and validation Dice over steps.

    Args:
        history: entries {"step", "loss", "scores": {name: {"dice", "iou"}}}.
        path: PNG file.

    Raises:
        InputError: matplotlib is not installed.
    """
    figure = require("matplotlib.figure", "The learning curve").Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    steps = [entry["step"] for entry in history]
    left.plot(steps, [entry["loss"] for entry in history], color="#333333")
    left.set(xlabel="step", ylabel="training loss (Dice + cross-entropy)")
    for name in history[-1]["scores"]:
        known = [entry for entry in history if name in entry["scores"]]  # a set that came later has fewer
        right.plot(*zip(*((one["step"], one["scores"][name]["dice"]) for one in known), strict=True), label=name)
    right.set(xlabel="step", ylabel="validation Dice", ylim=(0, 1))
    right.legend(loc="lower right", fontsize="x-small", ncols=2)
    for axes in (left, right):
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=110)
