"""The module inside Slicer, as ctest runs it: its own self test, and its panel opened and closed."""

from __future__ import annotations

import unittest

import slicer


class RABSegmentModuleTest(unittest.TestCase):
    """Needs the application; Testing/ at the top of the repository has the tests that do not."""

    def setUp(self) -> None:
        slicer.mrmlScene.Clear()

    def test_theModuleSegmentsASmallCine(self) -> None:
        import RABSegment

        RABSegment.RABSegmentTest().runTest()

    def test_thePanelOpensWithoutACineAndCloses(self) -> None:
        slicer.util.selectModule("RABSegment")
        widget = slicer.modules.RABSegmentWidget
        self.assertFalse(widget.ui.segmentButton.enabled)
        self.assertTrue(widget.ui.segmentButton.toolTip)
        slicer.util.selectModule("Welcome")
