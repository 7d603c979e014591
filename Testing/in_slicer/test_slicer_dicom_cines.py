"""Cines as Slicer's own DICOM module leaves them in the scene: nodes, times, pixel sizes, and whose they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from helpers.slicer_scenes import SIZE, SlicerScene, slicer, volume, volumesOverTime
from rabengine.errors import InputError
from RABSegmentLib.Results.AreaNodes import timeTitle, writeAreaChart, writeAreaTableNode
from RABSegmentLib.Results.LineNode import makeLine
from RABSegmentLib.Scene.CineCalibration import canSetFrameTime, setFrameTime
from RABSegmentLib.Scene.CineGeometry import secondsOf
from RABSegmentLib.Scene.CineLoading import cineFromSlice, cineFromVolume
from RABSegmentLib.Scene.Patients import patientOf
from RABSegmentLib.Scene.SegmentationSequence import createSegmentation

COUNT = 4
FRAMES = np.arange(COUNT * SIZE[0] * SIZE[1], dtype=np.uint32).reshape(COUNT, *SIZE).astype(np.uint8)


IN_TREE = (
    "vtkMRMLVolumeNode",
    "vtkMRMLSegmentationNode",
    "vtkMRMLTableNode",
    "vtkMRMLPlotChartNode",
    "vtkMRMLMarkupsNode",
)


class DicomScene(SlicerScene):
    """A scene into which Slicer's DICOM plugins load, with its tree of patients and studies."""

    def __init__(self) -> None:
        from vtk import VTK_OBJECT
        from vtk.util.misc import calldata_type

        super().__init__()
        self.tree = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(self.scene)

        @calldata_type(VTK_OBJECT)
        def onAdded(_scene: Any, _event: str, node: Any) -> None:
            """As the application does with each node that its tree shows."""
            if any(node.IsA(kind) for kind in IN_TREE):
                self.tree.CreateItem(self.tree.GetSceneItemID(), node)

        self.scene.AddObserver(self.scene.NodeAddedEvent, onAdded)

    def load(self, values: list[str], name: str, unit: str, spacing: float) -> Any:
        """The browser of a cine that a plugin for sequences loaded, under patient P1 and study S1."""
        sequence = self.scene.AddNewNodeByClass("vtkMRMLSequenceNode", "3: US Heart")
        sequence.SetIndexName(name)
        sequence.SetIndexUnit(unit)
        for frame, value in zip(FRAMES, values, strict=True):
            sequence.SetDataNodeAtValue(volume(frame, spacing), value)
        browser = self.scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "3: US Heart browser")
        browser.AddSynchronizedSequenceNode(sequence)
        self.show(browser, 0)
        series = self.tree.GetItemByDataNode(browser.GetProxyNode(sequence))
        self.tree.SetItemUID(series, "DICOM", "1.2.3")
        slicer.vtkSlicerSubjectHierarchyModuleLogic.InsertDicomSeriesInHierarchy(self.tree, "P1", "S1", "1.2.3")
        return browser

    def studyOf(self, node: Any) -> str:
        item = self.tree.GetItemAncestorAtLevel(self.tree.GetItemByDataNode(node), "Study")
        return str(self.tree.GetItemUID(item, "DICOM")) if item else ""


@pytest.fixture
def scene() -> DicomScene:
    return DicomScene()


def test_what_is_made_of_an_ultrasound_cine_lies_in_its_study_and_its_patient_is_known(scene):
    segmentation = createSegmentation(scene.load([f"{n * 0.033:.3f}" for n in range(COUNT)], "time", "s", 0.3))
    table = writeAreaTableNode(segmentation)
    made = (segmentation.proxyNode, table, writeAreaChart(segmentation, table), makeLine(segmentation))
    assert [scene.studyOf(node) for node in made] == ["S1"] * 4
    assert patientOf(segmentation.cine) == "P1"
    assert segmentation.cine.spacing == (0.3, 0.3) and not canSetFrameTime(segmentation)
    assert secondsOf(segmentation.cine) == pytest.approx((0.0, 0.033, 0.066, 0.099))


