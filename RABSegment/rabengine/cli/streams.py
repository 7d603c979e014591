"""The standard streams as a program finds them: open, closed, full, or with nobody at the other end."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterable
from typing import Any, cast

from rabengine.errors import InputError, say


class PatientStream:
    """A text stream on which printing never fails, for what is said beside the work is not worth the work.

    Args:
        stream: where it goes; None for nowhere.
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # names of files need not be UTF-8

    def write(self, text: str) -> int:
        """Write what can be written."""
        with contextlib.suppress(AttributeError, OSError, ValueError):
            self.stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Hand on what can be handed on."""
        with contextlib.suppress(AttributeError, OSError, ValueError):
            self.stream.flush()

    def isatty(self) -> bool:
        """Whether somebody watches."""
        return self.stream is not None and bool(self.stream.isatty())

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def secure_streams() -> None:
    """Make sure that printing does not fail, and that no file of ours takes the number of a stream that was closed."""
    for descriptor in (0, 1, 2):
        with contextlib.suppress(OSError):
            _open_if_closed(descriptor)
    sys.stdout = cast("Any", PatientStream(sys.stdout))
    sys.stderr = cast("Any", PatientStream(sys.stderr))


class LogToUser(logging.Handler):
    """Says what the engine logs as the command says its other warnings."""

    def emit(self, record: logging.LogRecord) -> None:
        say(f"rabsegment: {record.levelname.lower()}: {record.getMessage()}")


def show_log() -> None:
    """Tell the user what is logged, such as a package that cannot be loaded."""
    logging.getLogger("rabengine").addHandler(LogToUser(logging.WARNING))


def finish_streams() -> None:
    """Write out what is left, and let what the interpreter would still flush when it ends go nowhere."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
        inner = getattr(stream, "stream", None)
        try:
            if inner is not None:
                inner.flush()
        except (OSError, ValueError):
            _silence(inner)


def deliver(lines: Iterable[str]) -> None:
    """Write the result of a command to stdout.

    Raises:
        InputError: it takes nothing.
    """
    stream = getattr(sys.stdout, "stream", sys.stdout)
    if stream is None:
        return
    try:
        stream.write("".join(f"{line}\n" for line in lines))
        stream.flush()
    except BrokenPipeError:
        return  # whoever read it has seen enough
    except (OSError, ValueError) as error:
        raise InputError("stdout takes no output.", "Redirect it to a place with room.") from error


def _silence(stream: Any) -> None:
    with contextlib.suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)


def _open_if_closed(descriptor: int) -> None:
    try:
        os.fstat(descriptor)
    except OSError:
        opened = os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
        if opened != descriptor:
            os.dup2(opened, descriptor)
            os.close(opened)
        os.set_inheritable(descriptor, True)
