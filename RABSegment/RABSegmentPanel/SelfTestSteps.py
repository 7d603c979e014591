"""The steps of the module's test: the tutorial on the panel's own widgets, which moves what a user moves."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import slicer

from rabengine.synthetic.phantom import beating_ellipse
from RABSegmentLib.Engine.Installation import hasTorch
from RABSegmentLib.Scene.CineLoading import cineFromArray
from RABSegmentLib.Scene.SegmentMasks import labelmapOn

from .EffectRegistration import EFFECT_NAME
from .SelfCheck import checkPanel

LONGEST = 300.0  # seconds that a run on a small cine may take on a slow computer


class SelfTestSteps:
    """Drives the open panel; an AssertionError says what did not happen.

    Args:
        widget: the RABSegmentWidget of the open module.
        say: shows what is being done.
    """

    def __init__(self, widget: Any, say: Callable[[str], None]) -> None:
        self._widget = widget
        self._say = say

    @property
    def _ui(self) -> Any:
        return self._widget.ui

    @property
    def _segmentation(self) -> Any:
        return self._widget.panel.shown.segmentation

    @property
    def _isRunning(self) -> bool:
        return bool(self._widget.panel.shown.isRunning)

    def checkIsAlive(self) -> None:
        """Every widget and signal is there, and the controls answer."""
        problems = checkPanel(self._widget)
        assert not problems, " ".join(problems)

    def runTutorial(self) -> None:
        """Mark two frames of a beating ellipse, segment all ten, verify, undo, and come back to the saved scene."""
        frames, truth = beating_ellipse(10, 64, 64, seed=1)
        self.choose(cineFromArray(slicer.mrmlScene, frames))
        self.undoStroke(3, truth[3] > 0)
        self.mark(0, truth[0] > 0)
        self.mark(5, truth[5] > 0)
        if hasTorch():
            self.click(8, truth[8] > 0)
            self.run()
            self.checkResult(truth)
            self.verifyNext()
            self.undoRun()
        else:
            self._say("PyTorch is not installed: nothing is segmented")
        self.reloadScene()
        self.mark(7, truth[7] > 0)

    def choose(self, browser: Any) -> None:
        """Choose a cine in the selector."""
        self._say("Choose the cine")
        self._ui.cineSelector.setCurrentNode(browser)
        self._letQtWork()
        assert self._segmentation is not None, "The chosen cine has no segmentation."
        assert self._ui.segmentEditor.segmentationNode() is not None, "The segment editor has no segmentation."

    def mark(self, frame: int, mask: np.ndarray) -> None:
        """Mark a frame with an effect of the segment editor."""
        self._say(f"Mark frame {frame}")
        self._ui.seekWidget.setSelectedItemNumber(frame)
        self._letQtWork()
        self._modify(mask)
        record = self._segmentation.record(frame)
        assert record.isMark, f"Frame {frame} was painted on and is {record.origin}."
        found = next(iter(self._segmentation.masks(frame).values()))
        assert np.array_equal(found, mask), f"Frame {frame} has {found.sum()} pixels, {mask.sum()} were painted."

    def click(self, frame: int, mask: np.ndarray) -> None:
        """One click in the middle of a mask finds it, and leaves no mark when it is taken back."""
        self._say(f"Click on frame {frame}")
        self._ui.seekWidget.setSelectedItemNumber(frame)
        self._letQtWork()
        self._ui.segmentEditor.setActiveEffectByName(EFFECT_NAME)
        self._letQtWork()
        session = self._widget.panel.shown.session
        rows, columns = mask.nonzero()
        session.prompting.click(frame, self._segmentation.segmentIds()[0], float(columns.mean()), float(rows.mean()))
        self._until(lambda: self._segmentation.record(frame).isMark, "The click was not answered.")
        found = next(iter(self._segmentation.masks(frame).values()))
        overlap = 2 * (found & mask).sum() / max(found.sum() + mask.sum(), 1)
        assert overlap > 0.7, f"A click has a Dice of {overlap:.2f}."
        session.prompting.undo()
        self._letQtWork()
        assert not self._segmentation.record(frame).isMark, "A click that was taken back is a mark."
        self._ui.segmentEditor.setActiveEffect(None)

    def undoStroke(self, frame: int, mask: np.ndarray) -> None:
        """A first stroke that is undone leaves no mark."""
        self.mark(frame, mask)
        self._ui.segmentEditor.undo()
        self._letQtWork()
        assert not self._segmentation.record(frame).isMark, "A stroke that was undone is a mark."

    def run(self) -> None:
        """Press the button and wait."""
        self._say("Segment the video")
        preset = self._ui.presetSelector.findData("fast")
        self._ui.presetSelector.setCurrentIndex(preset)
        self._widget.panel.run.onPresetChosen(preset)
        assert self._ui.segmentButton.enabled, self._ui.segmentButton.toolTip
        self._ui.segmentButton.click()
        self._until(lambda: self._isRunning, "The button did not answer.")
        self._until(lambda: self._ui.progressBar.value > 0 or not self._isRunning, "No progress was shown.")
        self._until(lambda: not self._isRunning, "The run did not end.")
        assert "Done" in self._ui.phaseLabel.text, self._ui.phaseLabel.text

    def checkResult(self, truth: np.ndarray) -> None:
        """Every frame is segmented: (T, H, W) labels."""
        for frame, labels in enumerate(truth):
            found = next(iter(self._segmentation.masks(frame).values()))
            overlap = 2 * (found & (labels > 0)).sum() / max(found.sum() + (labels > 0).sum(), 1)
            assert overlap > 0.8, f"Frame {frame} has a Dice of {overlap:.2f}."

    def verifyNext(self) -> int:
        """Go to the next frame to check and verify it; returns the frame."""
        self._say("Verify the next frame to check")
        self._ui.nextButton.click()
        self._letQtWork()
        frame = int(self._segmentation.selectedFrame)
        self._ui.verifyButton.click()
        self._letQtWork()
        assert self._segmentation.record(frame).origin == "verified", f"Frame {frame} was not verified."
        return frame

    def undoRun(self) -> None:
        """Take the run back; frames that nobody settled are empty again."""
        count = self._segmentation.frameCount
        frame = next(frame for frame in range(count) if self._segmentation.record(frame).origin == "predicted")
        self._say("Undo the run")
        assert self._ui.undoRunButton.enabled, self._ui.undoRunButton.toolTip
        self._ui.undoRunButton.click()
        self._letQtWork()
        found = next(iter(self._segmentation.masks(frame).values()))
        assert not found.any(), f"Frame {frame} is still segmented."

    def reloadScene(self) -> None:
        """Save, close and load the scene: the marks are there again, and painting works."""
        self._say("Save, close and load the scene")
        marked = self._ui.marksTable.rowCount
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "story.mrb")
            assert slicer.util.saveScene(path), "The scene was not saved."
            slicer.mrmlScene.Clear()
            self._letQtWork()
            assert self._segmentation is None, "The closed scene still has a cine."
            slicer.util.loadScene(path)
            self._letQtWork()
        self.checkIsAlive()
        assert self._segmentation is not None, "The loaded scene has no cine."
        assert self._ui.marksTable.rowCount == marked, "The loaded scene has other marks."

    def _modify(self, mask: np.ndarray) -> None:
        editor = self._ui.segmentEditor
        editor.setActiveEffectByName("Paint")
        effect = editor.activeEffect()
        assert effect is not None, "Paint cannot be chosen."
        effect.saveStateForUndo()
        labelmap = labelmapOn(self._segmentation.cineProxyNode, mask)
        effect.modifySelectedSegmentByLabelmap(labelmap, effect.ModificationModeAdd)
        self._letQtWork()

    def _until(self, condition: Callable[[], bool], problem: str) -> None:
        end = time.monotonic() + LONGEST
        while not condition():
            assert time.monotonic() < end, f"{problem} {self._ui.phaseLabel.text}"
            slicer.app.processEvents()
            time.sleep(0.01)

    def _letQtWork(self) -> None:
        """Until what waits for the end of an event is done, too."""
        for _ in range(5):
            slicer.app.processEvents()
