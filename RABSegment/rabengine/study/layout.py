"""Where things lie in the folder of a study.

study.sqlite                what is known: cines, marks, predictions, who did what when, settings
marks/CINE/FRAME-*.png      label images of marked frames; one that was drawn anew leaves the older one
predictions/CINE-*.npz      labels and confidence of every frame
work/                       a folder for each process that segments now, gone with it
"""

from __future__ import annotations

from pathlib import Path

DATABASE = "study.sqlite"
MARKS = "marks"
PREDICTIONS = "predictions"
WORK = "work"
FOLDERS = (MARKS, PREDICTIONS, WORK)


def mark_file(cine: int, frame: int, content: str) -> str:
    """Of a mark, below the study's folder; another content is another file, so that a row never names half a change."""
    return f"{MARKS}/{cine:06d}/{frame:06d}-{content[:12]}.png"


def prediction_file(cine: int, claim: str, known: int) -> str:
    """Of a prediction, below the study's folder; each claim writes one of its own, at each state of the log."""
    return f"{PREDICTIONS}/{cine:06d}-{claim}-{known}.npz"


def leftover_predictions(study: Path, cine: int, claim: str) -> list[Path]:
    """Files that a process wrote under a claim, which may have ended before a row named them."""
    return list((study / PREDICTIONS).glob(f"{cine:06d}-{claim}-*.npz"))
