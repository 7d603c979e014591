"""How a running command shows its progress: a bar for people, JSON lines for programs, or nothing."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Mapping
from typing import Any, Protocol, TextIO

from rabengine.events import Event, Progress
from rabengine.io.event_lines import json_line, to_fields

STYLES = ("bar", "json", "none")
_BAR_WIDTH = 24
# Without a terminal each update is a line of its own, so there are few of them.
_SECONDS_BETWEEN_LINES = 5.0


class Reporter(Protocol):
    """Shows the events of one request."""

    def __call__(self, event: Event) -> None: ...

    def end(self, outcome: str, fields: Mapping[str, Any]) -> None:
        """Say how the request ended: `outcome` is "done", "cancelled" or "error"."""


def make_reporter(style: str) -> Reporter:
    """The reporter for one of STYLES."""
    if style == "json":
        return JsonReporter(sys.stdout)
    if style == "bar":
        return BarReporter(sys.stderr)
    return SilentReporter()


class SilentReporter:
    """Shows nothing."""

    def __call__(self, event: Event) -> None:
        pass

    def end(self, outcome: str, fields: Mapping[str, Any]) -> None:
        pass


class JsonReporter:
    """Writes one JSON object per line, as the engine process does, without ids and files."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, event: Event) -> None:
        self._write(to_fields(event))

    def end(self, outcome: str, fields: Mapping[str, Any]) -> None:
        self._write({"event": outcome, **fields})

    def _write(self, fields: Mapping[str, Any]) -> None:
        # Whoever read the lines may have stopped; the segmentation is still wanted.
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(json_line(fields) + "\n")
            self._stream.flush()


class BarReporter:
    """Draws one bar that is overwritten, or prints a line now and then where there is no terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._overwrites = stream.isatty()
        self._phase = ""
        self._start: float | None = None  # of the request: its first event
        self._share = 0.0  # of the whole request; it never goes back
        self._last_time = 0.0
        self._drawn = False

    def __call__(self, event: Event) -> None:
        if not isinstance(event, Progress):
            return
        now = time.monotonic()
        self._start = now if self._start is None else self._start
        self._share = max(self._share, event.share(now - self._start))
        is_new_phase = event.phase != self._phase
        wait = 0.1 if self._overwrites else _SECONDS_BETWEEN_LINES
        if not is_new_phase and event.step < event.total and now - self._last_time < wait:
            return
        self._phase, self._last_time = event.phase, now
        text = describe(event, self._share)
        self._write(f"\r\x1b[K{text}" if self._overwrites else f"{text}\n")
        self._drawn = True

    def end(self, outcome: str, fields: Mapping[str, Any]) -> None:
        if self._drawn and self._overwrites:
            self._write("\r\x1b[K")
        self._drawn, self._start, self._share = False, None, 0.0

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()


def describe(progress: Progress, share: float) -> str:
    """One line that says how far a request is, such as `learning    [####....]  40 %, 12 s left`.

    Args:
        progress: what it told last.
        share: done of the whole request, 0 to 1.
    """
    filled = round(share * _BAR_WIDTH)
    bar = "#" * filled + "." * (_BAR_WIDTH - filled)
    left = "" if progress.seconds_left is None else f", {progress.seconds_left:.0f} s left"
    losses = "".join(f"  {name} {value:.3f}" for name, value in progress.losses.items())
    return f"{progress.phase:<11} [{bar}] {share:4.0%}{left}{losses}"
