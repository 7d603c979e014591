"""What a run of the engine tells: its progress, what it finds on the way, and its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np


@dataclass(frozen=True)
class ProgressReport:
    """How far a phase has come.

    Attributes:
        phase: "propagation", "checking", "relearning" or "refinement".
        step: steps of this phase that are done.
        total: steps of this phase.
        secondsLeft: estimate for the whole run, None while unknown.
        losses: {name: value} while it relearns.
    """

    phase: str
    step: int
    total: int
    secondsLeft: float | None = None
    losses: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class EngineResult:
    """What a run found.

    Attributes:
        labels: (T, H, W) uint8, 0 background; marked frames are as they were given.
        segments: label value of each column of `confidence`, ascending.
        markedFrames: the frames that carried marks, ascending.
        confidence: (T, segments) float32 in [0, 1].
        preset: that made it.
        device: that made it, such as "cpu" or "cuda:0".
        seed: that made it.
        seconds: {phase: seconds}.
        warnings: sentences for the user.
        nextFrame: the unmarked frame whose marking would help most, None if all are marked.
    """

    labels: np.ndarray
    segments: list[int]
    markedFrames: list[int]
    confidence: np.ndarray
    preset: str
    device: str
    seed: int
    seconds: dict[str, float] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    nextFrame: int | None = None


class RunListener(Protocol):
    """Hears of a run: any number of `onProgress` and `onFrames`, then exactly one of the others."""

    def onProgress(self, report: ProgressReport) -> None:
        """A step is done."""

    def onFrames(self, indices: list[int], labels: np.ndarray) -> None:
        """Some frames can be shown already; `labels` (len(indices), H, W) uint8."""

    def onDone(self, result: EngineResult) -> None:
        """The run is complete."""

    def onCancelled(self) -> None:
        """The run was cancelled."""

    def onError(self, message: str, hint: str) -> None:
        """The run failed; a sentence that says why, and one that says how to mend it (may be empty)."""


def progressReport(event: Mapping[str, Any]) -> ProgressReport:
    """A `progress` event of the engine process.

    Raises:
        KeyError, TypeError, ValueError: it is not one.
    """
    left = event["seconds_left"]
    return ProgressReport(
        phase=str(event["phase"]),
        step=int(event["step"]),
        total=int(event["total"]),
        secondsLeft=None if left is None else float(left),
        losses={name: _number(value) for name, value in event["losses"].items()},
    )


def engineResult(event: Mapping[str, Any], labels: np.ndarray) -> EngineResult:
    """A `done` event of the engine process and the labels that it names.

    Raises:
        KeyError, TypeError, ValueError: it is not one.
    """
    segments = [int(value) for value in event["segments"]]
    confidence = np.array([[_number(value) for value in row] for row in event["confidence"]], np.float32)
    nextFrame = event["next_frame"]
    return EngineResult(
        labels=labels,
        segments=segments,
        markedFrames=[int(frame) for frame in event["marked_frames"]],
        confidence=confidence.reshape(len(labels), len(segments)),
        preset=str(event["preset"]),
        device=str(event["device"]),
        seed=int(event["seed"]),
        seconds={name: float(value) for name, value in event["seconds"].items()},
        warnings=[str(sentence) for sentence in event["warnings"]],
        nextFrame=None if nextFrame is None else int(nextFrame),
    )


def _number(value: float | None) -> float:
    # JSON has no NaN; the engine writes null.
    return float("nan") if value is None else float(value)
