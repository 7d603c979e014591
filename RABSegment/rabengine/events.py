"""What a running request tells whoever asked for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np


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
