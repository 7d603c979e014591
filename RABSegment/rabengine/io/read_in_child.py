"""The process that `rabengine.io.isolated` starts: reads one cine, or the marks on one, and ends.

One JSON object on stdin says what to read. Answer and frames are files in the folder that it names; nothing is written
to stdout. When stdin ends before that, the parent is gone: the folder is removed and the process ends.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_BASE_BYTES = 2**30
_MOST_UNPACKED = 256  # times the size of the file may be held in memory
_BEAT_SECONDS = 1.0
_kept: list[Any] = []  # the file of long cines is removed with the last array that maps it


def main() -> None:
    """Read what stdin says, and leave without the clean-up that would take the frames away."""
    request = json.loads(sys.stdin.buffer.readline())
    folder = Path(request["folder"])
    threading.Thread(target=_end_with_parent, args=(folder,), daemon=True).start()
    threading.Thread(target=_beat, args=(folder / "alive",), daemon=True).start()
    answer = _answer(request, folder)
    unfinished = folder / "answer.part"
    unfinished.write_text(json.dumps(answer), encoding="utf-8")
    unfinished.replace(folder / "answer.json")
    os._exit(0)


def _answer(request: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    from rabengine.errors import InputError, lacks_memory
    from rabengine.events import Failed
    from rabengine.worker.lines import to_fields

    try:
        return _read_marks(request["marks"], folder) if "marks" in request else _read(request, folder)
    except Exception as error:
        if lacks_memory(error) and not isinstance(error, InputError):
            return {"event": "memory"}
        return to_fields(Failed.of(error))


def _read(request: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    from rabengine.cine import cine_record

    from . import frame_buffer
    from .read import ReadOptions, load_frames, read_cine

    path = Path(request["path"])
    _limit_memory(_BASE_BYTES + _MOST_UNPACKED * _size(path))
    frame_buffer.MEMORY_LIMIT_BYTES = request["memory_limit"]
    told = request["options"]
    options = ReadOptions(**{**told, "spacing": None if told["spacing"] is None else tuple(told["spacing"])})
    within = None if request["within"] is None else Path(request["within"])
    read = read_cine if request["checked"] else load_frames
    cine = read(path, within, options)
    frames = cine.frames
    _kept.append(frames)
    facts = {"file": _file_of(frames, folder), "shape": list(frames.shape), "dtype": frames.dtype.str}
    return {"cine": cine_record(cine), "frames": facts}


def _read_marks(request: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    from rabengine.io.marks.isolated import answer_for_marks, memory_for_marks

    from . import isolated

    isolated.is_child = True
    sizes = [_size(Path(path)) for path in request["paths"]]
    _limit_memory(_BASE_BYTES + _MOST_UNPACKED * max(sizes, default=0) + memory_for_marks(request))
    return answer_for_marks(request, folder)


def _file_of(frames: Any, folder: Path) -> str:
    """The file below `folder` that holds the frames: the one of long cines, or a new one."""
    import numpy as np

    mapped = Path(str(getattr(frames, "filename", None) or "/"))
    is_whole = isinstance(frames, np.memmap) and mapped.is_relative_to(folder) and frames.flags.c_contiguous
    if is_whole and mapped.stat().st_size == frames.nbytes:
        frames.flush()
        return mapped.relative_to(folder).as_posix()
    with (folder / "frames.raw").open("wb") as stream:
        for frame in frames:
            stream.write(np.ascontiguousarray(frame).data)
    return "frames.raw"


def _limit_memory(limit: int) -> None:
    """What a bomb unpacks to must not take the memory of other programs; where the system can limit it."""
    try:
        import resource
    except ImportError:  # Windows
        return
    _soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    try:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
    except (OSError, ValueError):
        return


def _size(path: Path) -> int:
    """Of the file, or of all in the folder around one that names others."""
    from .registry import reader_of

    try:
        if not path.is_dir():
            reader = reader_of(path)
            behind = reader.files_behind(path) if reader is not None else []
            return sum(file.stat().st_size for file in (path, *behind) if file.is_file())
        return sum(entry.stat().st_size for entry in os.scandir(path) if entry.is_file())
    except Exception:
        return 0


def _end_with_parent(folder: Path) -> None:
    sys.stdin.buffer.read()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def _beat(file: Path) -> None:
    """Tell by the time of a file that frames go on coming."""
    from . import frame_buffer

    last = -1
    while True:
        if frame_buffer.appended != last:
            last = frame_buffer.appended
            try:
                file.touch()
                os.utime(file)
            except OSError:
                return
        time.sleep(_BEAT_SECONDS)


if __name__ == "__main__":
    main()
