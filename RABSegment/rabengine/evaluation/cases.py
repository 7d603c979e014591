"""The cases of an evaluation: a method on a video, and the runs of each that are kept or measured again as a whole."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .preset_method import EngineChoices

TO_TARGET = "to-target"


@dataclass(frozen=True)
class CaseRun:
    """A part of a case that is kept or measured again as a whole.

    Attributes:
        protocol: one of `protocols.PROTOCOLS`, or "to-target:STRATEGY".
        seed: of the method.
    """

    protocol: str
    seed: int

    @property
    def strategy(self) -> str | None:
        """Of a run to the target; None for the others."""
        name, _, strategy = self.protocol.partition(":")
        return strategy if name == TO_TARGET else None


@dataclass(frozen=True)
class Case:
    """One method on one video.

    Attributes:
        method: its name.
        video: the video's name.
        folder: of the video.
        objects: as in `Settings`.
        frames: as in `Settings`.
        engine: as in `Settings`.
        runs: what to measure.
        sheet: the contact sheet of worst frames to write, None for none.
        sheet_run: the run whose frames it shows.
        answers: file to which each run's answer is added as a line of JSON.
    """

    method: str
    video: str
    folder: Path
    objects: tuple[int, ...] | None
    frames: int | None
    engine: EngineChoices
    runs: tuple[CaseRun, ...]
    sheet: Path | None
    sheet_run: CaseRun | None
    answers: Path

    def to_json(self) -> str:
        return json.dumps(asdict(self), default=str)

    @staticmethod
    def from_json(text: str) -> Case:
        fields: dict[str, Any] = json.loads(text)
        engine = fields["engine"]
        engine["weights"] = None if engine["weights"] is None else Path(engine["weights"])
        fields["engine"] = EngineChoices(**engine)
        fields["runs"] = tuple(CaseRun(**run) for run in fields["runs"])
        fields["sheet_run"] = None if fields["sheet_run"] is None else CaseRun(**fields["sheet_run"])
        fields["objects"] = None if fields["objects"] is None else tuple(fields["objects"])
        for name in ("folder", "answers"):
            fields[name] = Path(fields[name])
        fields["sheet"] = None if fields["sheet"] is None else Path(fields["sheet"])
        return Case(**fields)