def test_a_cine_mr_has_instance_numbers_for_times_until_its_user_says_the_time(scene):
    segmentation = createSegmentation(scene.load(["1", "2", "3", "4"], "instance number", "", 1.4))
    assert segmentation.cine.timeText(1) == "instance number 2" and secondsOf(segmentation.cine) is None
    assert segmentation.cine.spacing == (1.4, 1.4) and canSetFrameTime(segmentation)
    setFrameTime(segmentation, 0.04)
    assert secondsOf(segmentation.cine) == pytest.approx((0.0, 0.04, 0.08, 0.12))
    assert segmentation.cine.timeText(1) == "0.04 s"


def test_the_trigger_times_that_slicer_notes_on_a_cine_mr_are_its_times_also_after_its_scene_was_saved(scene, tmp_path):
    browser = scene.load(["11", "12", "13", "14"], "instance number", "", 1.4)
    for frame, time in enumerate(("12.5", "52.5", "92.5", "132.5")):
        browser.GetMasterSequenceNode().GetNthDataNode(frame).SetAttribute("DICOM.triggerTime", time)
    createSegmentation(browser)
    scene.save(tmp_path / "scene.mrb")
    scene.open(tmp_path / "scene.mrb")
    segmentation = createSegmentation(scene.scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode"))
    assert secondsOf(segmentation.cine) == pytest.approx((0.0125, 0.0525, 0.0925, 0.1325))
    assert segmentation.cine.timeText(1) == "52.5 ms" and not canSetFrameTime(segmentation)
    assert segmentation.cine.indexValues == ["11", "12", "13", "14"] and timeTitle(segmentation) == "Time [ms]"
    segmentation.cine.node.RemoveDataNodeAtValue("12")
    assert secondsOf(segmentation.cine) is None


def test_trigger_times_of_several_beats_or_slices_are_none_of_a_cine(scene):
    browser = scene.load(["1", "2", "3", "4"], "instance number", "", 1.4)
    for frame, time in enumerate(("0", "40", "0", "40")):
        browser.GetMasterSequenceNode().GetNthDataNode(frame).SetAttribute("DICOM.triggerTime", time)
    segmentation = createSegmentation(browser)
    assert secondsOf(segmentation.cine) is None and segmentation.cine.timeText(1) == "instance number 2"


def test_times_in_milliseconds_are_told_in_seconds(scene):
    segmentation = createSegmentation(scene.load(["0", "33", "66", "99"], "time", "ms", 1.0))  # as SlicerHeart has them
    assert secondsOf(segmentation.cine) == pytest.approx((0.0, 0.033, 0.066, 0.099))
    assert segmentation.cine.timeText(1) == "33 ms" and not canSetFrameTime(segmentation)


def stack(scene: DicomScene, kind: str = "vtkMRMLScalarVolumeNode") -> Any:
    """A volume whose slices are the frames, 0.3 mm wide and 0.7 apart."""
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk

    image = vtk.vtkImageData()
    image.SetDimensions(SIZE[1], SIZE[0], COUNT)
    image.GetPointData().SetScalars(numpy_to_vtk(FRAMES.ravel(), deep=True))
    node = scene.scene.AddNewNodeByClass(kind, "3: US Heart")
    node.SetAndObserveImageData(image)
    node.SetSpacing(0.3, 0.3, 0.7)
    return node


def test_a_volume_of_all_frames_is_a_cine_by_its_slices(scene):
    segmentation = createSegmentation(cineFromVolume(stack(scene)))
    assert segmentation.cine.spacing == (0.3, 0.3) and canSetFrameTime(segmentation)
    assert np.array_equal(segmentation.cine.frames(), FRAMES)


def test_volumes_over_time_cost_one_sentence_and_their_slices_lie_in_the_same_study(scene):
    browser = volumesOverTime(scene.scene, np.stack([FRAMES, FRAMES]), ("0", "1"))
    with pytest.raises(InputError, match="of 4D are volumes of 4 slices, not single images"):
        createSegmentation(browser)
    series = scene.tree.GetItemByDataNode(browser.GetProxyNode(browser.GetMasterSequenceNode()))
    scene.tree.SetItemUID(series, "DICOM", "1.2.3")
    slicer.vtkSlicerSubjectHierarchyModuleLogic.InsertDicomSeriesInHierarchy(scene.tree, "P1", "S1", "1.2.3")
    segmentation = createSegmentation(cineFromSlice(browser, 3))
    assert [scene.studyOf(node) for node in (segmentation.cineProxyNode, segmentation.proxyNode)] == ["S1"] * 2
    assert patientOf(segmentation.cine) == "P1"
