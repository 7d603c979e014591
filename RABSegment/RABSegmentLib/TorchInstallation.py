"""PyTorch in Slicer's Python, through Slicer's PyTorch extension."""

from __future__ import annotations

import importlib
import importlib.util

from rabengine.errors import InputError

from .Translation import tr as _

REQUIREMENT = ">=2.5,<3"


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
    if logic.installTorch(askConfirmation=True, torchVersionRequirement=REQUIREMENT) is None:
        raise InputError(_("PyTorch is still missing."), _("Press Install PyTorch again; the engine needs it."))
