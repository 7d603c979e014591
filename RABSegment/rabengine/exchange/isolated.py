"""Read marks of sets and files in a process of their own: a damaged one costs one sentence, never the program."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rabengine.cine import Cine
from rabengine.io.marks import isolated
from rabengine.io.marks.types import Marks

from .archive import is_archive
from .find import is_set
from .marks import read_any_marks


def read_any_marks_isolated(
    path: str | Path,
    cine: Cine,
    frame: int | None = None,
    name: str | None = None,
    sums: Sequence[int] | None = None,
    cancel: threading.Event | None = None,
    python: Sequence[str] = (),
) -> Marks:
    """As `rabengine.exchange.marks.read_any_marks`, in a child process; see `rabengine.io.marks.isolated`."""
    path = Path(path)
    wanted: dict[str, Any] = {"path": str(path), "name": name, "frame": frame}
    if sums is not None:
        wanted["sums"] = list(sums)
    kind = "set" if is_archive(path) or is_set(path) else "labels" if frame is None else "file"
    return isolated.marks_of_child(__name__, wanted, [str(path)], f"The {kind} {path}", cine, cancel, python)


def answer(request: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """What the child answers to a request of this module; the labels are a file in `folder`.

    Raises:
        InputError: as `read_any_marks`.
    """
    cine = isolated.cine_of_request(request)
    found = read_any_marks(Path(request["path"]), cine, request["frame"], request["name"], request["sums"])
    return isolated.marks_answer(found, folder)


more_memory = isolated.more_memory
