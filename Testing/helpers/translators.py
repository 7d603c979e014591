"""What translators get, the texts that Slicer's script finds, and a translator that knows them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

from PySide6.QtCore import QTranslator

Text = tuple[str, str]  # the name it is filed under, and the text


def pythonContext(path: Path) -> str:
    """As `get_python_context` of Slicer's Utilities/Scripts/update_translations.py names a file."""
    isPackage = (path.parent / "__init__.py").is_file()
    return f"{path.parent.name}.{path.stem}" if isPackage else path.stem


def patchedSource(source: str, context: str) -> str:
    """As `patch_python_source` of that script rewrites `_("...")`, expression by expression, before it runs lupdate."""
    for quote in ('"', "'", '"""', "'''"):
        pattern = rf"([^_])_\((\s*?{quote}.+?{quote}\s*?)\)"
        source = re.sub(pattern, rf'\1translate("{context}", \2)', source, flags=re.DOTALL)
    return source


def extractedTexts(paths: Iterable[Path]) -> set[Text]:
    """What lupdate finds: calls of `translate` with two texts in rewritten Python files, strings in .ui files."""
    found = set()
    for path in paths:
        if path.suffix == ".ui":
            form = ElementTree.parse(path).getroot()
            fixed = {id(string) for part in form.iter() if part.get("notr") == "true" for string in part.iter("string")}
            strings = (string.text for string in form.iter("string") if id(string) not in fixed)
            found |= {(form.findtext("class", ""), text) for text in strings if text}
            continue
        tree = ast.parse(patchedSource(path.read_text(encoding="utf-8"), pythonContext(path)))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            values = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
            if isinstance(call.func, ast.Name) and call.func.id == "translate" and len(values) == 2:
                found.add((values[0], values[1]))
    return found


class MarkingTranslator(QTranslator):
    """Puts the texts that translators get in « and »; others it does not know.

    Attributes:
        asked: all that it was asked for.
    """

    def __init__(self, texts: set[Text]) -> None:
        super().__init__()
        self.asked: set[Text] = set()
        self._texts = texts

    def translate(self, context: str, text: str, _disambiguation: str | None = None, _n: int = -1) -> str | None:
        self.asked.add((context, text))
        return f"«{text}»" if (context, text) in self._texts else None
