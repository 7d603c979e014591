"""JSON files of other programs: read within bounds, and a sentence where they are damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rabengine.errors import InputError

_LONGEST = 2 * 2**30  # bytes


def read_json(path: Path) -> dict[str, Any]:
    """The object that a JSON file holds.

    Raises:
        InputError: it cannot be read, or holds something else.
    """
    try:
        if path.stat().st_size > _LONGEST:
            raise InputError(f"{path} is larger than 2 GB.", "Split it.")
        told = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror or error}).", "Check the file.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is damaged: it is no JSON.", "Export it again.") from error
    if not isinstance(told, dict):
        raise InputError(f"{path} is no JSON object.", "Export it again.")
    return told


def write_json(path: Path, content: Any) -> None:
    """Write JSON in one line; the files are long and for programs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, allow_nan=False) + "\n", encoding="utf-8")
