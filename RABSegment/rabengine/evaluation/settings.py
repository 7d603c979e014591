"""What an evaluation is asked to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rabengine.errors import InputError

from .marks_to_target import STRATEGIES
from .preset_method import EngineChoices
from .protocols import BY_SHOTS, PROTOCOLS


@dataclass(frozen=True)
class Settings:
    """The options of `rabsegment evaluate`.

    Attributes:
        videos: folders with `images/` and `masks/`, or folders of such.
        output: folder to write.
        methods: names, None for all that can be loaded.
        shots: numbers of marks, keys of `protocols.BY_SHOTS`.
        only: of their protocols these alone, None for all.
        objects: label values to score, None for all.
        frames: only so many frames of each cine from the first one on, None for all.
        strategies: of marks to target, none to leave it out.
        seeds: each seeded method runs with each, the others with the first.
        engine: what the presets run with.
        jobs: processes at once.
        is_resumed: keep earlier results in `output` that were made with the same settings and code.
    """

    videos: tuple[Path, ...]
    output: Path
    methods: tuple[str, ...] | None = None
    shots: tuple[int, ...] = (1, 3)
    only: tuple[str, ...] | None = None
    objects: tuple[int, ...] | None = None
    frames: int | None = None
    strategies: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (0,)
    engine: EngineChoices = field(default_factory=EngineChoices)
    jobs: int = 1
    is_resumed: bool = False

    @property
    def protocols(self) -> tuple[str, ...]:
        asked = tuple(protocol for shots in self.shots for protocol in BY_SHOTS[shots])
        return tuple(protocol for protocol in asked if self.only is None or protocol in self.only)

    def as_json(self) -> dict[str, Any]:
        """The settings as plain values."""
        return {
            "videos": [str(path) for path in self.videos],
            "methods": self.methods,
            "shots": self.shots,
            "protocols": self.protocols,
            "objects": self.objects,
            "frames": self.frames,
            "strategies": self.strategies,
            "seeds": self.seeds,
            "device": self.engine.device,
            "weights": None if self.engine.weights is None else str(self.engine.weights),
            "set": dict(self.engine.overrides),
            "jobs": self.jobs,
        }


def check_settings(settings: Settings) -> None:
    """Find out before the long job what cannot be done.

    Raises:
        InputError: an option with a value that is not among the possible ones.
    """
    _require_known("--shots", settings.shots, tuple(BY_SHOTS))
    _require_known("--strategies", settings.strategies, STRATEGIES)
    _require_known("--protocols", settings.only or (), PROTOCOLS)
    if not settings.protocols and not settings.strategies:
        raise InputError("There is nothing to measure without --shots and --to-target.", "Ask for one of them.")
    if settings.objects is not None and not all(1 <= label <= 255 for label in settings.objects):
        raise InputError("--objects names a value that is no label.", "Use whole numbers from 1 to 255.")
    if settings.frames is not None and settings.frames < 2:
        raise InputError(f"--frames {settings.frames} leaves no cine.", "Take two or more.")


def _require_known(option: str, given: Sequence[object], known: Sequence[object]) -> None:
    for value in given:
        if value not in known:
            raise InputError(f"{option} has no {value}.", f"Take some of {', '.join(map(str, known))}.")
