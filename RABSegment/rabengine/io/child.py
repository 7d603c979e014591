"""Asks a process of its own to read something: what makes a reader fail costs that process, never the program.

The child (`rabengine.io.read_in_child`) gets a private temporary folder for all that it writes, answers in files there,
and ends itself when this process does.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rabengine.errors import Cancelled, EngineError, InputError, room_error

from .event_lines import failed_of

STALLED_SECONDS = 300.0  # without a frame
_POLL_SECONDS = 0.02
_KILLED = -9
_PACKAGES = Path(__file__).resolve().parents[2]
ANSWER, ALIVE = "answer.json", "alive"  # files in the folder of the child
NO_ROOM = 28  # exit code of a child whose answer found no room on the disk

is_child = False  # set in a child, which needs no other one: what makes it fail costs nothing but itself


def ask_child(
    module: str,
    request: Mapping[str, Any],
    paths: Sequence[str],
    folder: Path,
    source: str,
    cancel: threading.Event | None = None,
    python: Sequence[str] = (),
) -> dict[str, Any]:
    """The answer of a child process, which ends with it.

    Args:
        module: whose function `answer(request, folder)` gives it in the child, and whose function
            `more_memory(request)` the bytes that this may take beside what any reader may.
        request: to that module, as JSON.
        paths: of what is read; they bound the memory of the child.
        folder: for the files of the answer, and all that the child writes.
        source: what is read, for messages.
        cancel: ends the child when it is set.
        python: command that starts Python; by default the interpreter that runs this.

    Raises:
        InputError: what was asked for could not be read, or the child crashed, stalled or ran out of memory.
        Cancelled: `cancel` was set.
    """
    whole = {"module": module, "request": request, "paths": list(paths), "folder": str(folder)}
    code = _run(whole, folder, source, cancel, python or (sys.executable,))
    return _answer(folder, source, code)


def _run(
    request: Mapping[str, Any], folder: Path, path: str, cancel: threading.Event | None, python: Sequence[str]
) -> int:
    """Start the child and wait for its end; returns its exit code."""
    # Ctrl+C in a terminal reaches this process alone, which then ends the child; and no window opens on Windows.
    flags: dict[str, Any] = {"start_new_session": True}
    if os.name == "nt":
        flags = {"creationflags": getattr(subprocess, "CREATE_NO_WINDOW", 0)}
    try:
        child = subprocess.Popen(
            [*python, "-m", "rabengine.io.read_in_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_environment(folder),
            **flags,
        )
    except OSError as error:
        raise EngineError(
            f"The process that reads {path} cannot be started ({error.strerror}).", "Close other programs."
        ) from error
    try:
        assert child.stdin is not None  # it is a pipe
        with contextlib.suppress(OSError):  # it has ended already: its exit code tells
            child.stdin.write(json.dumps(request).encode() + b"\n")
            child.stdin.flush()  # left open: the child ends when it is closed
        _wait(child, folder, path, cancel)
        return int(child.returncode)
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        if child.stdin is not None:
            with contextlib.suppress(OSError):
                child.stdin.close()


def _environment(folder: Path) -> dict[str, str]:
    """All temporary files into the private folder, and no threads that take memory and do nothing."""
    paths = [str(_PACKAGES), *filter(None, [os.environ.get("PYTHONPATH", "")])]
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    places = {name: str(folder) for name in ("TMPDIR", "TEMP", "TMP")}
    return {**os.environ, **one_thread, **places, "PYTHONPATH": os.pathsep.join(paths)}


def _wait(child: subprocess.Popen[bytes], folder: Path, path: str, cancel: threading.Event | None) -> None:
    last, since = -1.0, time.monotonic()
    while True:
        try:
            child.wait(_POLL_SECONDS)
            return
        except subprocess.TimeoutExpired:
            pass
        if cancel is not None and cancel.is_set():
            raise Cancelled
        try:
            alive = (folder / ALIVE).stat().st_mtime
        except OSError:
            alive = 0.0
        if alive != last:
            last, since = alive, time.monotonic()
        elif time.monotonic() - since > STALLED_SECONDS:
            raise InputError(
                f"{path} was not read: nothing came of it for {STALLED_SECONDS:g} seconds.",
                "Convert it to .nrrd or .mp4, or give another file.",
            )


def _answer(folder: Path, path: str, code: int) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = json.loads((folder / ANSWER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise _crash(folder, path, code) from None
    if answer.get("event") == "memory":
        raise InputError(
            f"{path} needs more memory than there is for it.", "Give a shorter part of it, or smaller frames."
        )
    if answer.get("event") == "error":
        error = failed_of(answer).error
        own, others = str(folder), str(folder.parent)  # a place that its user knows
        error.message, error.hint = error.message.replace(own, others), error.hint.replace(own, others)
        raise error
    return answer


def _crash(folder: Path, path: str, code: int) -> InputError:
    if code == NO_ROOM:
        return room_error(f"the temporary folder {folder.parent}")
    if code == _KILLED:
        return InputError(
            f"{path} was not read: the system ended its reader, probably because memory ran out.",
            "Close other programs, or give a shorter part of it.",
        )
    return InputError(
        f"{path} is damaged: it made its reader fail (exit code {code}).",
        "Copy or export it again, or convert it to .nrrd or .mp4.",
    )
