"""What a running request tells whoever asked for it, and these events as lines of JSON for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .segmentation import Segmentation


@dataclass(frozen=True)
class Progress:
    """How far a phase has come.

    Attributes:
        phase: "propagation", "checking", "relearning" or "refinement".
        step: steps of this phase that are done.
        total: steps of this phase.
        seconds_left: estimate for the whole request, None while unknown.
        losses: current value of each relearning loss, by name.
    """

    phase: str
    step: int
    total: int
    seconds_left: float | None = None
    losses: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class PartialResult:
    """Usable labels of some frames before the request is done.

    Attributes:
        indices: frame numbers, counted from 0.
        labels: (len(indices), H, W) uint8.
    """

    indices: Sequence[int]
    labels: np.ndarray


Event = Progress | PartialResult
ProgressCallback = Callable[[Event], None]


def to_line(fields: Mapping[str, Any]) -> str:
    """One line of ASCII JSON without its line end; numbers that JSON lacks (NaN, infinity) become null."""
    return json.dumps(_plain(fields), allow_nan=False)


def progress_fields(progress: Progress) -> dict[str, Any]:
    """A `progress` event without the id of its request."""
    return {
        "event": "progress",
        "phase": progress.phase,
        "step": progress.step,
        "total": progress.total,
        "seconds_left": progress.seconds_left,
        "losses": dict(progress.losses),
    }


def result_fields(segmentation: Segmentation) -> dict[str, Any]:
    """What a `done` event says of a result, all but its labels."""
    return {
        "segments": segmentation.segments,
        "marked_frames": segmentation.marked_frames,
        "confidence": segmentation.confidence,
        "preset": segmentation.preset,
        "device": segmentation.device,
        "seed": segmentation.seed,
        "seconds": dict(segmentation.seconds),
        "warnings": segmentation.warnings,
        "next_frame": segmentation.next_frame,
    }


def _plain(value: Any) -> Any:
    """`value` with nothing in it but what JSON knows."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value
