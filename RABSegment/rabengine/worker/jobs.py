"""What the worker does for a request."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rabengine.cine import Cine
from rabengine.environment import require_torch
from rabengine.errors import Cancelled, InputError, as_known_error
from rabengine.events import CineRead, Done, Failed, Stopped, WorkerEvent
from rabengine.io.event_lines import to_line
from rabengine.io.files.regular import check_regular
from rabengine.prompts import PromptedMask

from .arrays import read_array, save_array
from .channel import Channel
from .requests import LongRequest, OpenRequest, PrepareRequest, PromptRequest, QuickRequest, ReadRequest, SegmentRequest

if TYPE_CHECKING:
    from rabengine.session.session import Session


@dataclass(frozen=True)
class OpenCine:
    """What the worker keeps warm.

    Attributes:
        cine: that is open.
        session: of the engine, with what it learned.
        folder: for the arrays of events.
    """

    cine: Cine
    session: Session
    folder: Path


class Job:
    """A request on its way: sends its events, and nothing after its last one.

    Args:
        request: that it is for.
        channel: takes its events.

    Attributes:
        cancel: set when the request is to end.
    """

    def __init__(self, request: LongRequest | QuickRequest, channel: Channel) -> None:
        self.request = request
        self.cancel = threading.Event()
        self._channel = channel
        self._lock = threading.Lock()
        self._is_answered = False

    def tell(self, event: WorkerEvent, folder: Path | None = None) -> None:
        """Send an event that is not the last one; its array goes into `folder`.

        Raises:
            EngineError: the array cannot be written.
        """
        self._send(event, folder, is_last=False)

    def answer(self, event: WorkerEvent, folder: Path | None = None) -> None:
        """Send the last event, as `tell` does."""
        self._send(event, folder, is_last=True)

    def fail(self, error: Exception) -> None:
        """Answer with what went wrong."""
        self.answer(Stopped() if isinstance(as_known_error(error), Cancelled) else Failed.of(error))

    def _send(self, event: WorkerEvent, folder: Path | None, is_last: bool) -> None:
        if self._is_answered:
            return  # and leave no file that nobody hears of
        # Before the lock: a large array takes its time, and who cancels waits for nothing.
        line = to_line(event, self.request.id, partial(save_array, folder or Path()))
        with self._lock:
            if self._is_answered:
                return
            self._is_answered = is_last
            self._channel.send(line)


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


def read(job: Job, request: ReadRequest) -> CineRead:
    """Read a cine without opening it.

    Raises:
        RABSegmentError: the cine cannot be read.
        Cancelled: the job was cancelled meanwhile.
    """
    if not request.folder.is_dir():
        raise InputError(f"The folder {request.folder} does not exist.")
    from rabengine.io.isolated import read_cine_isolated

    check_regular(request.cine)
    cine = read_cine_isolated(request.cine, request.within, request.options, job.cancel)
    if job.cancel.is_set():
        raise Cancelled
    return CineRead(cine)


def segment(job: Job, request: SegmentRequest, opened: OpenCine) -> Done:
    """Segment the open cine; what is known on the way is told at once.

    Raises:
        RABSegmentError: a mark or an option cannot be used, or the engine failed.
        Cancelled: the job was cancelled.
    """
    size = opened.cine.frame_size
    marks = {frame: _mark(opened.folder / name, size) for frame, name in request.marks.items()}
    result = opened.session.segment(
        marks,
        preset=request.preset,
        partial=request.partial,
        absent=request.absent,
        warm=request.warm,
        progress=lambda event: job.tell(event, opened.folder),
        cancel=job.cancel,
        overrides=request.overrides,
    )
    return Done((result,))


def prompt(request: PromptRequest, opened: OpenCine) -> PromptedMask:
    """The mask of one object on one frame.

    Raises:
        RABSegmentError: a part of it cannot be used, or the engine failed.
    """

    def drawn(name: str | None) -> np.ndarray | None:
        return None if name is None else _mark(opened.folder / name, opened.cine.frame_size)

    known = {frame: _mark(opened.folder / name, opened.cine.frame_size) for frame, name in request.known.items()}
    return opened.session.prompt(
        request.frame, request.clicks, request.box, drawn(request.scribble), drawn(request.mask), known=known
    )


def prepare(request: PrepareRequest, opened: OpenCine) -> Done:
    """Features of a frame, and of those that help.

    Raises:
        RABSegmentError: there is no such frame, or the engine failed.
    """
    for frame in (*request.known, request.frame):
        opened.session.prepare_prompt(frame)
    return Done()


def _mark(path: Path, size: tuple[int, int]) -> np.ndarray:
    """A mark as a copy, so that the parent may remove its file; one of another size is as it is, to be refused."""
    mark = read_array(path)
    return np.array(mark) if mark.shape == size else mark
