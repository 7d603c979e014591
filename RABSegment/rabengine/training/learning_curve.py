"""The learning curve as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError


def draw_learning_curve(history: Sequence[dict[str, Any]], path: Path) -> None:
    """Training loss and validation Dice over steps.

    Args:
        history: entries {"step", "loss", "scores": {name: {"dice", "iou"}}}.
        path: PNG file.
    """
    try:
        import matplotlib
    except ImportError as error:
        raise InputError(
            "Drawing the learning curve needs matplotlib.", 'Run pip install "rabsegment[train]".'
        ) from error
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    steps = [entry["step"] for entry in history]
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), constrained_layout=True)
    left.plot(steps, [entry["loss"] for entry in history], color="#333333")
    left.set(xlabel="step", ylabel="training loss (Dice + cross-entropy)")
    for name in history[-1]["scores"]:
        right.plot(steps, [entry["scores"][name]["dice"] for entry in history], label=name)
    right.set(xlabel="step", ylabel="validation Dice", ylim=(0, 1))
    right.legend(loc="lower right")
    for axes in (left, right):
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=110)
    plt.close(figure)
