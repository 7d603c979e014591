"""Why an engine process is of no more use, as one sentence for the user."""

from __future__ import annotations

import signal
from collections.abc import Sequence

from rabengine.errors import EngineError
from RABSegmentLib.Translation import tr as _

KILL_SIGNAL = 9
# What a launcher says of a Python that a signal ended; its own exit code does not tell.
LAUNCHER_WORDS = "exit abnormally"


def crashError(exitCode: int | None, errorTail: Sequence[str]) -> EngineError:
    """The engine process ended by itself.

    Args:
        exitCode: -n where signal n ended it.
        errorTail: the last lines of its stderr.
    """
    lastLine = " ".join(errorTail[-1].split()) if errorTail else ""
    if exitCode == -KILL_SIGNAL or LAUNCHER_WORDS in lastLine:
        return EngineError(
            _("The engine was ended by the system, probably because the memory of this computer ran out."),
            _("Choose a smaller preset such as fast or close other programs, then segment again."),
        )
    reason = _reason(exitCode)
    if not lastLine:
        return EngineError(_("The engine ended unexpectedly ({reason}).").format(reason=reason), _again())
    message = _("The engine ended unexpectedly ({reason}); its last words: {words}.")
    return EngineError(message.format(reason=reason, words=lastLine.rstrip(".")), _again())


def silenceError(seconds: float) -> EngineError:
    """The engine process lives and says nothing."""
    return EngineError(
        _("The engine gave no sign of life for {seconds:g} seconds and was ended.").format(seconds=seconds),
        _("Segment again: the engine starts anew; if it stays silent again, choose a smaller preset such as fast."),
    )


def unreadableError(error: Exception) -> EngineError:
    """An answer of the engine process is not what it should be."""
    reason = " ".join(str(error).split()) or type(error).__name__
    return EngineError(_("An answer of the engine cannot be read ({reason}).").format(reason=reason), _again())


def _again() -> str:
    return _("Segment again: the engine starts anew.")


def _reason(exitCode: int | None) -> str:
    if exitCode is None:
        return _("no exit code")
    if exitCode >= 0:
        # Windows gives the number of an exception, which is known in this form.
        return _("exit code {code}").format(code=exitCode if exitCode < 256 else f"{exitCode:#x}")
    try:
        name = signal.Signals(-exitCode).name
    except ValueError:
        name = str(-exitCode)
    return _("signal {name}").format(name=name)
