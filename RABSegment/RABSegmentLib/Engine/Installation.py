"""What Slicer's Python lacks, PyTorch or what a kind of file needs, installed where the user agrees."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from typing import TypeVar

from rabengine.errors import InputError, PackageMissingError
from RABSegmentLib.Translation import tr as _

TORCH_REQUIREMENT = ">=2.5,<3"
_REQUESTER = "Segment Video"
_Result = TypeVar("_Result")


def hasTorch() -> bool:
    """Whether PyTorch is installed in this Python, which is the engine's too; it is not imported."""
    importlib.invalidate_caches()
    return importlib.util.find_spec("torch") is not None


def installTorch() -> None:
    """Install PyTorch as the PyTorch extension finds it right for this computer; it asks the user first.

    Raises:
        InputError: the extension is missing, or the user declined.
    """
    try:
        import PyTorchUtils
    except ModuleNotFoundError:
        raise InputError(
            _("The PyTorch extension of Slicer is missing."),
            _("Install the extension PyTorch in the Extensions Manager and restart Slicer."),
        ) from None
    logic = PyTorchUtils.PyTorchUtilsLogic()
    if logic.installTorch(askConfirmation=True, torchVersionRequirement=TORCH_REQUIREMENT) is None:
        raise InputError(_("PyTorch is still missing."), _("Press Install PyTorch again; the engine needs it."))


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
