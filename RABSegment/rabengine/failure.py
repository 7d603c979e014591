"""Any exception as one sentence and an exit code."""

from __future__ import annotations

import os
import sys
import traceback

from rabengine.errors import EngineError, RABSegmentError

DEBUG_VARIABLE = "RABSEGMENT_DEBUG"


def report(error: Exception) -> int:
    """Say on stderr in one sentence what happened; returns the exit code."""
    known = as_known_error(error)
    if os.environ.get(DEBUG_VARIABLE) == "1":
        traceback.print_exception(error)
    print(f"rabsegment: {one_line(str(known))}", file=sys.stderr, flush=True)
    return known.exit_code


def as_known_error(error: Exception) -> RABSegmentError:
    """The error that says the same to a user."""
    if isinstance(error, RABSegmentError):
        return error
    if isinstance(error, MemoryError):
        return EngineError(
            "The memory of this computer does not suffice.", "Close other programs or choose the preset fast."
        )
    text = one_line(str(error)) or "no message"
    return EngineError(
        f"The engine failed unexpectedly ({type(error).__name__}: {text}).",
        f"Set {DEBUG_VARIABLE}=1 to see where.",
    )


def one_line(text: str) -> str:
    """`text` with each run of white space turned into one space."""
    return " ".join(text.split())
