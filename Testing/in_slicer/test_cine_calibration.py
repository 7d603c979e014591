"""Pixel size and frame time that a user says: on real sequences with marks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from helpers.slicer_scenes import SIZE, SlicerScene, paint, square
from rabengine.cine import LEFT_OUT, Cine
from rabengine.errors import InputError
from RABSegmentLib.Results.AreaNodes import writeAreaTableNode
from RABSegmentLib.Results.Areas import areaTable
from RABSegmentLib.Scene.CineCalibration import canSetFrameTime, canSetSpacing, setFrameTime, setSpacing
from RABSegmentLib.Scene.CineGeometry import engineCine
from RABSegmentLib.Scene.CineLoading import addCine, cineFromArray
from RABSegmentLib.Scene.Marks import MarkKeeping, MarkObserver
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence, createSegmentation
from RABSegmentLib.Session.MarkHistory import MarkHistory


class Bare:
    """A cine without spacing and times; frames 1 and 3 are marked."""

    def __init__(self) -> None:
        self.slicer = SlicerScene()
        self.browser = cineFromArray(self.slicer.scene, np.zeros((5, *SIZE), np.uint8))
        self.segmentation: SegmentationSequence = createSegmentation(self.browser)
        self.keeping = MarkKeeping(self.segmentation)
        self.observer = MarkObserver(self.segmentation, self.keeping, lambda _frame: None, lambda: None)
        self.history = MarkHistory(self.segmentation, lambda frame: self.slicer.show(self.browser, frame))
        self.segment = self.segmentation.segmentIds()[0]
        for frame in (1, 3):
            self.paint(frame, square(5, 5))

    def paint(self, frame: int, mask: np.ndarray) -> None:
        self.slicer.show(self.browser, frame)
        paint(self.segmentation, self.segment, mask)
        self.history.record("Paint", frame)


@pytest.fixture
def bare() -> Bare:
    return Bare()


def test_areas_are_in_mm_and_masks_stay_on_their_pixels(bare, tmp_path):
    segmentation, area = bare.segmentation, int(square(5, 5).sum())
    before = [segmentation.record(frame) for frame in range(5)]
    for x, y in ((0.5, 0.25), (2.0, 1.0), (1.0, 1.0)):  # it can be said again, and 1 mm counts
        assert canSetSpacing(segmentation)
        bare.slicer.saveFiles(tmp_path)
        setSpacing(segmentation, x, y)
        assert all(node in bare.slicer.unsaved() for node in (segmentation.cine.node, segmentation.node))
        assert segmentation.cine.spacing == (x, y)
        assert segmentation.cineProxyNode.GetSpacing()[:2] == (x, y)
        assert areaTable(segmentation)[1].segments[bare.segment].mm2 == pytest.approx(area * x * y)
        assert np.array_equal(segmentation.masks(3)[bare.segment], square(5, 5))
    assert [segmentation.record(frame) for frame in range(5)] == before
    assert bare.keeping.noticeEdits() == []
    bare.paint(2, square(9, 9))
    bare.paint(3, square(5, 5) | square(30, 30))
    assert np.array_equal(segmentation.masks(2)[bare.segment], square(9, 9))
    assert np.array_equal(segmentation.masks(3)[bare.segment], square(5, 5) | square(30, 30))
    assert areaTable(segmentation)[2].segments[bare.segment].pixels == int(square(9, 9).sum())


def test_what_files_say_of_the_size_is_not_said_beside_the_users_own():
    order, size = "The files do not say in which order.", "The frames differ in pixel spacing, so no areas in mm2 are."
    cine = Cine(np.zeros((2, *SIZE), np.uint8), index_values=(0.0, 1.0), warnings=(order, size))
    slicer = SlicerScene()
    segmentation = createSegmentation(addCine(slicer.scene, cine, "Heart").browserNode)
    assert engineCine(segmentation.cine).warnings == (order, size)
    setSpacing(segmentation, 0.5, 0.25)
    assert engineCine(segmentation.cine).warnings == (order,)


def test_files_that_were_left_out_are_no_doubt_of_the_cines_own_size():
    scene, doubt = SlicerScene(), "The pixel size is the detector's."
    left = f"{LEFT_OUT}: Meier.png."
    cine = Cine(np.zeros((3, *SIZE), np.uint8), spacing=(0.3, 0.3), warnings=(left, doubt))
    segmentation = createSegmentation(addCine(scene.scene, cine, "Heart").browserNode)
    assert segmentation.cine.calibrationDoubts == (doubt,)
    assert "Meier" not in writeAreaTableNode(segmentation).GetDescription()
    certain = createSegmentation(addCine(scene.scene, replace(cine, warnings=(left,)), "Sure").browserNode)
    assert certain.cine.calibrationDoubts == () and not canSetSpacing(certain)


@pytest.mark.parametrize("seconds", [0.04, 0.5, 1.0, 2.0, 1e-5])
def test_frames_are_numbered_by_time_and_keep_their_marks(bare, seconds):
    segmentation = bare.segmentation
    bare.slicer.show(bare.browser, 3)
    before = [segmentation.record(frame) for frame in range(5)]
    for step in (seconds, 2 * seconds, seconds):
        assert canSetFrameTime(segmentation)
        bare.history.renameFrames(setFrameTime(segmentation, step))
        assert segmentation.cine.times() == pytest.approx([frame * step for frame in range(5)])
        assert (segmentation.cine.indexName, segmentation.cine.indexUnit) == ("time", "s")
        assert segmentation.node.GetIndexName() == "time"
        assert [segmentation.record(frame) for frame in range(5)] == before
        assert [bool(segmentation.masks(frame)[bare.segment].any()) for frame in range(5)] == [0, 1, 0, 1, 0]
    assert segmentation.selectedFrame == 3
    assert bare.browser.GetPlaybackRateFps() == pytest.approx(1 / seconds)
    bare.paint(4, square(9, 9))
    assert np.array_equal(segmentation.masks(4)[bare.segment], square(9, 9))
    for _step in range(3):
        bare.history.undo()
    assert bare.history.undo() is None and not any(segmentation.masks(frame)[bare.segment].any() for frame in range(5))


def test_what_a_file_says_is_not_said_again():
    scene = SlicerScene()
    segmentation = createSegmentation(scene.cine(np.zeros((3, *SIZE), np.uint8)))
    with pytest.raises(InputError, match="says how large"):
        setSpacing(segmentation, 1.0, 1.0)
    with pytest.raises(InputError, match="has times"):
        setFrameTime(segmentation, 0.04)


def test_times_in_doubt_can_be_said():
    doubt = "The file says that frames are 40 s apart, as files do too, so check durations and rates."
    other = f"{LEFT_OUT}: Doe_Jane.txt."
    times = (0.0, 40.0)
    cine = Cine(np.zeros((2, *SIZE), np.uint8), (0.5, 0.5), index_name="time", index_unit="s", index_values=times)
    slicer = SlicerScene()
    sure = createSegmentation(addCine(slicer.scene, cine, "Sure").browserNode)
    assert not canSetFrameTime(sure)
    cine = replace(cine, warnings=(doubt, other))
    segmentation = createSegmentation(addCine(slicer.scene, cine, "Heart").browserNode)
    assert canSetFrameTime(segmentation) and not canSetSpacing(segmentation), "nothing was said of the size"
    assert segmentation.cine.calibrationDoubts == (), "nor is a name of a file for a table"
    setFrameTime(segmentation, 0.04)
    assert segmentation.cine.times() == [0.0, 0.04] and engineCine(segmentation.cine).warnings == (other,)
    assert canSetFrameTime(segmentation), "it can be said again"


@pytest.mark.parametrize("odd", [0.0, -1.0, float("nan"), float("inf"), 1e9])
def test_what_is_no_size_and_no_time_is_refused(bare, odd):
    for call in (
        lambda: setSpacing(bare.segmentation, odd, 1.0),
        lambda: setSpacing(bare.segmentation, 1.0, odd),
        lambda: setFrameTime(bare.segmentation, odd),
    ):
        with pytest.raises(InputError):
            call()
    assert bare.segmentation.cine.spacing is None and bare.segmentation.cine.indexName == "frame"
