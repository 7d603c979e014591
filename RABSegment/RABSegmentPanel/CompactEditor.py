"""Fits Slicer's segment editor into a narrow panel: its parts one under the other, its list as high as its rows."""

from __future__ import annotations

import logging
from typing import Any

import slicer
from slicer.i18n import translate

COLUMNS = 6  # of effects: two rows
MOST_ROWS = 6  # of the list; more are scrolled
GRIP = 12  # pixels of the handle below the list
_PARTS = ("SegmentsTableResizableFrame", "EffectsGroupBox", "UndoRedoGroupBox", "OptionsGroupBox", "MaskingGroupBox")
_ROW = 3  # of the editor's grid: what it is holds these parts beside each other
# Of no use on a single slice, and what makes the panel wide.
_FOR_VOLUMES = ("Sphere brush", "Edit in 3D views")
_EFFECT_CONTEXT = "qSlicerSegmentEditorPaintEffect"


class CompactEditor:
    """Rearranges a segment editor; one whose parts have other names than we know stays as it is.

    Args:
        editor: the qMRMLSegmentEditorWidget.
    """

    def __init__(self, editor: Any) -> None:
        self._editor = editor
        self._frame = None
        editor.setEffectColumnCount(COLUMNS)
        editor.updateEffectList()
        inside = slicer.util.findChildren(editor)  # one walk through hundreds of widgets, not one for each part
        self._table = _named("SegmentsTable", inside)
        try:
            self._stack(inside)
            _hideOptionsForVolumes(inside)
        except (AttributeError, RuntimeError, TypeError, ValueError) as error:
            # The inside of the editor is Slicer's own matter: a change there must not cost the panel.
            logging.warning(f"Segment Video leaves the segment editor as it is: {error}")

    def fit(self, segmentCount: int) -> None:
        """Make the list as high as its rows.

        Args:
            segmentCount: how many segments there are.
        """
        if self._frame is None or self._table is None:
            return
        rows = min(max(segmentCount, 1), MOST_ROWS)
        row = self._table.verticalHeader().defaultSectionSize
        height = self._table.horizontalHeader().height + rows * row + 2 * self._table.frameWidth
        self._table.setMinimumHeight(height)
        self._frame.setMaximumHeight(height + GRIP)

    def _stack(self, inside: list[Any]) -> None:
        """List, effects with undo, options, masking: each as wide as the panel."""
        parts = [_named(name, inside) for name in _PARTS]
        if any(part is None for part in parts):
            raise ValueError("its parts have other names")
        frame, effects, history, options, masking = parts
        grid = self._editor.layout()
        emptied = grid.itemAtPosition(_ROW, 0)
        grid.addWidget(frame, _ROW + 1, 0, 1, 2)
        grid.addWidget(effects, _ROW + 2, 0)
        history.hide()  # the panel's own undo knows more than strokes
        grid.addWidget(options, _ROW + 3, 0, 1, 2)
        grid.addWidget(masking, _ROW + 4, 0, 1, 2)
        grid.removeItem(emptied)  # its springs would keep the place
        self._frame = frame


def _named(name: str, inside: list[Any]) -> Any:
    return next((one for one in inside if getattr(one, "name", None) == name), None)


def _hideOptionsForVolumes(inside: list[Any]) -> None:
    """Options of brushes that a single slice has no use for."""
    wanted = {translate(_EFFECT_CONTEXT, text) for text in _FOR_VOLUMES}
    for box in inside:
        if box.className() == "QCheckBox" and box.text in wanted:
            box.setVisible(False)
