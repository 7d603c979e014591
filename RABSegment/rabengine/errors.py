"""What can go wrong, as one sentence and the exit code of the command line."""

from __future__ import annotations


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
        self.purpose = purpose
        self.packages = packages


class EngineError(RABSegmentError):
    """The engine failed on input that was fine."""

    exit_code = 3


class Cancelled(RABSegmentError):
    """The user asked to stop."""

    exit_code = 130

    def __init__(self, message: str = "Cancelled.", hint: str = "") -> None:
        super().__init__(message, hint)
