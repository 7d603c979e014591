"""Listen to the parent until it is gone."""

from __future__ import annotations

import os
import sys
from typing import BinaryIO, NoReturn

import rabengine
from rabengine.worker import PROTOCOL
from rabengine.worker.channel import Channel, take_over_stdout
from rabengine.worker.requests import BadRequestError, CancelRequest, CloseRequest, parse
from rabengine.worker.runner import Runner

# How long a running request may take to stop once the parent is gone.
STOP_SECONDS = 1.0


def main() -> NoReturn:
    """Serve the parent on stdin and stdout; ends the process."""
    serve(sys.stdin.buffer, take_over_stdout())
    sys.stderr.flush()
    # Not sys.exit: a thread that still reads a file would hold the process back.
    os._exit(0)


def serve(requests: BinaryIO, events: BinaryIO) -> None:
    """Answer every line of `requests` on `events` until they end."""
    channel = Channel(events)
    channel.send("ready", None, protocol=PROTOCOL, version=rabengine.__version__, pid=os.getpid())
    runner = Runner(channel)
    for line in requests:
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
    if isinstance(request, CancelRequest):
        runner.cancel(request.target)
        channel.send("done", request.id)
    elif isinstance(request, CloseRequest):
        runner.close()
        channel.send("done", request.id)
    else:
        runner.submit(request)
