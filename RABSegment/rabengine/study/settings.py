"""What holds for all cines of a study."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from rabengine.errors import InputError
from rabengine.presets import DEFAULT, PRESETS

from .storage import check_url


@dataclass(frozen=True)
class StudySettings:
    """Settings.

    Attributes:
        preset: with which cines are segmented.
        supports: at most so many marked frames of other cines serve one that has none of its own.
        witnesses: so many other cines, the best-matching ones, are asked each by itself whether a cine without marks is
            right; 0 to ask none.
        certain: a cine whose mean confidence is below this needs a person.
        store: URL below which predictions are kept, as fsspec knows them; "" for the study's own folder.
        segments: {label value: name}.

    Raises:
        InputError: one cannot be used.
    """

    preset: str = DEFAULT
    supports: int = 5
    witnesses: int = 3
    certain: float = 0.85
    store: str = ""
    segments: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.preset not in PRESETS.names():
            raise InputError(f"There is no preset {self.preset}.", f"Choose {', '.join(PRESETS.names())}.")
        if not 1 <= self.supports <= 100:
            raise InputError("The number of supports is not from 1 to 100.", "Give a number like 5.")
        if not 0 <= self.witnesses <= 100:
            raise InputError("The number of witnesses is not from 0 to 100.", "Give a number like 3.")
        if not 0 <= self.certain <= 1:
            raise InputError("The confidence that is certain enough is not from 0 to 1.", "Give a number like 0.85.")
        check_url(self.store)

    def as_json(self) -> dict[str, Any]:
        """Plain values, for programs."""
        return {**asdict(self), "segments": {str(value): name for value, name in self.segments.items()}}


def check_names(segments: Mapping[int, str], names: Mapping[int, str]) -> tuple[str, ...]:
    """Sentences on label values that marks call otherwise than the study does, whose names stay.

    Args:
        segments: {label value: name} of the study. names: of the marks.

    Raises:
        InputError: the study calls another label value so: the marks have the values of other segments.
    """
    values = {name.casefold(): value for value, name in segments.items()}
    notes = []
    for value, name in sorted(names.items()):
        known = segments.get(value)
        if known is not None and known.casefold() == name.casefold():
            continue
        meant = values.get(name.casefold())
        if meant is not None:
            raise InputError(
                f"The marks call label {value} {name}, which is label {meant} in the study.",
                "Give segments the label values that they have in the study.",
            )
        if known is not None:
            notes.append(f"Label {value} is {known} in the study, though the marks call it {name}.")
    return tuple(notes)


def read_settings(connection: sqlite3.Connection) -> StudySettings:
    """The settings of a study.

    Raises:
        InputError: one cannot be used, such as a preset of a package that is not installed here.
    """
    known = {one.name for one in fields(StudySettings)}
    rows = connection.execute("SELECT name, value FROM settings")
    told = {row["name"]: json.loads(row["value"]) for row in rows if row["name"] in known}
    told["segments"] = {int(value): name for value, name in told.get("segments", {}).items()}
    return StudySettings(**told)


def write_settings(connection: sqlite3.Connection, settings: StudySettings) -> None:
    """Keep them."""
    for name, value in settings.as_json().items():
        connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, json.dumps(value)))
