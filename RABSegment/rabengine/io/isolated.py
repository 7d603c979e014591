"""Read a cine in a process of its own: a file that makes its reader fail costs one sentence, never the program.

The child (`rabengine.io.read_in_child`) gets a private temporary folder for all that it writes, hands the frames over
in a file there, and ends itself when this process does.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.cine import Cine, cine_of_record
from rabengine.errors import Cancelled, EngineError, InputError, RABSegmentError
from rabengine.io.files.owned_folder import OwnedFolder
from rabengine.worker.lines import failed_of

from .frame_buffer import MEMORY_LIMIT_BYTES
from .options import DEFAULT_OPTIONS, ReadOptions
from .read import load_frames, read_cine, require_file
from .registry import reader_of

STALLED_SECONDS = 300.0  # without a frame
_POLL_SECONDS = 0.02
_KILLED = -9
_PACKAGES = Path(__file__).resolve().parents[2]
_ANSWER, _ALIVE = "answer.json", "alive"

is_child = False  # set in a child, which needs no other one: what makes it fail costs nothing but itself


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


def load_frames_isolated(
    path: str | Path,
    options: ReadOptions = DEFAULT_OPTIONS,
    cancel: threading.Event | None = None,
    python: Sequence[str] = (),
) -> Cine:
    """As `rabengine.io.read.load_frames`, in a child process; see `read_cine_isolated`."""
    if _is_safe(Path(path)):
        return load_frames(path, None, options)
    return _in_child(Path(path), None, options, False, cancel, python)


def _is_safe(path: Path) -> bool:
    """Whether it is refused before it is opened, or read by nothing but Python and NumPy, or this is a child."""
    if is_child:
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
    cancel: threading.Event | None,
    python: Sequence[str],
) -> Cine:
    with OwnedFolder() as folder:
        request = {
            "path": str(path),
            "within": None if within is None else str(within),
            "options": asdict(options),
            "checked": is_checked,
        }
        answer = ask_child(request, folder, str(path), cancel, python)
        return cine_of_record(answer["cine"], _frames(folder, answer["frames"]))


def ask_child(
    request: Mapping[str, Any],
    folder: Path,
    source: str,
    cancel: threading.Event | None = None,
    python: Sequence[str] = (),
) -> dict[str, Any]:
    """The answer of a child process, which ends with it.

    Args:
        request: what `rabengine.io.read_in_child` understands.
        folder: for the files of the answer, and all that the child writes.
        source: what is read, for messages.
        cancel: ends the child when it is set.
        python: command that starts Python; by default the interpreter that runs this.

    Raises:
        InputError: what was asked for could not be read, or the child crashed, stalled or ran out of memory.
        Cancelled: `cancel` was set.
    """
    whole = {**request, "folder": str(folder), "memory_limit": MEMORY_LIMIT_BYTES}
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
            alive = (folder / _ALIVE).stat().st_mtime
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
        answer: dict[str, Any] = json.loads((folder / _ANSWER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise _crash(path, code) from None
    if answer.get("event") == "memory":
        raise InputError(
            f"{path} needs more memory than there is for it.", "Give a shorter part of it, or smaller frames."
        )
    if answer.get("event") == "error":
        raise failed_of(answer).error
    return answer


def _crash(path: str, code: int) -> InputError:
    if code == _KILLED:
        return InputError(
            f"{path} was not read: the system ended its reader, probably because memory ran out.",
            "Close other programs, or give a shorter part of it.",
        )
    return InputError(
        f"{path} is damaged: it made its reader fail (exit code {code}).",
        "Copy or export it again, or convert it to .nrrd or .mp4.",
    )


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
