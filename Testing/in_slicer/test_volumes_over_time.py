"""Volumes over time, multivolumes and cines beside other sequences, as Slicer's own modules leave them in the scene."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.slicer_scenes import OBLIQUE, SlicerScene, slicer, volumesOverTime
from helpers.volumes import ijk_to_ras, ramp, stack
from rabengine.errors import InputError
from RABSegmentLib.Scene.CineGeometry import secondsOf
from RABSegmentLib.Scene.CineLoading import cineFromSlice, cineFromVolume
from RABSegmentLib.Scene.CineSequence import SPACING_ATTRIBUTE, cineOfBrowser
from RABSegmentLib.Scene.SegmentationSequence import createSegmentation

TIMES = ("0", "33.3", "66.6")


@pytest.fixture
def scene() -> SlicerScene:
    return SlicerScene()


def phases(slices: int = 4, rows: int = 10) -> np.ndarray:
    """(T, slices, H, W) in which all voxels beside each other differ."""
    return ramp(len(TIMES) * slices, rows, dtype="int16").reshape(len(TIMES), slices, rows, 12)


@pytest.mark.parametrize("in_colour", [False, True])
def test_a_slice_of_volumes_over_time_is_a_cine_where_and_when_they_have_it(scene, in_colour):
    pixels = phases() if not in_colour else np.stack([phases(), phases() // 2, phases() // 3], -1).astype(np.uint8)
    browser = volumesOverTime(scene.scene, pixels, TIMES)
    made = cineFromSlice(browser, 1)
    cine = cineOfBrowser(made)
    assert made is not browser and cine.name == "4D slice 1"
    assert np.array_equal(cine.frames(), pixels[:, 1]) and cine.frames().dtype == pixels.dtype
    assert (cine.indexName, cine.indexUnit, cine.indexValues) == ("time", "ms", list(TIMES))
    assert cine.spacing == pytest.approx((0.5, 0.75)) and made.GetPlaybackRateFps() == pytest.approx(1 / 0.0333)
    for node in (*map(cine.frameNode, range(3)), made.GetProxyNode(cine.node)):
        assert node.GetSpacing() == pytest.approx((0.5, 0.75, 8.0))
        # The voxel in column 5 and row 2 of slice 1, reckoned by hand.
        assert (ijk_to_ras(node) @ (5, 2, 0, 1))[:3] == pytest.approx((12.38, -27.34, 33.6))
        assert node.GetImageData().GetDimensions() == (12, 10, 1)
    assert ijk_to_ras(browser.GetProxyNode(browser.GetMasterSequenceNode())) == pytest.approx(OBLIQUE)
    assert browser.GetMasterSequenceNode().GetNthDataNode(2).GetImageData().GetDimensions() == (12, 10, 4)
    assert cineOfBrowser(cineFromSlice(browser)).name == "4D slice 2", "the middle one"


def test_a_slice_knows_of_its_calibration_what_its_volumes_know(scene):
    square_pixels = np.diag([1.0, 1.0, 8.0, 1.0])
    browser = volumesOverTime(scene.scene, phases(), TIMES, square_pixels)
    browser.GetMasterSequenceNode().SetAttribute(SPACING_ATTRIBUTE, "user")
    cine = cineOfBrowser(cineFromSlice(browser, 0))
    assert cine.spacing == (1.0, 1.0) and cine.isSpacingOfUser
    unknown = volumesOverTime(scene.scene, phases(), TIMES, np.eye(4))
    assert cineOfBrowser(cineFromSlice(unknown, 0)).spacing is None


def test_a_slice_of_volumes_that_a_transform_moves_lies_where_they_are_seen(scene):
    browser = volumesOverTime(scene.scene, phases(), TIMES)
    proxy = browser.GetProxyNode(browser.GetMasterSequenceNode())
    transform = scene.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "Moved")
    turned = np.array([[0, -1, 0, 5], [1, 0, 0, 6], [0, 0, 1, 7], [0, 0, 0, 1]], float)
    slicer.util.updateTransformMatrixFromArray(transform, turned)
    proxy.SetAndObserveTransformNodeID(transform.GetID())
    node = cineOfBrowser(cineFromSlice(browser, 1)).frameNode(0)
    assert (ijk_to_ras(node) @ (5, 2, 0, 1))[:3] == pytest.approx((27.34 + 5, 12.38 + 6, 33.6 + 7))
    transform.SetAndObserveTransformToParent(slicer.vtkOrientedGridTransform())
    with pytest.raises(InputError, match="A transform that is not linear moves 4D"):
        cineFromSlice(browser, 1)


def test_slices_that_make_no_cine_are_refused_with_a_reason(scene):
    browser = volumesOverTime(scene.scene, phases(), TIMES)
    flat = scene.cine(phases()[:, 0], "Flat")
    grown = volumesOverTime(scene.scene, phases(5), TIMES)
    grown.GetMasterSequenceNode().SetDataNodeAtValue(browser.GetMasterSequenceNode().GetNthDataNode(0), "99.9")
    mixed = scene.cine(phases()[:, 0], "Mixed")
    mixed.GetMasterSequenceNode().SetDataNodeAtValue(browser.GetMasterSequenceNode().GetNthDataNode(0), "1")
    before = scene.scene.GetNumberOfNodes()
    for chosen, number, reason in (
        (browser, 4, "4D has no slice 4. Its slices are 0 to 3."),
        (browser, -1, "4D has no slice -1. Its slices are 0 to 3."),
        (browser, 1.5, "4D has no slice 1.5. Its slices are 0 to 3."),
        (flat, 0, "The frames of Flat are single slices."),
        (grown, 0, r"differ in size or channels \(12 x 10 x 4 x 1 and 12 x 10 x 5 x 1\)"),
        (mixed, 0, r"differ in size or channels \(12 x 10 x 1 x 1 and 12 x 10 x 4 x 1\)"),
        (None, 0, "No cine is selected"),
    ):
        with pytest.raises(InputError, match=reason):
            cineFromSlice(chosen, number)
    assert scene.scene.GetNumberOfNodes() == before


class MultiVolume(slicer.vtkMRMLScalarVolumeNode):
    """As the remote module MultiVolumeExplorer has it, by name; it is no part of Slicer's core."""

    def GetClassName(self) -> str:
        return "vtkMRMLMultiVolumeNode"


