"""What is told of a run of a study."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

STARTED, DONE, WORKERS = "started", "done", "workers"  # and the ends that `queue` has


@dataclass(frozen=True)
class RunEvent:
    """What happens in a run.

    Attributes:
        event: "started", "done", "failed", "retried" (it failed and will be tried again), "lost" (another process
            took the cine meanwhile), or "workers" (something is to be said of those who do the work, or of the
            place where predictions lie, in `problem`).
        cine: its number, 0 for none. path: of the cine.
        finished: cines that this run is done with. left: cines that are still to be done, as far as is known.
        seconds_left: for those, by the pace so far; None before the first is done.
        confidence, needs_person, why: of the prediction that was made.
        problem: why it failed. warnings: sentences for the user.
    """

    event: str
    cine: int = 0
    path: str = ""
    finished: int = 0
    left: int = 0
    seconds_left: float | None = None
    confidence: float | None = None
    needs_person: bool | None = None
    why: str = ""
    problem: str = ""
    warnings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain values, for programs."""
        return {**asdict(self), "warnings": list(self.warnings)}


@dataclass(frozen=True)
class RunSummary:
    """What a run has done.

    Attributes:
        done: numbers of the cines that were segmented. failed: {number: why}.
        need_person: of those done, the ones that somebody should look at.
        seconds: it took.
    """

    done: tuple[int, ...]
    failed: dict[int, str]
    need_person: tuple[int, ...]
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """Plain values, for programs."""
        failed = {str(number): why for number, why in self.failed.items()}
        return {**asdict(self), "done": list(self.done), "need_person": list(self.need_person), "failed": failed}
