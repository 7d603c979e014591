"""Listen to the parent until it is gone."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import BinaryIO, NoReturn

import rabengine
from rabengine.failure import as_known_error
from rabengine.io.owned_folder import exit_now, remove_all, sweep
from rabengine.signals import handle_endings
from rabengine.worker import PROTOCOL
from rabengine.worker.channel import Channel, take_over_stdout
from rabengine.worker.requests import BadRequestError, CancelRequest, CloseRequest, parse
from rabengine.worker.runner import Runner

# How long a running request may take to stop once the parent is gone.
STOP_SECONDS = 1.0
LONGEST_LINE = 16 * 2**20  # bytes; a request for thousands of marks has less


def main() -> NoReturn:
    """Serve the parent on stdin and stdout; ends the process."""
    handle_endings(_end)
    sweep()
    serve(sys.stdin.buffer, take_over_stdout())
    # Not sys.exit: a thread that still reads a file would hold the process back.
    exit_now(0)


def _skip_rest(requests: BinaryIO) -> None:
    """Read to the end of a line without keeping it."""
    while (part := requests.readline(LONGEST_LINE)) and not part.endswith(b"\n"):
        pass


def _end(number: int, _frame: FrameType | None) -> None:
    """End at once by the signal that came: what was begun is of use to nobody, and must not stay behind."""
    remove_all(is_ending=True)
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)


def serve(requests: BinaryIO, events: BinaryIO) -> None:
    """Answer every line of `requests` on `events` until they end."""
    channel = Channel(events)
    channel.send("ready", None, protocol=PROTOCOL, version=rabengine.__version__, pid=os.getpid())
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
    except BadRequestError as error:
        channel.send("error", error.request_id, kind="input", message=error.message, hint=error.hint)
        return
    except Exception as error:  # whatever a line brings, the worker lives on
        known = as_known_error(error)
        channel.send("error", None, kind="engine", message=known.message, hint=known.hint)
        return
    if isinstance(request, CancelRequest):
        runner.cancel(request.target)
        channel.send("done", request.id)
    elif isinstance(request, CloseRequest):
        runner.close()
        channel.send("done", request.id)
    else:
        runner.submit(request)
