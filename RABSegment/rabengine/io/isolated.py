"""Read a cine in a process of its own: a file that makes its reader fail costs one sentence, never the program.

The child (`rabengine.io.child`) hands the frames over in a file.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.cine import Cine, cine_of_record, cine_record
from rabengine.errors import RABSegmentError
from rabengine.io.files.owned_folder import OwnedFolder

from . import child, frame_buffer
from .frame_buffer import MEMORY_LIMIT_BYTES
from .options import DEFAULT_OPTIONS, ReadOptions
from .read import load_frames, read_cine, require_file
from .readers import reader_of

_FILE = "frames.raw"
_kept: list[np.ndarray] = []  # in a child: the file of a long cine is removed with the last array that maps it


def read_cine_isolated(
    path: str | Path,
    within: Path | None = None,
    options: ReadOptions = DEFAULT_OPTIONS,
    cancel: threading.Event | None = None,
    python: Sequence[str] = (),
) -> Cine:
    """As `rabengine.io.read.read_cine`, in a child process unless the format needs no library that could crash.

    Args:
        cancel: ends the child when it is set.
        python: command that starts Python; by default the interpreter that runs this.

    Raises:
        InputError: as `read_cine`, and when the reader crashed, stalled or ran out of memory.
        Cancelled: `cancel` was set.
    """
    if _is_safe(Path(path)):
        return read_cine(path, within, options)
    return _in_child(Path(path), within, options, True, cancel, python)


def load_frames_isolated(path: str | Path, options: ReadOptions = DEFAULT_OPTIONS) -> Cine:
    """As `rabengine.io.read.load_frames`, in a child process; see `read_cine_isolated`."""
    if _is_safe(Path(path)):
        return load_frames(path, None, options)
    return _in_child(Path(path), None, options, False)


def answer(request: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """What the child answers to a request of this module; the frames are a file in `folder`.

    Raises:
        InputError: as `read_cine`.
    """
    frame_buffer.MEMORY_LIMIT_BYTES = request["memory_limit"]
    told = request["options"]
    options = ReadOptions(**{**told, "spacing": None if told["spacing"] is None else tuple(told["spacing"])})
    within = None if request["within"] is None else Path(request["within"])
    read = read_cine if request["checked"] else load_frames
    cine = read(Path(request["path"]), within, options)
    frames = cine.frames
    _kept.append(frames)
    facts = {"file": _file_of(frames, folder), "shape": list(frames.shape), "dtype": frames.dtype.str}
    return {"cine": cine_record(cine), "frames": facts}


def more_memory(_request: Mapping[str, Any]) -> int:
    """Bytes that the child may take beside what any reader may."""
    return 0


def _is_safe(path: Path) -> bool:
    """Whether it is refused before it is opened, or read by nothing but Python and NumPy, or this is a child."""
    if child.is_child:
        return True
    try:
        require_file(path)
        reader = reader_of(path)
    except (RABSegmentError, OSError, ValueError):
        return True
    return reader is None or getattr(reader, "is_plain_python", False)


def _in_child(
    path: Path,
    within: Path | None,
    options: ReadOptions,
    is_checked: bool,
    cancel: threading.Event | None = None,
    python: Sequence[str] = (),
) -> Cine:
    with OwnedFolder() as folder:
        request = {
            "path": str(path),
            "within": None if within is None else str(within),
            "options": asdict(options),
            "checked": is_checked,
            "memory_limit": MEMORY_LIMIT_BYTES,
        }
        found = child.ask_child(__name__, request, [str(path)], folder, str(path), cancel, python)
        return cine_of_record(found["cine"], _frames(folder, found["frames"]))


def _frames(folder: Path, facts: Mapping[str, Any]) -> np.ndarray:
    """Few frames go into memory; many stay in the file, which has no name any more where the system allows that."""
    file = folder / facts["file"]
    shape = tuple(facts["shape"])
    kind = np.dtype(facts["dtype"])
    if file.stat().st_size <= MEMORY_LIMIT_BYTES:
        frames = np.fromfile(file, kind).reshape(shape)
        frames.flags.writeable = False
        return frames
    if os.name == "posix":
        return np.memmap(file, kind, "r", shape=shape)
    kept = OwnedFolder()
    file.replace(kept.path / file.name)
    mapped = np.memmap(kept.path / file.name, kind, "r", shape=shape)
    weakref.finalize(mapped._mmap, kept.remove)  # type: ignore[attr-defined]
    return mapped


def _file_of(frames: Any, folder: Path) -> str:
    """The file below `folder` that holds the frames: the one of long cines, or a new one."""
    mapped = Path(str(getattr(frames, "filename", None) or "/"))
    is_whole = isinstance(frames, np.memmap) and mapped.is_relative_to(folder) and frames.flags.c_contiguous
    if is_whole and mapped.stat().st_size == frames.nbytes:
        frames.flush()
        return mapped.relative_to(folder).as_posix()
    with (folder / _FILE).open("wb") as stream:
        for frame in frames:
            stream.write(np.ascontiguousarray(frame).data)
    return _FILE
