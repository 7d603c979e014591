"""`results.json`: every score with all that is needed to read it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rabengine.errors import InputError
from rabengine.io.files.atomic import atomic_file

from .cases import TO_TARGET, Case, CaseRun

FORMAT = "rabsegment-evaluation-1"
FILE_NAME = "results.json"

Record = dict[str, Any]


@dataclass
class Results:
    """All results of an output folder.

    Attributes:
        settings: of the last run.
        machine: what it ran on.
        weights: {"file", "sha256"} of the presets' weights.
        methods: {name: {"title", "kind"}} in the order of the tables.
        skipped: {name: why it could not be run}.
        videos: {name: {"folder", "kind"}} in the order of the tables.
        records: scores, one for each method, video, protocol, object and seed.
        corrections: marks to the target, one for each method, video, strategy and seed.
        errors: the runs that failed.
        outdated: names of the methods whose code changed while they were measured, so that figures do not compare.
    """

    settings: Record = field(default_factory=dict)
    machine: Record = field(default_factory=dict)
    weights: Record = field(default_factory=dict)
    methods: dict[str, Record] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    videos: dict[str, Record] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    corrections: list[Record] = field(default_factory=list)
    errors: list[Record] = field(default_factory=list)
    outdated: list[str] = field(default_factory=list)

    def add(self, case: Case, answers: Sequence[Mapping[str, Any]], threads: int) -> None:
        """Add what the process of a case answered; what is there of the same runs is replaced."""
        for answer in answers:
            run = CaseRun(answer["protocol"], answer["seed"])
            common = {"method": case.method, "video": case.video, "protocol": run.protocol, "seed": run.seed}
            common |= {"version": answer["version"], "threads": threads}
            if "error" in answer:
                self.errors.append({**common, "error": answer["error"]})
            elif run.strategy is not None:
                self.corrections.append({**common, **(answer["correction"] or {"strategy": run.strategy})})
            else:
                facts = {key: value for key, value in answer.items() if key not in ("records", *common)}
                self.records += [{**common, **facts, **record} for record in answer["records"]]

    def has(self, method: str, video: str, run: CaseRun) -> bool:
        """Whether a run is there already."""
        rows = self.corrections if run.protocol.startswith(TO_TARGET) else self.records
        wanted = (method, video, run.protocol, run.seed)
        return any((row["method"], row["video"], row["protocol"], row["seed"]) == wanted for row in rows)

    def keep(self, is_kept: Callable[[Record], bool]) -> int:
        """Drop the rows that are not to be kept, and all errors; returns how many scores were dropped."""
        before = len(self.records) + len(self.corrections)
        self.records = [row for row in self.records if is_kept(row)]
        self.corrections = [row for row in self.corrections if is_kept(row)]
        self.errors = []
        return before - len(self.records) - len(self.corrections)

    def write(self, folder: Path) -> None:
        """Write results.json, one record a line, so that it can be read and compared.

        Raises:
            InputError: it cannot be written.
        """
        parts = [f'"format": {json.dumps(FORMAT)}']
        for name, value in vars(self).items():
            if isinstance(value, list):
                rows = ",\n".join(json.dumps(row) for row in value)
                parts.append(f'"{name}": [\n{rows}\n]' if rows else f'"{name}": []')
            else:
                parts.append(f'"{name}": {json.dumps(value, indent=1)}')
        with atomic_file(folder / FILE_NAME) as unfinished:
            unfinished.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def read_results(folder: Path) -> Results:
    """The results that an earlier run left in a folder, none where it left none.

    Raises:
        InputError: the file there is not one of ours.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        return Results()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.pop("format") != FORMAT:
            raise ValueError("another format")
        return Results(**content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} holds no results of an evaluation.", "Leave out --resume or take it away.") from error
