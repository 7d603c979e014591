"""Whether a panel is alive: every widget and signal that its code names exists, and its controls say something."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from .EffectRegistration import EFFECT_NAME


def checkPanel(widget: Any) -> list[str]:
    """What is wrong with the panel, one sentence each; nothing when it is alive.

    Slicer prints an exception in `setup()` or `enter()` and goes on with whatever is there by then, so that a dead
    panel looks like a live one until somebody presses a button.

    Args:
        widget: the RABSegmentWidget; the module must be open.
    """
    if not widget.isSetUp:
        return ["setup() did not reach its end."]
    problems = [f"The panel has no widget {name}." for name in namedWidgets() if not hasattr(widget.ui, name)]
    if problems:
        return problems
    if widget.ui.segmentEditor.effectByName(EFFECT_NAME) is None:
        problems.append(f"The segment editor has no effect {EFFECT_NAME}.")
    problems += [f"Nothing is heard of {signal}." for signal in widget.panel.connections.deaf]
    if not widget.isOpen:
        problems.append("enter() did not reach its end.")
    widget.panel.update()
    silent = [name for name in ("segmentButton", "nextButton", "exportButton") if not getattr(widget.ui, name).toolTip]
    return problems + [f"{name} does not say what it does." for name in silent]


def namedWidgets() -> list[str]:
    """The names that the code of module and panel reaches through `ui`."""
    folder = Path(__file__).resolve().parent
    sources = (folder.parent / "RABSegment.py", *folder.glob("*.py"))
    trees = (ast.parse(source.read_text(encoding="utf-8")) for source in sources)
    nodes = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    return sorted({node.attr for node in nodes if _isUi(node.value)})


def _isUi(node: ast.expr) -> bool:
    """Whether it is written as `ui`, `self.ui` or `self._ui`."""
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name in ("ui", "_ui")
