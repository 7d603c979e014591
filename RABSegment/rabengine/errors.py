"""What can go wrong: one sentence with the exit code of the command line; whatever else was raised becomes one."""

from __future__ import annotations

import contextlib
import errno
import os
import reprlib
import sys
import tempfile
import traceback
from collections.abc import Iterator

try:
    import resource  # here, for where memory is short nothing more can be loaded
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

DEBUG_VARIABLE = "RABSEGMENT_DEBUG"

# How libraries, and the loader of libraries, say that there is no memory left.
_MEMORY_WORDS = (
    "failed to map segment",
    "cannot allocate memory",
    "can't allocate memory",
    "not enough memory",
    "out of memory",
    "bad_alloc",
    "can't start new thread",
    "unable to allocate",
)
# How Python says that a library failed and does not say why, as one does that gets no memory.
_NO_REASON = ("without setting an exception", "without exception set", "internal call", "internal routine")
# A disk or its user's share of it is full.
_NO_ROOM = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_MOST_CAUSES = 8  # of an error that are looked at
_LONGEST = 600  # characters of a sentence; what was given may be of any length


class RABSegmentError(Exception):
    """Base of all errors this package raises on purpose.

    Args:
        message: one sentence that names the file or option at fault.
        hint: one sentence that says how to mend it (may be empty).
    """

    exit_code = 3

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InputError(RABSegmentError):
    """The user's input or usage cannot be used as it is."""

    exit_code = 2


class PackageMissingError(InputError):
    """A package is not installed that a file or an option needs.

    Args:
        purpose: begins the sentence, such as "Reading a video file".
        packages: as pip names them; a program may offer to install them.
    """

    def __init__(self, purpose: str, packages: tuple[str, ...]) -> None:
        names = " and ".join(packages)
        super().__init__(f"{purpose} needs {names}, which is not installed.", f"Install it with: pip install {names}")
        self.packages = packages

    @classmethod
    def saying(cls, message: str, hint: str, packages: tuple[str, ...]) -> PackageMissingError:
        """The same error in sentences that exist already, such as those of another process."""
        error = cls("", packages)
        error.message, error.hint, error.args = message, hint, (message,)
        return error


class ChoiceError(InputError):
    """There are several of what was asked for, and one has to be chosen.

    Args:
        message, hint: as for other errors.
        choices: the names to choose from; a program may ask its user.
    """

    def __init__(self, message: str, hint: str, choices: tuple[str, ...]) -> None:
        super().__init__(message, hint)
        self.choices = choices


class EngineError(RABSegmentError):
    """The engine failed on input that was fine."""

    exit_code = 3


class Cancelled(RABSegmentError):
    """The user asked to stop."""

    exit_code = 130

    def __init__(self, message: str = "Cancelled.", hint: str = "") -> None:
        super().__init__(message, hint)


def report(error: Exception) -> int:
    """Say on stderr in one sentence what happened; returns the exit code."""
    known = as_known_error(error)
    if os.environ.get(DEBUG_VARIABLE) == "1":
        with contextlib.suppress(OSError):
            traceback.print_exception(error)
    say(f"rabsegment: {shortened(one_line(str(known)))}")
    return known.exit_code


def say(text: str) -> None:
    """Write a line to stderr, where somebody may or may not listen."""
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)


def as_known_error(error: Exception) -> RABSegmentError:
    """The error that says the same to a user."""
    if isinstance(error, RABSegmentError):
        return error
    if lacks_memory(error):
        return memory_error()
    if lacks_room(error):
        return room_error(getattr(error, "filename", None) or tempfile.gettempdir())
    text = shortened(one_line(str(error))) or "no message"
    return EngineError(
        f"The engine failed unexpectedly ({type(error).__name__}: {text}).",
        f"Set {DEBUG_VARIABLE}=1 to see where.",
    )


def lacks_memory(error: BaseException) -> bool:
    """Whether an exception, or what caused it, comes of too little memory."""
    for cause in _causes(error):
        if isinstance(cause, MemoryError) or (isinstance(cause, OSError) and cause.errno == errno.ENOMEM):
            return True
        text = str(cause).lower()
        if isinstance(cause, SystemError) and _session_limit_mib() and any(words in text for words in _NO_REASON):
            return True
        if isinstance(cause, ImportError | OSError | RuntimeError) and any(word in text for word in _MEMORY_WORDS):
            return True
    return False


def lacks_room(error: BaseException) -> bool:
    """Whether an exception, or what caused it, comes of a full disk."""
    return any(isinstance(cause, OSError) and cause.errno in _NO_ROOM for cause in _causes(error))


def room_error(place: object) -> InputError:
    """The sentence for a full disk; `place` is a file or folder on it."""
    return InputError(
        f"The disk of {place} is full.", "Free some space there, or set TMPDIR to a folder on a disk with room."
    )


def memory_error() -> InputError:
    """The sentence for too little memory; it names the limit of the session where there is one."""
    limit = _session_limit_mib()
    if limit is None:
        return InputError(
            "The memory of this computer does not suffice.", "Close other programs or choose the preset fast."
        )
    return InputError(
        f"The memory that this session may use does not suffice (ulimit -v: {limit} MiB).",
        "Raise the limit to 4 GiB or more, or remove it with ulimit -v unlimited.",
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what caused it, and so on."""
    cause: BaseException | None = error
    for _ in range(_MOST_CAUSES):
        if cause is None:
            return
        yield cause
        cause = cause.__cause__ or cause.__context__


def _session_limit_mib() -> int | None:
    if resource is None:
        return None
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if limit == resource.RLIM_INFINITY else limit // 2**20


def one_line(text: str) -> str:
    """`text` with each run of white space turned into one space, and without what no terminal shows."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())


def shortened(text: str) -> str:
    """`text` with its middle left out where it is long."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} ... {text[-_LONGEST // 2 :]}"


def reason_of(error: BaseException) -> str:
    """What an error of others says, short and on one line; its kind where it says nothing."""
    return shortened(one_line(str(error))) or type(error).__name__


def brief(value: object) -> str:
    """A value as a short text, whatever its size and depth."""
    writer = reprlib.Repr()
    writer.maxstring = writer.maxother = writer.maxlong = 60
    writer.maxlevel = 3
    try:
        return writer.repr(value)
    except (ValueError, RecursionError):  # a number of thousands of digits
        return f"a {type(value).__name__}"
