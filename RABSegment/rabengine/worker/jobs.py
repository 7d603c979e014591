"""What the worker does for a request, and the arrays that go with it."""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

from rabengine.cine import Cine, cine_record
from rabengine.environment import require_torch
from rabengine.errors import Cancelled, EngineError, InputError, PackageMissingError, as_known_error
from rabengine.events import Event, Progress, progress_fields, result_fields
from rabengine.io.files.atomic import atomic_file
from rabengine.io.files.regular import check_regular

from .protocol import Channel, OpenRequest, ReadRequest, SegmentRequest

if TYPE_CHECKING:
    from rabengine.session.session import Session


def read_array(path: Path) -> np.ndarray:
    """The array in `path`, mapped rather than read.

    Raises:
        InputError: the file is missing or holds no plain array.
    """
    check_regular(path)
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        if not isinstance(array, np.ndarray):  # a .npz
            raise ValueError("several arrays")
        return array
    except FileNotFoundError as error:
        raise InputError(f"The file {path} does not exist.") from error
    except (OSError, ValueError, EOFError, SyntaxError, TypeError, OverflowError, MemoryError, BadZipFile) as error:
        raise InputError(f"The file {path} is no complete .npy array.") from error


def write_array(path: Path, array: np.ndarray) -> None:
    """Write `array` so that `path` never holds a part of it.

    Raises:
        EngineError: it cannot be written.
    """
    try:
        with atomic_file(path) as unfinished, unfinished.open("wb") as stream:
            np.save(stream, array, allow_pickle=False)
    except InputError as error:
        raise EngineError(error.message, "Make room on that disk.") from error


# Counted over the life of the process, so that no event names a file that an earlier one named.
_file_numbers = itertools.count()


@dataclass(frozen=True)
class OpenCine:
    """What the worker keeps warm."""

    cine: Cine
    session: Session
    folder: Path


class Job:
    """A request on its way: sends its events, and nothing after its last one."""

    def __init__(self, request: OpenRequest | ReadRequest | SegmentRequest, channel: Channel) -> None:
        self.request = request
        self.cancel = threading.Event()
        self._channel = channel
        self._lock = threading.Lock()
        self._is_answered = False

    def tell(self, event: str, **fields: Any) -> None:
        """Send an event that is not the last one."""
        with self._lock:
            if not self._is_answered:
                self._channel.send(event, self.request.id, **fields)

    def answer(self, event: str, **fields: Any) -> bool:
        """Send the last event; False when the last one has been sent before."""
        with self._lock:
            if self._is_answered:
                return False
            self._is_answered = True
            self._channel.send(event, self.request.id, **fields)
            return True

    def fail(self, error: Exception) -> None:
        """Answer with what went wrong."""
        known = as_known_error(error)
        if isinstance(known, Cancelled):
            self.answer("cancelled")
            return
        kind = "input" if isinstance(known, InputError) else "engine"
        packages = {"packages": list(known.packages)} if isinstance(known, PackageMissingError) else {}
        self.answer("error", kind=kind, message=known.message, hint=known.hint, **packages)


def open_cine(job: Job, request: OpenRequest) -> OpenCine:
    """Read the cine and make its session.

    Raises:
        RABSegmentError: the cine, the device or the weights cannot be used.
        Cancelled: the job was cancelled meanwhile.
    """
    if not request.folder.is_dir():
        raise InputError(f"The folder {request.folder} does not exist.")
    require_torch()
    from rabengine.session.session import Session

    if request.frames is not None:
        cine = Cine(read_array(request.frames), source=str(request.frames))
        if cine.frames.ndim not in (3, 4):
            raise InputError(f"The frames in {request.frames} are neither (T, H, W) nor (T, H, W, 3).")
    else:
        from rabengine.io.isolated import read_cine_isolated

        assert request.cine is not None  # the parser sees to it
        check_regular(request.cine)
        cine = read_cine_isolated(request.cine, options=request.options, cancel=job.cancel)
    if job.cancel.is_set():
        raise Cancelled
    session = Session(cine.frames, device=request.device, weights=request.weights, seed=request.seed)
    return OpenCine(cine, session, request.folder.absolute())


def cine_fields(cine: Cine) -> dict[str, Any]:
    """What a `ready` event says of a cine."""
    height, width = cine.frame_size
    return {
        "frames": cine.frame_count,
        "height": height,
        "width": width,
        "channels": 1 if cine.frames.ndim == 3 else cine.frames.shape[3],
        "spacing": cine.spacing,
        "index_name": cine.index_name,
        "index_unit": cine.index_unit,
        "warnings": cine.warnings,
    }


def read(job: Job, request: ReadRequest) -> dict[str, Any]:
    """Read a cine without opening it; returns the fields of the `done` event.

    Raises:
        RABSegmentError: the cine cannot be read, or its frames cannot be written.
        Cancelled: the job was cancelled meanwhile.
    """
    if not request.folder.is_dir():
        raise InputError(f"The folder {request.folder} does not exist.")
    from rabengine.io.isolated import read_cine_isolated

    check_regular(request.cine)
    cine = read_cine_isolated(request.cine, request.within, request.options, job.cancel)
    if job.cancel.is_set():
        raise Cancelled
    file = _new_file(request.folder.absolute(), "cine")
    write_array(file, np.asarray(cine.frames))
    return {"file": str(file), "cine": cine_record(cine)}


def segment(job: Job, request: SegmentRequest, opened: OpenCine) -> dict[str, Any]:
    """Segment the open cine; returns the fields of the `done` event.

    Raises:
        RABSegmentError: a mark or an option cannot be used, or the engine failed.
        Cancelled: the job was cancelled.
    """

    def pass_on(event: Event) -> None:
        if isinstance(event, Progress):
            fields = progress_fields(event)
            job.tell(fields.pop("event"), **fields)
            return
        file = _new_file(opened.folder, "frames")
        write_array(file, event.labels)
        job.tell("frames", indices=list(event.indices), file=str(file))

    size = opened.cine.frame_size
    marks = {frame: _mark(opened.folder / name, size) for frame, name in request.marks.items()}
    result = opened.session.segment(
        marks,
        preset=request.preset,
        partial=request.partial,
        absent=request.absent,
        warm=request.warm,
        progress=pass_on,
        cancel=job.cancel,
        overrides=request.overrides,
    )
    file = _new_file(opened.folder, "labels")
    write_array(file, result.labels)
    return {"file": str(file), **result_fields(result)}


def _mark(path: Path, size: tuple[int, int]) -> np.ndarray:
    """A mark as a copy, so that the parent may remove its file; one of another size is as it is, to be refused."""
    mark = read_array(path)
    return np.array(mark) if mark.shape == size else mark


def _new_file(folder: Path, name: str) -> Path:
    return folder / f"{next(_file_numbers):06d}_{name}.npy"
