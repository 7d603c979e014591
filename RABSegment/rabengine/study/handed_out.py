"""What left a study, in its log: where its labels went, of which cines, and whether they still say whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rabengine.errors import InputError

from .log import person, write_entry
from .study import Study

EXPORT = "export"


@dataclass
class HandedOut:
    """What was written for others so far.

    Attributes:
        cines: numbers of those that are in it.
        unlogged: why the study's log does not tell of it, a sentence; "" where it does.
    """

    cines: list[int] = field(default_factory=list)
    unlogged: str = ""


@contextmanager
def handing_out(
    study: Study, to: Path, form: str, *, is_deidentified: bool = False, by: str = ""
) -> Iterator[HandedOut]:
    """Tell the log of files that are written for others, at the end, also of those that are there when it fails.

    Args:
        to: their folder or file. form: their format.
        by: who has them written; the user of this computer by default.
    """
    handed = HandedOut()
    try:
        yield handed
    finally:
        if handed.cines:
            try:
                with study.database.writing() as connection:
                    write_entry(
                        connection,
                        person(by),
                        EXPORT,
                        to=str(to.resolve()),
                        format=form,
                        deidentified=is_deidentified,
                        cines=sorted(handed.cines),
                    )
            except InputError as error:  # what was written is whole; a study on a read-only share may be exported, too
                handed.unlogged = f"The study's log does not tell of this export: {error.message}"
