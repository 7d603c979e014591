"""How many seconds a person spent on each frame: in the scene beside the records, and nowhere else."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from .MRMLNodes import setQuietly

ATTRIBUTE = "RABSegment.Seconds"


class FrameTimes:
    """The seconds of a segmentation sequence, kept in one attribute of it, so that they are saved with the scene.

    They belong to index values, as records do. Undo leaves them as they are: what was spent is spent. Nobody is told
    of a change, for nothing that is shown depends on them.

    Args:
        sequenceNode: vtkMRMLSequenceNode of the segmentations.
    """

    def __init__(self, sequenceNode: Any) -> None:
        self._node = sequenceNode
        self._text: str | None = None
        self._seconds: dict[str, float] = {}

    def __getitem__(self, indexValue: str) -> float:
        """Seconds of a frame, 0 where nobody looked."""
        return self._current().get(indexValue, 0.0)

    def asDict(self) -> dict[str, float]:
        """A copy, {index value: seconds} of the frames that somebody looked at."""
        return dict(self._current())

    def add(self, indexValue: str, seconds: float) -> None:
        """Somebody spent so much more on a frame."""
        known = self.asDict()
        self.replaceAll({**known, indexValue: known.get(indexValue, 0.0) + seconds})

    def replaceAll(self, seconds: Mapping[str, float]) -> None:
        """Forget all and take these."""
        # So finely that strokes, which come many a second, add up to the time they took.
        rounded = {value: round(spent, 4) for value, spent in seconds.items() if round(spent, 4) > 0}
        setQuietly(self._node, ATTRIBUTE, json.dumps(rounded, separators=(",", ":")) if rounded else None)

    def _current(self) -> dict[str, float]:
        """What the node says, read once while it says the same."""
        text = self._node.GetAttribute(ATTRIBUTE)
        if text != self._text:
            self._text, self._seconds = text, secondsOfText(text)
        return self._seconds


def secondsOfText(text: str | None) -> dict[str, float]:
    """A damaged attribute counts as none."""
    try:
        found = {str(value): float(seconds) for value, seconds in json.loads(text or "{}").items()}
    except (ValueError, AttributeError, TypeError):
        return {}
    return {value: seconds for value, seconds in found.items() if math.isfinite(seconds) and seconds > 0}
