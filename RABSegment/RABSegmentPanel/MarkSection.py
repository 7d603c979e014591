"""Marking frames: the segment editor, the table of marked frames and what is done to marks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from rabengine.errors import ChoiceError
from rabengine.io.marks.types import Marks
from RABSegmentLib.Engine.Installation import withPackages
from RABSegmentLib.FrontEnd import Controls, Texts
from RABSegmentLib.FrontEnd.Actions import Action
from RABSegmentLib.FrontEnd.Controls import Situation
from RABSegmentLib.FrontEnd.SlicerViews import segmentEditorNode, showSegmentationOnly
from RABSegmentLib.Session.MarksFromFile import markedBefore, readLabels, takeLabels, withoutFrames
from RABSegmentLib.Session.Session import SegmentVideoSession

from .Choosing import chosenOf
from .CineHistories import CineHistories
from .CompactEditor import CompactEditor
from .EffectRegistration import EFFECT_NAME
from .Menu import fillMenu
from .PanelPart import Connections, PanelPart, ShownCine, showControl, waiting

MOST_ROWS = 5  # of the table of marked frames; more are scrolled
EFFECTS = (
    EFFECT_NAME,
    "Paint",
    "Draw",
    "Erase",
    "Level tracing",
    "Threshold",
    "Margin",
    "Smoothing",
    "Scissors",
    "Islands",
    "Logical operators",
)


_FIT = ("ResizeToContents",) * 2


class MarkSection(PanelPart):
    """The section *Mark a few frames*.

    Args:
        ui: the panel's widgets.
        connections: to connect them by.
        shown: the cine that is shown.
        histories: to take back what is done here.
        say: shows a text beside the run's.
        update: shows the whole panel anew.
    """

    def __init__(
        self,
        ui: Any,
        connections: Connections,
        shown: ShownCine,
        histories: CineHistories,
        say: Callable[[str], None],
        update: Callable[[], None],
    ) -> None:
        self._ui = ui
        self._shown = shown
        self._histories = histories
        self._say = say
        self._update = update
        ui.segmentEditor.setEffectNameOrder(EFFECTS)
        ui.segmentEditor.unorderedEffectsVisible = False
        self._compactEditor = CompactEditor(ui.segmentEditor)
        header = ui.marksTable.horizontalHeader()
        for column, mode in enumerate((*_FIT, "Stretch", *_FIT)):
            header.setSectionResizeMode(column, getattr(qt.QHeaderView, mode))
        entries = (
            (_("File: labels, DICOM segmentation, COCO, CVAT, ZIP..."), self.onMarksFile),
            (_("Folder: label images or training set..."), self.onMarksFolder),
        )
        fillMenu(ui.marksFileButton, entries)
        connections.add(ui.absentButton, "clicked()", self.onAbsentClicked)
        connections.add(ui.removeMarkButton, "clicked()", self.onRemoveMarkClicked)
        connections.add(ui.undoButton, "clicked()", histories.undo)
        connections.add(ui.redoButton, "clicked()", histories.redo)
        connections.add(ui.marksTable, "cellClicked(int,int)", self.onMarkClicked)
        connections.add(ui.marksTable, "itemSelectionChanged()", update)
        connections.add(ui.segmentEditor, "currentSegmentIDChanged(QString)", lambda _segment: update())

    def currentSegment(self) -> str:
        """Id of the segment that is selected in the editor, empty for none."""
        return self._ui.segmentEditor.currentSegmentID() or ""

    def selectedMark(self) -> int | None:
        """The frame of the row that is selected in the table, None for none."""
        row = self._ui.marksTable.currentRow()
        marked = [] if self._shown.session is None else self._shown.session.keeping.markedFrames()
        return marked[row] if 0 <= row < len(marked) else None

    def onCine(self) -> None:
        """Edit the cine's segmentation, and go on with its history."""
        self.setUpEditor()
        self._histories.follow(self._shown.session)

    def setUpEditor(self) -> None:
        """Let the segment editor edit what is shown."""
        editor, segmentation = self._ui.segmentEditor, self._shown.segmentation
        if segmentation is None:
            editor.setSegmentationNode(None)
            editor.setSourceVolumeNode(None)
            return
        editor.setMRMLSegmentEditorNode(segmentEditorNode())
        editor.setSegmentationNode(segmentation.proxyNode)
        editor.setSourceVolumeNode(segmentation.cineProxyNode)

    @property
    def isLeft(self) -> bool:
        """Whether the editor edits other nodes than those that show the cine now."""
        editor, segmentation = self._ui.segmentEditor, self._shown.segmentation
        if segmentation is None:
            return False
        edited, drawnOn = editor.segmentationNode(), editor.sourceVolumeNode()
        return edited is not segmentation.proxyNode or drawnOn is not segmentation.cineProxyNode

    def followNodes(self) -> None:
        """Nodes of the cine may have been deleted or replaced, such as in the modules Data and Sequences."""
        segmentation = self._shown.segmentation
        if segmentation is not None and self.isLeft:
            self.setUpEditor()
            showSegmentationOnly(segmentation)

    def onAbsentClicked(self) -> None:
        """The selected segment is not on this frame."""
        session, frame = self._shown.session, self._shown.frame
        if session is not None:
            with self._histories.step(Action.ABSENT.title, frame):
                session.markAbsent(frame, self.currentSegment())

    def onRemoveMarkClicked(self) -> None:
        """The frame of the selected row is no mark any more."""
        session, frame = self._shown.session, self.selectedMark()
        if session is not None and frame is not None:
            with self._histories.step(Action.REMOVE_MARK.title, frame):
                session.forgetMark(frame)

    def onMarkClicked(self, row: int, _column: int = 0) -> None:
        """Show the frame of a row."""
        session = self._shown.session
        if session is not None:
            session.segmentation.select(session.keeping.markedFrames()[row])

    def onMarksFile(self) -> None:
        """Take marks from a file of labels, a DICOM segmentation, or a set that is one file."""
        self._take(qt.QFileDialog.getOpenFileName(slicer.util.mainWindow(), _("Take marks from a file")))

    def onMarksFolder(self) -> None:
        """Take marks from a folder of label images, or of a training set."""
        self._take(qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), _("Take marks from a folder")))

    def showControls(self, now: Situation) -> None:
        """What can be done to marks."""
        showControl(self._ui.absentButton, Controls.absentControl(now))
        showControl(self._ui.removeMarkButton, Controls.removeMarkControl(now))
        showControl(self._ui.marksFileButton, Controls.marksFileControl(now))
        self._ui.segmentEditor.enabled = now.hasCine

    def show(self, now: Situation) -> None:
        """The marked frames, and as many rows of segments as there are."""
        segmentation = self._shown.segmentation
        self._compactEditor.fit(0 if segmentation is None else len(segmentation.segmentIds()))
        self._fillTable(Texts.markRows(segmentation))

    def _take(self, path: str) -> None:
        session = self._shown.session
        if not path or session is None:
            return
        with slicer.util.tryWithErrorDisplay(_("No marks were taken.")):
            name = Path(path).name
            read = self._read(session, path, name)
            if read is None:
                return
            labels = self._wanted(session, read, name)
            if labels:
                with self._histories.step(Action.MARKS_FILE.title):
                    taken = waiting(lambda: takeLabels(session, labels, name))
                self._say(taken.text)
            else:
                self._say(Texts.marksKeptText(name))
        self._update()

    def _read(self, session: SegmentVideoSession, path: str, name: str) -> Marks | None:
        """The labels; of a set with several cines that fit those of the one that its user chooses, None for none."""
        try:
            return withPackages(lambda: waiting(lambda: readLabels(session, path)))
        except ChoiceError as error:
            chosen = chosenOf(Texts.chooseCineTitle(), Texts.chooseCineText(name), error.choices)
            if not chosen:
                return None
        return waiting(lambda: readLabels(session, path, ofCine=chosen))

    def _wanted(self, session: SegmentVideoSession, labels: Marks, name: str) -> Marks:
        """The labels that are to become marks; whoever marked some of their frames is asked which marks count."""
        marked = markedBefore(session, labels)
        if not marked or slicer.util.confirmYesNoDisplay(Texts.replaceMarksText(marked, name)):
            return labels
        return withoutFrames(labels, marked)

    def _fillTable(self, rows: Sequence[tuple[str, ...]]) -> None:
        table = self._ui.marksTable
        columns = range(table.columnCount)
        shown = [tuple(table.item(row, column).text() for column in columns) for row in range(table.rowCount)]
        if shown != list(rows):
            table.setRowCount(len(rows))
            for number, row in enumerate(rows):
                for column, text in enumerate(row):
                    table.setItem(number, column, qt.QTableWidgetItem(text))
        table.visible = bool(rows)
        heights = sum(table.rowHeight(row) for row in range(min(len(rows), MOST_ROWS)))
        table.setFixedHeight(table.horizontalHeader().height + heights + 2 * table.frameWidth)
