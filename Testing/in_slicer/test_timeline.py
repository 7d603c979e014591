"""The timeline shows each frame where a click finds it again."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.slicer_scenes import SIZE, SlicerScene, paint, square
from RABSegmentLib.Results.Timeline import PALE, STATUS_COLORS, TimelineData, TimelineSource
from RABSegmentLib.Scene.FrameRecords import FrameStatus
from RABSegmentLib.Scene.Marks import MarkKeeping
from RABSegmentLib.Scene.SegmentationSequence import createSegmentation
from RABSegmentLib.Session.PredictionWriter import LastRun, PredictionWriter


@pytest.mark.parametrize(("count", "width"), [(1, 200), (7, 200), (200, 200), (1000, 350), (3, 2)])
def test_a_click_in_a_frames_span_finds_the_frame(count: int, width: int) -> None:
    data = TimelineData((FrameStatus.EMPTY,) * count, (None,) * count, ())
    for frame in range(count):
        left, right = data.span(frame, width)
        assert 0 <= left < right <= width
        if count <= width:
            assert data.frameAt((left + right) / 2, width) == frame
    assert data.frameAt(-5, width) == 0 and data.frameAt(width + 5, width) == count - 1


def test_marks_predictions_and_areas_are_read_and_follow_edits() -> None:
    slicer_scene = SlicerScene()
    browser = slicer_scene.cine(np.zeros((4, *SIZE), np.uint8))
    segmentation = createSegmentation(browser)
    [segment] = segmentation.segmentIds()
    paint(segmentation, segment, square(0, 0, 10))
    MarkKeeping(segmentation).noticeEdits()
    labels = np.stack([square(5, 5, 20).astype(np.uint8)] * 4)
    PredictionWriter(segmentation, LastRun(segmentation)).write(range(4), labels, {1: segment}, np.full((4, 1), 0.5))
    source = TimelineSource(segmentation)
    data = source.read()
    assert data.status == (FrameStatus.MARKED, *[FrameStatus.PREDICTED] * 3)
    assert data.confidence == (None, 0.5, 0.5, 0.5)
    [curve] = data.areas
    assert curve.heights == pytest.approx((0.25, 1, 1, 1)) and curve.color == segmentation.segmentColor(segment)
    bars = data.bars(100, 74)
    assert [bar.color for bar in bars if bar.opacity == 255] == [STATUS_COLORS[status] for status in data.status]
    assert [bar.height for bar in bars if bar.opacity == PALE] == [30, 30, 30]
    [points] = data.lines(curve, 100, 74)
    assert points[0][1] > points[1][1] and [x for x, _y in points] == [12, 38, 62, 88]
    other = segmentation.addSegment("Atrium")
    segmentation.setMasks(1, {other: square(30, 30, 5)})
    MarkKeeping(segmentation).noticeEdits()
    [_ventricle, gaps] = source.read().areas
    assert [height is None for height in gaps.heights] == [True, False, True, True]
    assert [[x for x, _y in line] for line in source.read().lines(gaps, 100, 74)] == [[25, 50]]
    MarkKeeping(segmentation).markAbsent(3, segment)
    assert source.read().areas[0].heights == pytest.approx((0.25, 1, 1, 0))
