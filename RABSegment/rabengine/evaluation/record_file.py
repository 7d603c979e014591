"""Records of a measurement in a JSON file, written after each so that a run of hours that ends early can go on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rabengine.errors import InputError
from rabengine.io.files.atomic import atomic_file
from rabengine.machine import describe_machine

Record = dict[str, Any]


@dataclass(frozen=True)
class RecordFile:
    """One of a kind of measurement.

    Attributes:
        path: of the file.
        format: what it says it is.
        mode: the option of `rabsegment evaluate` that writes it.
        needed: what each record has.
    """

    path: Path
    format: str
    mode: str
    needed: tuple[str, ...] = ()

    def write(self, settings: Mapping[str, Any], records: Sequence[Record]) -> None:
        """All records until now, in the place of what was there."""
        content = {"format": self.format, "settings": settings, "machine": describe_machine(), "records": records}
        with atomic_file(self.path) as unfinished:
            unfinished.write_text(json.dumps(content, indent=1, default=str), encoding="utf-8")

    def read(self, settings: Mapping[str, Any] | None = None) -> list[Record]:
        """What an earlier run left; of one with other settings, if they are given, nothing.

        Raises:
            InputError: the file is not one of this kind.
        """
        if not self.path.is_file():
            return []
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            if content["format"] != self.format:
                raise ValueError("another format")
            if settings is not None and content["settings"] != settings:
                return []
            return [{**record, **{name: record[name] for name in self.needed}} for record in content["records"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            hint = "Leave out --resume or take it away."
            raise InputError(f"{self.path} holds no results of {self.mode}.", hint) from error
