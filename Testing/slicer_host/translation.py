"""Stand-in for slicer.i18n, after Base/Python/slicer/i18n.py in Slicer's sources: the same texts by the same names."""

from __future__ import annotations

import inspect
import re
import types
from pathlib import Path

import slicer


def translate(context: str, text: str) -> str:
    """As the application's translators say it."""
    return slicer.app.translate(context, text)


def getContext(sourceFile: str) -> str:
    """The name that the texts of a file are filed under: FOLDER.FILE in a package, else FILE."""
    path = Path(sourceFile)
    if not path.is_file():
        return path.name
    inPackage = (path.parent / "__init__.py").is_file()
    return f"{path.parent.name}.{path.stem}" if inPackage else path.stem


def tr(text: str) -> str:
    """A text of the file that calls; one whose translation has other placeholders stays as it is."""
    frame = inspect.currentframe().f_back
    found = translate(getContext(inspect.getsourcefile(frame) or inspect.getfile(frame)), text)
    return found if _placeholders(found) == _placeholders(text) else text


def _placeholders(text: str) -> set[str]:
    return set(re.findall(r"(?<!\{)\{([^\{\}]+)\}(?!\})", text))


def translationLayer() -> types.ModuleType:
    """The module slicer.i18n."""
    module = types.ModuleType("slicer.i18n")
    vars(module).update(translate=translate, getContext=getContext, tr=tr)
    return module
