"""Read marks in a process of their own: a mask that makes its reader fail costs one sentence, never the program.

The child (`rabengine.io.child`) is given the facts of the cine but not its frames; of these it knows a few check sums,
by which it can tell that the labels are the cine itself.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.cine import Cine, cine_of_record, cine_record
from rabengine.io.child import ask_child
from rabengine.io.files.owned_folder import OwnedFolder
from rabengine.io.legend import Concept, LegendEntry, Terminology

from .label_sequence import read_frame_labels
from .mark_file import read_mark_file
from .read import parse_mark_option, read_marks
from .types import Marks

_FILE = "marks.raw"


def read_marks_isolated(options: Sequence[str], cine: Cine, cancel: threading.Event | None = None) -> Marks:
    """As `rabengine.io.marks.read.read_marks`, in a child process.

    Args:
        cancel: ends the child when it is set.

    Raises:
        InputError: as `read_marks`, and when a reader crashed, stalled or ran out of memory.
        Cancelled: `cancel` was set.
    """
    paths = [str(parse_mark_option(option)[1]) for option in options]
    source = f"The mask {paths[0]}" if len(paths) == 1 else f"One of the masks {', '.join(paths)}"
    return marks_of_child(__name__, {"options": list(options)}, paths, source, cine, cancel)


def read_frame_labels_isolated(path: str | Path, cine: Cine, cancel: threading.Event | None = None) -> Marks:
    """As `rabengine.io.marks.label_sequence.read_frame_labels`, in a child process; see `read_marks_isolated`."""
    return marks_of_child(__name__, {"sequence": str(path)}, [str(path)], f"The labels {path}", cine, cancel)


def read_mark_file_isolated(path: str | Path, cine: Cine, frame: int, cancel: threading.Event | None = None) -> Marks:
    """As `rabengine.io.marks.mark_file.read_mark_file`, in a child process; see `read_marks_isolated`."""
    return marks_of_child(__name__, {"file": str(path), "frame": frame}, [str(path)], f"The file {path}", cine, cancel)


def answer(request: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """What the child answers to a request of this module; the labels are a file in `folder`.

    Raises:
        InputError: as the reader that is asked for.
    """
    return marks_answer(_read(request, cine_of_request(request)), folder)


def cine_of_request(request: Mapping[str, Any]) -> Cine:
    """The cine whose facts a request holds; no memory is taken for frames that nobody looks at."""
    frames = np.broadcast_to(np.zeros((), np.dtype(request["dtype"])), tuple(request["shape"]))
    return cine_of_record(request["cine"], frames)


def marks_answer(marks: Marks, folder: Path) -> dict[str, Any]:
    """The answer of a child that has read marks; the labels are a file in `folder`."""
    with (folder / _FILE).open("wb") as stream:
        for labels in marks.values():
            stream.write(np.ascontiguousarray(labels).data)
    names = {str(label): name for label, name in marks.names.items()}
    legend = {str(label): astuple(entry) for label, entry in marks.legend.items()}
    return {"frames": list(marks), "warnings": list(marks.warnings), "names": names, "legend": legend}


def more_memory(request: Mapping[str, Any]) -> int:
    """Bytes that the child may take beside what any reader may: some copies of all labels of the cine."""
    frames, rows, columns = request["shape"][:3]
    return 8 * int(frames) * int(rows) * int(columns)


def check_sums(frames: np.ndarray) -> list[int]:
    """Of the first, the middle and the last frame."""
    places = sorted({0, len(frames) // 2, len(frames) - 1}) if len(frames) else []
    return [zlib.crc32(np.ascontiguousarray(frames[place]).data) for place in places]


def marks_of_child(
    module: str,
    wanted: Mapping[str, Any],
    paths: Sequence[str],
    source: str,
    cine: Cine,
    cancel: threading.Event | None = None,
    python: Sequence[str] = (),
) -> Marks:
    """What a child process answers with `marks_answer`.

    Args:
        module: whose `answer` the child calls. wanted: for it, beside the facts of the cine, or in their place.
        paths: of what is read. source: what is read, for messages.
    """
    facts = {
        "cine": cine_record(cine),
        "shape": list(cine.frames.shape),
        "dtype": cine.frames.dtype.str,
        "sums": check_sums(cine.frames),
    }
    with OwnedFolder() as folder:
        found = ask_child(module, {**facts, **wanted}, paths, folder, source, cancel, python)
        shape = (len(found["frames"]), *cine.frame_size)
        labels = np.fromfile(folder / _FILE, np.uint8).reshape(shape)
    names = {int(label): name for label, name in found["names"].items()}
    legend = {int(label): _entry(told) for label, told in found["legend"].items()}
    return Marks(dict(zip(found["frames"], labels, strict=True)), found["warnings"], names, legend)


def _entry(told: Sequence[Any]) -> LegendEntry:
    """As JSON tells it."""
    name, (red, green, blue), codes = told
    concepts = [None if one is None else Concept(*one) for one in codes or ()]
    return LegendEntry(name, (red, green, blue), Terminology(*concepts) if codes else None)  # type: ignore[arg-type]


def _read(request: Mapping[str, Any], cine: Cine) -> Marks:
    if "file" in request:
        return read_mark_file(request["file"], cine, request["frame"])
    if "sequence" in request:
        sums = list(request["sums"])
        return read_frame_labels(request["sequence"], cine, lambda labels: check_sums(labels) == sums)
    return read_marks(request["options"], cine)
