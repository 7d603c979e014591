"""A scene that is exported comes back whole: pixels, masks, records, colours, times; and nothing else comes along."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from helpers.scene_files import exportScene
from helpers.slicer_scenes import SlicerScene, square
from rabengine.errors import InputError
from RABSegmentLib.Export.Bundle import sceneSteps, sceneWriter
from RABSegmentLib.Scene.CineLoading import cineFromArray
from RABSegmentLib.Scene.FrameRecords import FrameRecord, FrameStatus
from RABSegmentLib.Scene.SegmentationSequence import SegmentationSequence, createSegmentation, segmentationOfBrowser
from RABSegmentLib.Steps import allOf

KINDS = {
    "grey": ("uint8", 1),
    "signed": ("int16", 1),
    "real": ("float32", 1),
    "colour": ("uint8", 3),
    "deep colour": ("uint16", 3),
}


@pytest.fixture
def scene() -> SlicerScene:
    return SlicerScene()


def frames(kind: str, count: int = 5) -> np.ndarray:
    dtype, channels = KINDS[kind]
    noise = np.random.default_rng(0).integers(0, 120, (count, 48, 64, channels))
    return (noise - (60 if dtype == "int16" else 0)).astype(dtype).squeeze(-1 if channels == 1 else ())


def segmented(scene: SlicerScene, kind: str = "grey") -> SegmentationSequence:
    """Two segments that overlap, on frames of every status."""
    browser = scene.cine(frames(kind), name="Herz & Co")
    segmentation = createSegmentation(browser)
    (first,) = segmentation.segmentIds()
    second = segmentation.addSegment("Wand <1>", (0.25, 0.5, 0.75))
    for frame in range(4):
        segmentation.setMasks(frame, {first: square(5 + frame, 10), second: square(10 + frame, 12)})
    statuses = (FrameStatus.MARKED, FrameStatus.PREDICTED, FrameStatus.VERIFIED, FrameStatus.PREDICTED)
    segmentation.setRecords(
        {
            frame: FrameRecord(status, isCorrected=frame == 0, known=(first,), confidence={second: 0.25 * frame})
            for frame, status in enumerate(statuses)
        }
    )
    browser.SetPlaybackRateFps(12.5)
    return segmentation


def reopened(path: Path) -> tuple[SlicerScene, SegmentationSequence]:
    fresh = SlicerScene()
    fresh.open(path)
    found = segmentationOfBrowser(fresh.scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode"))
    assert found is not None
    return fresh, found


@pytest.mark.parametrize("kind", list(KINDS))
def test_everything_comes_back(scene, tmp_path, kind):
    segmentation = segmented(scene, kind)
    assert exportScene(segmentation, tmp_path / "é 1.mrb") == tmp_path / "é 1.mrb"
    assert [path.name for path in tmp_path.iterdir()] == ["é 1.mrb"]
    _fresh, found = reopened(tmp_path / "é 1.mrb")
    assert found.cine.name == "Herz _ Co"  # Slicer cannot read a scene with "&" in the name of a file
    assert np.array_equal(found.cine.frames(), frames(kind)) and found.cine.frames().dtype == frames(kind).dtype
    assert (found.cine.indexName, found.cine.indexUnit) == ("time", "s")
    assert found.cine.times() == pytest.approx(segmentation.cine.times())
    assert found.cine.spacing == pytest.approx((0.5, 0.5))
    assert found.segmentIds() == segmentation.segmentIds()
    assert [found.segmentName(one) for one in found.segmentIds()] == ["Segment 1", "Wand <1>"]
    assert found.segmentColor(found.segmentIds()[1]) == pytest.approx((0.25, 0.5, 0.75))
    for frame in range(5):
        for segment, mask in segmentation.masks(frame).items():
            assert np.array_equal(found.masks(frame)[segment], mask)
    assert found.records.asDict() == segmentation.records.asDict() and len(found.records.asDict()) == 4
    assert found.browserNode.GetPlaybackRateFps() == 12.5


def test_the_place_of_the_frames_comes_back(scene, tmp_path):
    import vtk

    segmentation = segmented(scene)
    exportScene(segmentation, tmp_path / "a.mrb")
    _fresh, found = reopened(tmp_path / "a.mrb")
    own, other = vtk.vtkMatrix4x4(), vtk.vtkMatrix4x4()
    segmentation.cine.frameNode(3).GetIJKToRASMatrix(own)
    found.cine.frameNode(3).GetIJKToRASMatrix(other)
    places = [(row, column) for row in range(4) for column in range(4)]
    assert [own.GetElement(*place) for place in places] == pytest.approx([other.GetElement(*place) for place in places])


def test_a_calibration_of_one_millimetre_and_frame_numbers_come_back(scene, tmp_path):
    browser = cineFromArray(scene.scene, frames("grey"), "Plain")
    exportScene(createSegmentation(browser), tmp_path / "a.mrb")
    _fresh, found = reopened(tmp_path / "a.mrb")
    assert found.cine.spacing is None and found.cine.indexName == "frame"
    browser.GetMasterSequenceNode().SetAttribute("RABSegment.IsCalibrated", "1")
    exportScene(createSegmentation(browser), tmp_path / "a.mrb")
    assert reopened(tmp_path / "a.mrb")[1].cine.spacing == (1.0, 1.0)


def test_frames_can_be_shown_and_painted_when_it_is_open(scene, tmp_path):
    exportScene(segmented(scene), tmp_path / "a.mrb")
    fresh, found = reopened(tmp_path / "a.mrb")
    fresh.show(found.browserNode, 4)
    (first, _second) = found.segmentIds()
    assert not found.masks(4)[first].any()
    found.setMasks(4, {first: square(20, 20)})
    fresh.show(found.browserNode, 0)
    fresh.show(found.browserNode, 4)
    assert np.array_equal(found.masks(4)[first], square(20, 20))


def test_nothing_else_of_the_scene_comes_along(scene, tmp_path):
    """Nodes of the same kinds were there before, so that the copies get ids that others have here."""
    first = segmented(scene)
    scene.scene.AddNewNodeByClass("vtkMRMLTableNode", "Table")
    scene.scene.AddNewNodeByClass("vtkMRMLModelNode", "Model")
    second = createSegmentation(scene.cine(frames("grey")[::-1], name="Second"))
    before = [scene.scene.GetNthNode(number).GetID() for number in range(scene.scene.GetNumberOfNodes())]
    for segmentation in (first, second):
        exportScene(segmentation, tmp_path / "a.mrb")
        fresh, found = reopened(tmp_path / "a.mrb")
        assert found.cine.name == segmentation.cine.name.replace("&", "_")
        assert np.array_equal(found.cine.frames(), segmentation.cine.frames())
        assert found.cineProxyNode.GetName() == segmentation.cineProxyNode.GetName().replace("&", "_")
        assert found.proxyNode.GetDisplayNode() is not None or segmentation.proxyNode.GetDisplayNode() is None
        count = fresh.scene.GetNumberOfNodesByClass
        assert count("vtkMRMLSequenceNode") == 2 and count("vtkMRMLSequenceBrowserNode") == 1
        assert count("vtkMRMLTableNode") == count("vtkMRMLModelNode") == 0
    # The scene that was exported is as it was.
    assert [scene.scene.GetNthNode(number).GetID() for number in range(scene.scene.GetNumberOfNodes())] == before


def test_what_was_gathered_is_written_whatever_happens_to_the_scene(scene, tmp_path):
    segmentation = segmented(scene)
    expected = segmentation.cine.frames()
    (tmp_path / "work").mkdir()
    write = sceneWriter(segmentation, tmp_path / "work")
    segmentation.cine.frame(0)[:] = 0
    scene.scene.Clear(1)
    assert write(tmp_path / "a.mrb") == [tmp_path / "a.mrb"]
    assert np.array_equal(reopened(tmp_path / "a.mrb")[1].cine.frames(), expected)


def test_what_changes_while_it_is_gathered_is_in_the_file_with_what_is_known_of_it(scene, tmp_path):
    segmentation = segmented(scene)
    first, _second = segmentation.segmentIds()
    (tmp_path / "work").mkdir()
    steps = sceneSteps(segmentation, tmp_path / "work")
    for _step in range(8):  # all frames of the cine, and some masks
        next(steps)
    segmentation.setMasks(0, {first: square(30, 40)})
    segmentation.renameSegment(first, "Anew")
    segmentation.setRecords({0: FrameRecord(FrameStatus.VERIFIED, known=(first,))})
    allOf(steps)(tmp_path / "a.mrb")
    _fresh, found = reopened(tmp_path / "a.mrb")
    assert np.array_equal(found.masks(0)[first], square(30, 40))
    assert found.record(0).status is FrameStatus.VERIFIED
    for frame in range(found.frameCount):
        found.select(frame)
        assert found.segmentName(first) == "Anew"


def test_bad_places_are_one_sentence(scene, tmp_path):
    segmentation = segmented(scene)
    for path in (tmp_path / "a.nrrd", tmp_path / ".mrb", tmp_path / "none" / "a.mrb", tmp_path):
        with pytest.raises(InputError) as caught:
            exportScene(segmentation, path)
        assert caught.value.hint
    assert list(tmp_path.iterdir()) == []
