"""Packages that a kind of file needs, installed into Slicer's Python where the user agrees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from rabengine.errors import PackageMissingError
from RABSegmentLib.Translation import tr as _

_REQUESTER = "Segment Video"
_Result = TypeVar("_Result")


def withPackages(work: Callable[[], _Result]) -> _Result:
    """Do some work, once more when packages that it lacks were installed.

    Raises:
        PackageMissingError: the user does not want them.
        Exception: what the work raises.
    """
    try:
        return work()
    except PackageMissingError as error:
        if not offerPackages(error.packages, error.message):
            raise
    return work()


def offerPackages(packages: Sequence[str], purpose: str) -> bool:
    """Ask the user whether packages may be installed, and install them.

    Args:
        packages: as pip names them.
        purpose: sentence that says what needs them.

    Returns:
        Whether they are there now.
    """
    import slicer

    try:
        from slicer.packaging import pip_ensure
    except ImportError:  # before Slicer 5.11
        question = _("{purpose} Install {packages} into Slicer's Python?").format(
            purpose=purpose, packages=", ".join(packages)
        )
        if not slicer.util.confirmOkCancelDisplay(question):
            return False
        slicer.util.pip_install(list(packages))
        return True
    return pip_ensure(list(packages), requester=_REQUESTER) is not None
