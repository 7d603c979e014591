"""What Slicer's Python lacks, PyTorch or what a kind of file needs, installed where the user agrees."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from typing import TypeVar

from rabengine.errors import InputError, PackageMissingError
from RABSegmentLib.Translation import tr as _

TORCH_REQUIREMENT = ">=2.5,<3"
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
        PackageMissingError: the user does not want them, or they are of no use here.
        InputError: they could not be installed.
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
        Whether they are there now; False where the user declined.

    Raises:
        InputError: they could not be installed.
    """
    import slicer

    # `pip_ensure` of Slicer 5.11 asks too, but without saying what needs them, and returns nothing.
    names = ", ".join(packages)
    question = _("{purpose} Install {packages} into Slicer's Python?").format(purpose=purpose, packages=names)
    if not slicer.util.confirmOkCancelDisplay(question):
        return False
    try:
        slicer.util.pip_install(list(packages))
    except Exception as error:  # pip's process failed, or could not be started; its output is in Slicer's log
        raise InputError(
            _("{packages} could not be installed.").format(packages=names),
            _("Look at Slicer's log, and check the connection to the internet and the rights to Slicer's folder."),
        ) from error
    importlib.invalidate_caches()
    return True