def test_the_frames_of_a_multivolume_become_volumes_over_time_at_the_times_of_their_labels(scene):
    made = stack(scene, np.moveaxis(phases(), 0, -1))
    node = scene.scene.AddNode(MultiVolume())
    node.CopyContent(made)
    node.SetName("Short axis")
    for name, value in (
        ("NumberOfFrames", "3"),
        ("FrameLabels", "0,33.3,66.6"),
        ("FrameIdentifyingDICOMTagName", "TriggerTime"),
        ("FrameIdentifyingDICOMTagUnits", "ms"),
    ):
        node.SetAttribute(f"MultiVolume.{name}", value)
    browser = cineFromVolume(node)
    volumes = browser.GetMasterSequenceNode()
    assert browser.GetProxyNode(volumes).GetClassName() == "vtkMRMLScalarVolumeNode"
    assert np.allclose(ijk_to_ras(browser.GetProxyNode(volumes)), ijk_to_ras(node))
    cine = cineOfBrowser(cineFromSlice(browser, 1))
    assert cine.name == "Short axis over time slice 1" and np.array_equal(cine.frames(), phases()[:, 1])
    assert (cine.indexName, cine.indexUnit, cine.indexValues) == ("time", "ms", list(TIMES))
    node.SetAttribute("MultiVolume.FrameLabels", "0,66.6,33.3")
    assert [cineOfBrowser(cineFromSlice(cineFromVolume(node))).indexValues] == [["0", "1", "2"]]


def test_components_that_are_no_colours_are_frames_and_one_slice_of_them_is_a_cine(scene):
    pixels = ramp(5)
    cine = cineOfBrowser(cineFromVolume(stack(scene, np.moveaxis(pixels, 0, -1)[np.newaxis])))
    assert np.array_equal(cine.frames(), pixels) and cine.spacing == pytest.approx((0.4, 0.6))
    weighted = scene.scene.AddNewNodeByClass("vtkMRMLDiffusionWeightedVolumeNode", "Diffusion")
    with pytest.raises(InputError, match="Diffusion is no volume of images"):
        cineFromVolume(weighted)


@pytest.mark.parametrize(
    ("tag", "unit", "index"), [("AcquisitionTime", "ms", "time"), ("FlipAngle", "degrees", "FlipAngle")]
)
def test_slices_of_what_slicers_importer_loaded_have_the_times_that_it_keeps_beside_the_volumes(
    scene, tag, unit, index
):
    browser = volumesOverTime(scene.scene, phases(), ("0", "1", "2"))
    volumes = browser.GetMasterSequenceNode()
    volumes.SetIndexName("")
    volumes.SetIndexUnit("")
    volumes.SetAttribute("MultiVolume.FrameLabels", "0.0,41.5,83.0")
    volumes.SetAttribute("MultiVolume.FrameIdentifyingDICOMTagName", tag)
    volumes.SetAttribute("MultiVolume.FrameIdentifyingDICOMTagUnits", unit)
    made = cineFromSlice(browser, 2)
    cine = cineOfBrowser(made)
    assert (cine.indexName, cine.indexUnit, cine.indexValues) == (index, unit, ["0", "41.5", "83"])
    assert np.array_equal(cine.frames(), phases()[:, 2]) and volumes.GetNthIndexValue(1) == "1"
    if index == "time":
        assert secondsOf(cine) == pytest.approx((0, 0.0415, 0.083))
        assert made.GetPlaybackRateFps() == pytest.approx(1 / 0.0415)


def test_a_cine_that_goes_along_with_another_sequence_needs_its_index_values(scene):
    cine = scene.cine(ramp(3)).GetMasterSequenceNode()
    for values, isLed in ((cine.GetNumberOfDataNodes() * [0.04], True), ((0.02,) * 6, False), ((0.04,) * 2, False)):
        probe = scene.scene.AddNewNodeByClass("vtkMRMLSequenceNode", "Probe")
        probe.SetIndexName("time")
        probe.SetIndexUnit("s")
        for item, step in enumerate(values):
            probe.SetDataNodeAtValue(slicer.vtkMRMLLinearTransformNode(), f"{item * step:g}")
        browser = scene.scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "Tracked")
        browser.SetAndObserveMasterSequenceNodeID(probe.GetID())
        browser.AddSynchronizedSequenceNode(cine)
        if isLed:
            assert createSegmentation(browser).cine.node is cine
            continue
        with pytest.raises(InputError, match="Tracked plays Probe first, whose items are not the frames of Heart"):
            createSegmentation(browser)
