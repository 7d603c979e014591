"""Import of the packages that not every use of the engine needs, with a sentence when one is missing."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from .errors import PackageMissingError

# What pip calls the package that brings a module, where it is not the module's own name.
_INSTALL_NAMES = {"PIL": "pillow", "cv2": "opencv-python-headless", "skimage": "scikit-image"}


def require(module: str, purpose: str) -> Any:
    """Import a module at the point of use.

    Args:
        module: such as "PIL.Image" or "pydicom.pixels".
        purpose: begins the sentence, such as "Reading a video file".

    Raises:
        PackageMissingError: its package is not installed; the hint is the command that installs it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise _missing(module, purpose) from error


def require_installed(module: str, purpose: str) -> None:
    """As `require`, before the long job that needs `module` ("monai") at its end; it is not imported yet."""
    if importlib.util.find_spec(module) is None:
        raise _missing(module, purpose)


def _missing(module: str, purpose: str) -> PackageMissingError:
    top = module.partition(".")[0]
    return PackageMissingError(purpose, (_INSTALL_NAMES.get(top, top),))
