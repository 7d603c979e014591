"""The panel with a cine and the effect *Mark by clicks*, and what a user does with the mouse in the red view."""

from __future__ import annotations

from typing import Any

import numpy as np

from helpers.panel_driver import TRUTH, Panel
from slicer_host.view_events import ViewMouse

EFFECT = "Mark by clicks"


def middle(mask: np.ndarray) -> tuple[float, float]:
    rows, columns = np.nonzero(mask)
    return float(columns.mean()), float(rows.mean())


class Clicking:
    """The panel with a cine, its effect, and a mouse in the red view."""

    def __init__(self, panel: Panel) -> None:
        self.panel, self.host = panel, panel.host
        self.browser = panel.addCine()
        panel.choose(self.browser)
        self.session = panel.widget.panel.shown.session
        self.editor = panel.ui.segmentEditor
        self.mouse = ViewMouse(self.editor)

    @property
    def segment(self) -> str:
        return self.session.segmentation.segmentIds()[0]

    def mask(self, frame: int = 0, segment: str = "") -> np.ndarray:
        return self.session.segmentation.masks(frame)[segment or self.segment]

    def begin(self) -> None:
        self.host.click(EFFECT)

    def settle(self) -> None:
        self.panel.until(lambda: not self.session.isPrompting)

    def click(self, frame: int = 0, **how: Any) -> np.ndarray:
        assert self.mouse.click(middle(TRUTH[frame]), **how)
        self.settle()
        return self.mask(frame)

    def status(self) -> str:
        return self.host.find("promptStatusLabel").text()
