"""Whose a cine is, only to keep the cines of one patient together: what tells it is never written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from rabengine.errors import InputError


def patient_by_pattern(path: Path, pattern: str) -> str:
    """What a regular expression finds in the path of a cine: its first group, or all that it matches.

    Raises:
        InputError: it is no regular expression, or finds nothing.
    """
    try:
        found = re.search(pattern, path.absolute().as_posix())
    except re.error as error:
        raise InputError(f"--patient-from {pattern} is no regular expression ({error}).", "Mend it.") from error
    text = "" if found is None else (found.group(1) if found.re.groups else found.group(0)) or ""
    if not text:
        raise InputError(
            f"--patient-from {pattern} finds no patient in {path}.",
            "Let it match a part of the path of every cine, such as '/(patient[0-9]+)/'.",
        )
    return text


def pseudonyms(patients: Sequence[str]) -> list[str]:
    """ "patient_001" and so on, in the order in which patients come; "" stays."""
    known: dict[str, str] = {}
    for patient in patients:
        if patient:
            known.setdefault(patient, f"patient_{len(known) + 1:03d}")
    return [known.get(patient, "") for patient in patients]
