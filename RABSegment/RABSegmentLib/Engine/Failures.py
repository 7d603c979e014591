"""Why an engine process is of no more use, as one sentence for the user."""

from __future__ import annotations

import signal
from collections.abc import Sequence

from rabengine.errors import EngineError

KILL_SIGNAL = 9
# What a launcher says of a Python that a signal ended; its own exit code does not tell.
LAUNCHER_WORDS = "exit abnormally"
AGAIN = "Segment again: the engine starts anew."


def crashError(exitCode: int | None, errorTail: Sequence[str]) -> EngineError:
    """The engine process ended by itself.

    Args:
        exitCode: -n where signal n ended it.
        errorTail: the last lines of its stderr.
    """
    lastLine = " ".join(errorTail[-1].split()) if errorTail else ""
    if exitCode == -KILL_SIGNAL or LAUNCHER_WORDS in lastLine:
        return EngineError(
            "The engine was ended by the system, probably because the memory of this computer ran out.",
            "Choose a smaller preset such as fast or close other programs, then segment again.",
        )
    said = f"; its last words: {lastLine.rstrip('.')}" if lastLine else ""
    return EngineError(f"The engine ended unexpectedly ({_reason(exitCode)}){said}.", AGAIN)


def silenceError(seconds: float) -> EngineError:
    """The engine process lives and says nothing."""
    return EngineError(
        f"The engine gave no sign of life for {seconds:g} seconds and was ended.",
        "Segment again: the engine starts anew; if it stays silent again, choose a smaller preset such as fast.",
    )


def unreadableError(error: Exception) -> EngineError:
    """An answer of the engine process is not what it should be."""
    reason = " ".join(str(error).split()) or type(error).__name__
    return EngineError(f"An answer of the engine cannot be read ({reason}).", AGAIN)


def _reason(exitCode: int | None) -> str:
    if exitCode is None:
        return "no exit code"
    if exitCode >= 0:
        # Windows gives the number of an exception, which is known in this form.
        return f"exit code {exitCode}" if exitCode < 256 else f"exit code {exitCode:#x}"
    try:
        return f"signal {signal.Signals(-exitCode).name}"
    except ValueError:
        return f"signal {-exitCode}"
