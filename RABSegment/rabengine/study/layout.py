"""Where things lie in the folder of a study.

study.sqlite                     what is known: cines, marks, predictions, who did what when, settings
marks/CINE/FRAME-*.png           label images of marked frames; one that was drawn anew leaves the older one
predictions/THOUSAND/CINE-*.npz  labels and confidence of every frame, unless they have a store of their own
structure.rab                    what the study has learned, or was given to begin with, where there is such a file
work/                            a folder for each process that segments now, gone with it
logs/                            what jobs of Slurm wrote, where there were any
"""

from __future__ import annotations

DATABASE = "study.sqlite"
MARKS = "marks"
PREDICTIONS = "predictions"
WORK = "work"
LOGS = "logs"
STRUCTURE = "structure.rab"
FOLDERS = (MARKS, PREDICTIONS, WORK)


def mark_file(cine: int, frame: int, content: str) -> str:
    """Of a mark, below the study's folder; another content is another file, so that a row never names half a change."""
    return f"{MARKS}/{cine:06d}/{frame:06d}-{content[:12]}.png"


def prediction_file(cine: int, claim: str, known: int, attempt: int) -> str:
    """Of a prediction, below the store; each claim writes one of its own, at each state of the log and each attempt."""
    return f"{prediction_files(cine, claim)}{known}-{attempt}.npz"


def prediction_files(cine: int, claim: str) -> str:
    """How the files begin that a process writes under a claim, which may have ended before a row named them.

    A folder holds those of a thousand cines: whoever writes looks into it for what others left there.
    """
    return f"{PREDICTIONS}/{cine // 1000:03d}/{cine:06d}-{claim}-"
