"""The process that `rabengine.io.child` starts: reads what it is asked for, and ends.

One JSON object on stdin says what to read, and which module does it. The answer and all that goes with it are files in
the folder that it names; nothing is written to stdout. When stdin ends before that, the parent is gone: the folder is
removed and the process ends.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rabengine.errors import InputError, lacks_memory, lacks_room
from rabengine.io.files.atomic import atomic_file

from .child import ALIVE, ANSWER, NO_ROOM

_BASE_BYTES = 2**30
_MOST_UNPACKED = 256  # times the size of the file may be held in memory
_BEAT_SECONDS = 1.0
_REMOVALS = 20  # the other threads may put a file into the folder while it is emptied


def main() -> None:
    """Read what stdin says, and leave without the clean-up that would take the frames away."""
    whole = json.loads(sys.stdin.buffer.readline())
    folder = Path(whole["folder"])
    threading.Thread(target=_end_with_parent, args=(folder,), daemon=True).start()
    threading.Thread(target=_beat, args=(folder / ALIVE,), daemon=True).start()
    answer = _answer(whole, folder)
    try:
        with atomic_file(folder / ANSWER) as unfinished:
            unfinished.write_text(json.dumps(answer), encoding="utf-8")
    except InputError as error:
        os._exit(NO_ROOM if lacks_room(error) else 1)
    os._exit(0)


def _answer(whole: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    from rabengine.events import Failed

    from .event_lines import to_fields

    try:
        return _read(whole, folder)
    except Exception as error:
        if lacks_memory(error) and not isinstance(error, InputError):
            return {"event": "memory"}
        return to_fields(Failed.of(error))


def _read(whole: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    from . import child

    child.is_child = True
    module, request = importlib.import_module(whole["module"]), whole["request"]
    largest = max((_size(Path(path)) for path in whole["paths"]), default=0)
    _limit_memory(_BASE_BYTES + _MOST_UNPACKED * largest + module.more_memory(request))
    answer: dict[str, Any] = module.answer(request, folder)
    return answer


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
    from .readers import reader_of

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
    for _ in range(_REMOVALS):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            break
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
