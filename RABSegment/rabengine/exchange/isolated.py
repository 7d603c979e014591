"""Read marks of a set in a process of their own: a damaged one costs one sentence, never the program."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rabengine.cine import Cine
from rabengine.io.marks import isolated
from rabengine.io.marks.types import Marks

from .find import read_set


def read_set_isolated(
    path: str | Path,
    cine: Cine,
    name: str | None = None,
    cancel: threading.Event | None = None,
    python: Sequence[str] = (),
) -> Marks:
    """As `rabengine.exchange.find.read_set`, in a child process; see `rabengine.io.marks.isolated`."""
    wanted = {"set": str(path), "name": name}
    return isolated.marks_of_child(__name__, wanted, [str(path)], f"The set {path}", cine, cancel, python)


def answer(request: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """What the child answers to a request of this module; the labels are a file in `folder`.

    Raises:
        InputError: as `read_set`.
    """
    cine = isolated.cine_of_request(request)
    return isolated.marks_answer(read_set(Path(request["set"]), cine, request["name"], request["sums"]), folder)


more_memory = isolated.more_memory
