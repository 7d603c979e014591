"""The signals by which a user or the system asks a program to end."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType


def handle_endings(handler: Callable[[int, FrameType | None], None]) -> None:
    """Set the handler of SIGINT, SIGTERM and, where there is one, SIGHUP; main thread only.

    A program that was started to outlive its terminal (nohup) goes on to ignore SIGHUP.
    """
    signal.signal(signal.SIGINT, handler)
    signal.signal(signal.SIGTERM, handler)
    hang_up = getattr(signal, "SIGHUP", None)
    if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN:
        signal.signal(hang_up, handler)
