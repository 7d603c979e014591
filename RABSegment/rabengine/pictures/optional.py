"""Import of the libraries that only pictures need, with a sentence when one is missing."""

from __future__ import annotations

import importlib
from typing import Any

from rabengine.errors import InputError

INSTALL_NAMES = {"PIL": "pillow", "av": "av", "matplotlib": "matplotlib"}


def require(module: str, purpose: str) -> Any:
    """Import `module` ("PIL.Image", "av", "matplotlib.figure") for `purpose` ("An overlay video").

    Raises:
        InputError: the library is not installed; the hint is the command that installs it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        top = module.split(".")[0]
        name = INSTALL_NAMES.get(top, top)
        raise InputError(f"{purpose} needs the Python package {name}.", f"Run: pip install {name}") from error
