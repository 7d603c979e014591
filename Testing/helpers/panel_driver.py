"""The panel Segment Video in the host, with what a user does to it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import slicer

from helpers.own_presets import SMALL
from helpers.processes import PATIENCE_SECONDS
from rabengine.synthetic.phantom import beating_ellipse
from RABSegmentLib.Scene.CineLoading import cineFromArray
from RABSegmentLib.Scene.SegmentationSequence import segmentationOfBrowser
from slicer_host import SlicerHost

MODULE = Path(__file__).resolve().parents[2] / "RABSegment" / "RABSegment.py"
COUNT, SIDE = 10, 64
FRAMES, TRUTH = beating_ellipse(COUNT, SIDE, SIDE, seed=1)


class Panel:
    """The module in the host, with what a user does to it."""

    def __init__(self, host: SlicerHost) -> None:
        self.host = host
        self.widget = host.loadModule(MODULE)
        self.ui = self.widget.ui
        host.enter()

    def addCine(self, name: str = "Heart") -> Any:
        return cineFromArray(slicer.mrmlScene, FRAMES, name)

    def choose(self, browser: Any) -> None:
        self.ui.cineSelector.setCurrentNode(browser)
        self.host.processEvents()

    def show(self, frame: int) -> None:
        self.ui.seekWidget.slider().value = frame
        self.host.processEvents(50)

    def paint(self, mask: np.ndarray) -> None:
        if self.ui.segmentEditor.activeEffect() is None:
            self.host.click("Paint")
        self.host.paint(self.ui.segmentEditor, mask)

    def take(self, preset: str) -> None:
        index = self.ui.presetSelector.findData(preset)
        self.ui.presetSelector.setCurrentIndex(index)
        self.widget.panel.run.onPresetChosen(index)

    def until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < end, self.ui.phaseLabel.text
            self.host.processEvents(20)

    def run(self, preset: str = SMALL) -> None:
        self.take(preset)
        self.host.click(self.ui.segmentButton)
        self.until(lambda: self.ui.segmentButton.text == "Segment video")

    def cancel(self) -> None:
        """Click until the click is no second one of a double click; of a run that does not end by itself."""

        def isStopping() -> bool:
            if self.ui.segmentButton.text == "Cancel" and self.ui.phaseLabel.text != "Stopping ...":
                self.host.click("segmentButton")
            return self.ui.segmentButton.text == "Segment video"

        self.until(isStopping)

    def rows(self) -> list[list[str]]:
        table = self.ui.marksTable
        return [[table.item(row, column).text() for column in range(5)] for row in range(table.rowCount)]

    def masks(self, browser: Any) -> np.ndarray:
        found = segmentationOfBrowser(browser)
        return np.stack([next(iter(found.masks(frame).values())) for frame in range(COUNT)])
