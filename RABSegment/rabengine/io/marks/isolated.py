"""Read marks in a process of their own: a mask that makes its reader fail costs one sentence, never the program.

The child is the one of `rabengine.io.isolated`. It is given the facts of the cine but not its frames; of these it
knows a few check sums, by which it can tell that the labels are the cine itself.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.cine import Cine, cine_of_record, cine_record
from rabengine.io.files.owned_folder import OwnedFolder
from rabengine.io.isolated import ask_child

from .label_sequence import read_label_sequence
from .read import parse_mark_option, read_marks
from .types import Marks

_FILE = "marks.raw"


def read_marks_isolated(
    options: Sequence[str], cine: Cine, cancel: threading.Event | None = None, python: Sequence[str] = ()
) -> Marks:
    """As `rabengine.io.marks.read.read_marks`, in a child process.

    Args:
        cancel: ends the child when it is set.
        python: command that starts Python; by default the interpreter that runs this.

    Raises:
        InputError: as `read_marks`, and when a reader crashed, stalled or ran out of memory.
        Cancelled: `cancel` was set.
    """
    paths = [str(parse_mark_option(option)[1]) for option in options]
    source = f"The mask {paths[0]}" if len(paths) == 1 else f"One of the masks {', '.join(paths)}"
    return _in_child({"options": list(options), "paths": paths}, source, cine, cancel, python)


def read_label_sequence_isolated(
    path: str | Path, cine: Cine, cancel: threading.Event | None = None, python: Sequence[str] = ()
) -> Marks:
    """As `rabengine.io.marks.label_sequence.read_label_sequence`, in a child process; see `read_marks_isolated`."""
    return _in_child({"sequence": str(path), "paths": [str(path)]}, f"The labels {path}", cine, cancel, python)


def _in_child(
    wanted: Mapping[str, Any], source: str, cine: Cine, cancel: threading.Event | None, python: Sequence[str]
) -> Marks:
    facts = {
        "cine": cine_record(cine),
        "shape": list(cine.frames.shape),
        "dtype": cine.frames.dtype.str,
        "sums": check_sums(cine.frames),
    }
    with OwnedFolder() as folder:
        answer = ask_child({"marks": {**wanted, **facts}}, folder, source, cancel, python)["marks"]
        shape = (len(answer["frames"]), *cine.frame_size)
        labels = np.fromfile(folder / _FILE, np.uint8).reshape(shape)
    names = {int(label): name for label, name in answer["names"].items()}
    return Marks(dict(zip(answer["frames"], labels, strict=True)), answer["warnings"], names)


def answer_for_marks(request: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """What the child answers to a request of this module; the labels are a file in `folder`.

    Raises:
        InputError: as `read_marks` and `read_label_sequence`.
    """
    # No memory is taken for frames that nobody looks at.
    frames = np.broadcast_to(np.zeros((), np.dtype(request["dtype"])), tuple(request["shape"]))
    cine = cine_of_record(request["cine"], frames)
    if "sequence" in request:
        marks = read_label_sequence(
            request["sequence"], cine, lambda labels: check_sums(labels) == list(request["sums"])
        )
    else:
        marks = read_marks(request["options"], cine)
    with (folder / _FILE).open("wb") as stream:
        for labels in marks.values():
            stream.write(np.ascontiguousarray(labels).data)
    names = {str(label): name for label, name in marks.names.items()}
    return {"marks": {"frames": list(marks), "warnings": list(marks.warnings), "names": names}}


def memory_for_marks(request: Mapping[str, Any]) -> int:
    """Bytes that reading marks for a cine may take beside what any reader may: some copies of all its labels."""
    frames, rows, columns = request["shape"][:3]
    return 8 * int(frames) * int(rows) * int(columns)


def check_sums(frames: np.ndarray) -> list[int]:
    """Of the first, the middle and the last frame."""
    places = sorted({0, len(frames) // 2, len(frames) - 1}) if len(frames) else []
    return [zlib.crc32(np.ascontiguousarray(frames[place]).data) for place in places]
