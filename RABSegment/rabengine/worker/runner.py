"""The worker's loop: it reads requests, runs one after another beside, and hears of cancelling meanwhile."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import traceback
from collections import deque
from types import FrameType
from typing import Any, BinaryIO, NoReturn

import rabengine
from rabengine.environment import handle_endings
from rabengine.errors import InputError, RABSegmentError
from rabengine.events import Done, Failed, Opened, Started, Stopped
from rabengine.io.event_lines import to_line
from rabengine.io.files.owned_folder import exit_now, remove_all, sweep

from . import PROTOCOL
from .channel import Channel, take_over_stdout
from .jobs import Job, OpenCine, open_cine, read, segment
from .prompt_lane import PromptLane
from .requests import (
    BadRequestError,
    CancelRequest,
    CloseRequest,
    LongRequest,
    OpenRequest,
    QuickRequest,
    ReadRequest,
    SegmentRequest,
    parse,
)

# A parent that has something to read says so at once; another one takes a moment.
FIRST_REQUEST_SECONDS = 0.1
# How long a running request may take to stop once the parent is gone.
STOP_SECONDS = 1.0
LONGEST_LINE = 16 * 2**20  # bytes; a request for thousands of marks has less


class Runner:
    """Runs jobs in the order in which they were submitted, prompts beside them, and holds the open cine."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._waiting: deque[Job] = deque()
        self._changed = threading.Condition()
        self._running: Job | None = None
        self._opened: OpenCine | None = None
        self._prompts = PromptLane(channel, self._changed, lambda: self._opened, self._is_opening)
        with self._changed:
            self._thread = self._start_thread()

    def submit(self, request: LongRequest | QuickRequest) -> None:
        """Run a request when those before it are done, a prompt when the cine before it is open."""
        with self._changed:
            if isinstance(request, QuickRequest):
                self._prompts.submit(request)
                return
            if isinstance(request, OpenRequest):
                self._prompts.cancel()  # they are about the cine before
            self._waiting.append(Job(request, self._channel))
            self._changed.notify_all()

    def cancel(self, target: Any = None) -> None:
        """Stop the request with the id `target`, or all without one; unknown ids are not an error."""
        with self._changed:
            self._prompts.cancel(target)
            for job in [job for job in self._waiting if target is None or job.request.id == target]:
                self._waiting.remove(job)
                job.answer(Stopped())
            self._changed.notify_all()
            running = self._running
            if running is None or (target is not None and running.request.id != target):
                return
            running.cancel.set()
            if isinstance(running.request, OpenRequest | ReadRequest):
                # A library that reads a file cannot be interrupted: leave that thread to end by itself.
                running.answer(Stopped())
                self._running = None
                self._thread = self._start_thread()

    def close(self) -> None:
        """Cancel everything and forget the open cine."""
        self.cancel()
        with self._changed:
            self._opened = None

    def stop(self, seconds: float) -> None:
        """Cancel everything and wait up to `seconds` until it has stopped."""
        self.cancel()
        with self._changed:
            self._changed.wait_for(lambda: self._running is None, seconds)

    def _is_opening(self) -> bool:
        jobs = [*self._waiting, *([] if self._running is None else [self._running])]
        return any(isinstance(job.request, OpenRequest) for job in jobs)

    def _start_thread(self) -> threading.Thread:
        thread = threading.Thread(target=self._work, name="rabsegment-worker", daemon=True)
        thread.start()
        return thread

    def _work(self) -> None:
        self._prepare()
        while True:
            with self._changed:
                if self._thread is not threading.current_thread():
                    return  # its last job was cancelled, and another thread has taken over
                self._changed.wait_for(lambda: bool(self._waiting))
                job = self._running = self._waiting.popleft()
                opened = self._opened
                if isinstance(job.request, OpenRequest):
                    # Two cines need not fit in memory together.
                    opened = self._opened = None
            try:
                self._run(job, opened)
            except Exception as error:  # whatever it was, the worker lives on
                if not isinstance(error, RABSegmentError):
                    traceback.print_exception(error, file=sys.stderr)
                job.fail(error)
            # Nothing of the last job may stay alive while this waits for the next one.
            opened = None
            with self._changed:
                if self._running is job:
                    self._running = None
                    self._changed.notify_all()

    def _prepare(self) -> None:
        """Import PyTorch, which the first request will need, unless that one only reads."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting), FIRST_REQUEST_SECONDS)
            if self._waiting and isinstance(self._waiting[0].request, ReadRequest):
                return
        with contextlib.suppress(Exception):
            from rabengine.session import session  # noqa: F401

    def _run(self, job: Job, opened: OpenCine | None) -> None:
        request = job.request
        if isinstance(request, OpenRequest):
            opened = open_cine(job, request)
            with self._changed:
                if self._running is job:
                    self._opened = opened
            job.answer(Opened.of(opened.cine))
        elif isinstance(request, ReadRequest):
            job.answer(read(job, request), request.folder)
        elif opened is None:
            raise InputError("No cine is open.", "Send an open request first.")
        elif isinstance(request, SegmentRequest):
            job.answer(segment(job, request, opened), opened.folder)


def main() -> NoReturn:
    """Serve the parent on stdin and stdout; ends the process."""
    handle_endings(_end)
    sweep()
    serve(sys.stdin.buffer, take_over_stdout())
    # Not sys.exit: a thread that still reads a file would hold the process back.
    exit_now(0)


def serve(requests: BinaryIO, events: BinaryIO) -> None:
    """Answer every line of `requests` on `events` until they end."""
    channel = Channel(events)
    channel.send(to_line(Started(PROTOCOL, rabengine.__version__, os.getpid()), None))
    runner = Runner(channel)
    while line := requests.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            _skip_rest(requests)
            line = b"too long"  # which is answered as any line that is no request
        if line.strip():
            handle(line, runner, channel)
    runner.stop(STOP_SECONDS)


def handle(line: bytes, runner: Runner, channel: Channel) -> None:
    """Act on one line."""
    try:
        request = parse(line)
    except Exception as error:  # whatever a line brings, the worker lives on
        request_id = error.request_id if isinstance(error, BadRequestError) else None
        channel.send(to_line(Failed.of(error), request_id))
        return
    if isinstance(request, CancelRequest):
        runner.cancel(request.target)
        channel.send(to_line(Done(), request.id))
    elif isinstance(request, CloseRequest):
        runner.close()
        channel.send(to_line(Done(), request.id))
    else:
        runner.submit(request)


def _skip_rest(requests: BinaryIO) -> None:
    """Read to the end of a line without keeping it."""
    while (part := requests.readline(LONGEST_LINE)) and not part.endswith(b"\n"):
        pass


def _end(number: int, _frame: FrameType | None) -> None:
    """End at once by the signal that came: what was begun is of use to nobody, and must not stay behind."""
    remove_all(is_ending=True)
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
