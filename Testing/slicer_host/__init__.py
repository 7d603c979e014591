"""Runs a Slicer scripted module with its widget, without the Slicer application."""

from __future__ import annotations

import os

from .singletons import keepSingletons

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
keepSingletons()  # Before PySide6 is imported.

from . import (  # noqa: E402
    ctk_layout,
    ctk_values,
    dialogs,
    effects,
    known_issues,
    layouts,
    main_window,
    module_widget,
    scene_files,
    segment_editor,
    sequence_widgets,
    ui_loader,
    view_events,
    views,
)
from .host import SlicerHost  # noqa: E402

__all__ = [
    "SlicerHost",
    "ctk_layout",
    "ctk_values",
    "dialogs",
    "effects",
    "known_issues",
    "layouts",
    "main_window",
    "module_widget",
]
__all__ += ["scene_files", "segment_editor", "sequence_widgets", "ui_loader", "view_events", "views"]
