"""What a request tells whoever made it, in this process or, as lines of `rabengine.io.event_lines`, in another one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from .cine import Cine
from .errors import ChoiceError, EngineError, InputError, PackageMissingError, RABSegmentError, as_known_error
from .prompts import PromptedMask
from .segmentation import Segmentation


@dataclass(frozen=True)
class Progress:
    """How far a phase has come.

    Attributes:
        phase: what happens, in a word or few, as `rabengine.session.step.Phase` names it.
        step: steps of this phase that are done.
        total: steps of this phase.
        seconds_left: estimate for the whole request, None while unknown.
        losses: current value of each loss that is learned by, by name.
    """

    phase: str
    step: int
    total: int
    seconds_left: float | None = None
    losses: Mapping[str, float] = field(default_factory=dict)

    def share(self, seconds: float) -> float:
        """Done of the whole request, 0 to 1, so many seconds after its start; 0 while the time left is unknown."""
        return 0.0 if self.seconds_left is None else seconds / max(seconds + self.seconds_left, 1e-3)


@dataclass(frozen=True)
class PartialResult:
    """Usable labels of some frames before the request is done.

    Attributes:
        indices: frame numbers, counted from 0.
        labels: (len(indices), H, W) uint8.
    """

    indices: Sequence[int]
    labels: np.ndarray


@dataclass(frozen=True)
class Done:
    """The request is complete.

    Attributes:
        results: of a request to segment, one; of a run over segments that overlap, one for each group of segments that
            do not; of any other request, none.
    """

    results: tuple[Segmentation, ...] = ()


@dataclass(frozen=True)
class Stopped:
    """The request was cancelled."""


@dataclass(frozen=True)
class Failed:
    """The request cannot be done.

    Attributes:
        message: one sentence that says why.
        hint: one sentence that says how to mend it (may be empty).
        kind: "input" where the user's input is at fault, else "engine".
        packages: as pip names them, where these are missing.
        choices: names, where one of them has to be chosen.
    """

    message: str
    hint: str = ""
    kind: str = "engine"
    packages: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()

    @classmethod
    def of(cls, error: Exception) -> Failed:
        """What an exception says to a user."""
        known = as_known_error(error)
        kind = "input" if isinstance(known, InputError) else "engine"
        packages = known.packages if isinstance(known, PackageMissingError) else ()
        choices = known.choices if isinstance(known, ChoiceError) else ()
        return cls(known.message, known.hint, kind, packages, choices)

    @property
    def text(self) -> str:
        """Both sentences."""
        return f"{self.message} {self.hint}".strip()

    @property
    def error(self) -> RABSegmentError:
        """An exception that says the same."""
        if self.packages:
            return PackageMissingError.saying(self.message, self.hint, self.packages)
        if self.choices:
            return ChoiceError(self.message, self.hint, self.choices)
        return (InputError if self.kind == "input" else EngineError)(self.message, self.hint)


@dataclass(frozen=True)
class Started:
    """The engine process is ready for requests.

    Attributes:
        protocol: version of the protocol that it speaks.
        version: of the engine.
        pid: of its own process, whatever launched it.
    """

    protocol: int
    version: str
    pid: int


@dataclass(frozen=True)
class Opened:
    """A cine is open.

    Attributes:
        frames: how many there are.
        height, width: of a frame, in pixels.
        channels: 1 grey, 3 RGB.
        spacing, index_name, index_unit, warnings: as those of `rabengine.cine.Cine`.
    """

    frames: int
    height: int
    width: int
    channels: int
    spacing: tuple[float, float] | None = None
    index_name: str = "frame"
    index_unit: str = ""
    warnings: tuple[str, ...] = ()

    @classmethod
    def of(cls, cine: Cine) -> Opened:
        """What is told of a cine."""
        channels = 1 if cine.frames.ndim == 3 else int(cine.frames.shape[3])
        return cls(
            cine.frame_count,
            *cine.frame_size,
            channels,
            cine.spacing,
            cine.index_name,
            cine.index_unit,
            cine.warnings,
        )


@dataclass(frozen=True)
class CineRead:
    """A cine was read."""

    cine: Cine


Event = Progress | PartialResult  # on the way
RunEvent = Event | Done | Stopped | Failed  # exactly one of the last three is the end
PromptEvent = PromptedMask | Done | Stopped | Failed  # exactly one; Done where features were prepared
WorkerEvent = RunEvent | Started | Opened | CineRead | PromptedMask
ProgressCallback = Callable[[Event], None]
