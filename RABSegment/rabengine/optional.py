"""Import of the libraries that only pictures need, with a sentence when one is missing."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from .errors import PackageMissingError

INSTALL_NAMES = {"PIL": "pillow", "av": "av", "matplotlib": "matplotlib"}


def require(module: str, purpose: str) -> Any:
    """Import `module` ("PIL.Image", "av", "matplotlib.figure") for `purpose` ("An overlay video").

    Raises:
        PackageMissingError: the library is not installed; the hint is the command that installs it.
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
    top = module.split(".")[0]
    return PackageMissingError(purpose, (INSTALL_NAMES.get(top, top),))
