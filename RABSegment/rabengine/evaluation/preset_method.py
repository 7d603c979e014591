"""The presets as methods to compare: each request goes through a `Session`, as a user's does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from rabengine.presets import Preset, get_preset
from rabengine.segmentation import Segmentation
from rabengine.session.session import Session

from .prediction import Prediction


@dataclass(frozen=True)
class EngineChoices:
    """What the presets run with; the peers take none of it.

    Attributes:
        device: as for `Session`.
        weights: weight file, None for the shipped one.
        overrides: choices that differ from the preset's (see `presets.get_preset`).
    """

    device: str = "auto"
    weights: Path | None = None
    overrides: Mapping[str, object] = field(default_factory=dict)


class PresetMethod:
    """Runs a preset through a `Session`.

    Args:
        preset: one, or its name.
        choices: what it runs with.

    Raises:
        InputError: no such preset or choice.
    """

    def __init__(self, preset: str | Preset, choices: EngineChoices) -> None:
        self._preset = get_preset(preset, choices.overrides)
        self._choices = choices

    def __call__(self, frames: np.ndarray, marks: Mapping[int, np.ndarray], seed: int) -> Prediction:
        """One request on a cine that was just opened."""
        return self._request(self._open(frames, seed), marks, is_warm=False)

    def open(self, frames: np.ndarray, seed: int) -> Callable[[Mapping[int, np.ndarray]], Prediction]:
        """A cine that stays open while its user adds marks: each call goes on from the one before."""
        session = self._open(frames, seed)
        return lambda marks: self._request(session, marks, is_warm=True)

    def _open(self, frames: np.ndarray, seed: int) -> Session:
        return Session(frames, device=self._choices.device, weights=self._choices.weights, seed=seed)

    def _request(self, session: Session, marks: Mapping[int, np.ndarray], is_warm: bool) -> Prediction:
        result: Segmentation = session.segment(marks, preset=self._preset, warm=is_warm)
        return Prediction(result.labels, result.confidence, result.next_frame)
