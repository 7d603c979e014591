"""The panel through what its user does to an open cine in the module Sequences, which switches much off and on."""

from __future__ import annotations

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")
pytest.importorskip("PySide6", reason="PySide6, which stands in for Slicer's windows, is not installed")

from vtkmodules.util.numpy_support import numpy_to_vtk  # noqa: E402

from helpers.own_presets import WAITING  # noqa: E402
from helpers.panel_driver import COUNT, FRAMES, TRUTH, Panel  # noqa: E402
from helpers.slicer_scenes import paint, volumesOverTime  # noqa: E402
from RABSegmentLib.FrontEnd.SlicerViews import shownSlice  # noqa: E402
from RABSegmentLib.Scene.CineGeometry import worldOf  # noqa: E402
from RABSegmentLib.Scene.CineSequence import cineOfBrowser  # noqa: E402
from RABSegmentLib.Scene.SegmentationSequence import (  # noqa: E402
    SegmentationSequence,
    createSegmentation,
    segmentationOfBrowser,
)
from RABSegmentPanel.SelfCheck import checkPanel  # noqa: E402

MASKS = TRUTH > 0

pytestmark = pytest.mark.usefixtures("warmPythonSlicer")


@pytest.fixture
def opened(panel) -> Panel:
    """A cine whose frame 0 is marked, open in the panel."""
    panel.browser = panel.addCine()
    panel.choose(panel.browser)
    panel.paint(MASKS[0])
    return panel


def segmentationOf(panel: Panel) -> SegmentationSequence:
    return segmentationOfBrowser(panel.browser)


def drawn(panel: Panel) -> dict[int, int]:
    """{frame: pixels} of the frames that have any."""
    segmentation = segmentationOf(panel)
    sizes = [sum(mask.sum() for mask in segmentation.masks(frame).values()) for frame in range(segmentation.frameCount)]
    return {frame: int(size) for frame, size in enumerate(sizes) if size}


def marked(panel: Panel) -> list[str]:
    return [row[0] for row in panel.rows()]


def test_a_browser_that_is_recording_costs_one_sentence_and_is_shown_once_it_is_not(panel):
    browser = panel.addCine()
    browser.SetRecordingActive(True)
    panel.choose(browser)
    assert panel.ui.cineLabel.text == "Heart browser is recording. Stop the recording to go on."
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSequenceNode") == 1
    browser.SetRecordingActive(False)
    panel.host.processEvents()
    panel.paint(MASKS[0])
    assert marked(panel) == ["0"] and panel.ui.cineSelector.currentNode() is browser


def test_one_slice_of_volumes_over_time_is_chosen_in_the_red_view_and_segmented(panel):
    volumes = np.stack([np.zeros_like(FRAMES), FRAMES // 2, FRAMES], axis=1)
    four_d = volumesOverTime(slicer.mrmlScene, volumes, [f"{frame * 40}" for frame in range(COUNT)])
    ui, view = panel.ui, slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode()
    proxy = four_d.GetProxyNode(four_d.GetMasterSequenceNode())
    panel.choose(four_d)
    assert ui.cineLabel.text.startswith("The frames of 4D are volumes of 3 slices, not single images.")
    assert ui.sliceRow.visible and not ui.segmentEditor.enabled
    assert (ui.sliceSpin.value, ui.sliceSpin.maximum, shownSlice(proxy)) == (1, 2, 1)
    ui.sliceSpin.value = 0
    assert shownSlice(proxy) == 0
    view.JumpSliceByOffsetting(*worldOf(proxy, 0, 0, 2))  # as the mouse wheel does
    assert ui.sliceSpin.value == 2
    panel.host.click("useSliceButton")
    panel.browser = ui.cineSelector.currentNode()
    assert panel.browser.GetName() == "4D slice 2 browser" and not ui.sliceRow.visible
    assert ui.cineLabel.text == "10 frames of 64 x 64 pixels, 0.5 x 0.75 mm."
    assert np.array_equal(segmentationOf(panel).cine.frames(), FRAMES)
    assert shownSlice(segmentationOf(panel).cineProxyNode) == 0
    panel.paint(MASKS[0])
    panel.show(5)
    panel.paint(MASKS[5])
    assert [row[:2] for row in panel.rows()] == [["0", "0 ms"], ["5", "200 ms"]]
    panel.run()
    assert len(drawn(panel)) == COUNT and segmentationOf(panel).record(9).origin == "predicted"
    slicer.util.setSliceViewerLayers(background=proxy)
    panel.choose(four_d)
    assert ui.sliceRow.visible and ui.sliceSpin.value == 2, "it is the one that the red view shows"


def test_a_cine_of_a_slice_is_one_call_in_the_console(panel):
    four_d = volumesOverTime(slicer.mrmlScene, np.stack([FRAMES, FRAMES // 2], axis=1), list(map(str, range(COUNT))))
    browser = panel.widget.logic.cineFromSlice(four_d, 0)
    assert np.array_equal(cineOfBrowser(browser).frames(), FRAMES)


def test_a_multivolume_that_the_red_view_shows_offers_its_slices(panel):
    four_d = volumesOverTime(slicer.mrmlScene, np.stack([FRAMES, FRAMES // 2], axis=1)[:1], ["0"])
    node = four_d.GetProxyNode(four_d.GetMasterSequenceNode())
    slicer.mrmlScene.RemoveNode(four_d)
    voxels = np.moveaxis(np.stack([FRAMES, FRAMES // 2], axis=1), 0, -1)
    node.GetImageData().GetPointData().SetScalars(numpy_to_vtk(voxels.reshape(-1, COUNT), deep=True))
    slicer.util.setSliceViewerLayers(background=node)
    panel.widget.panel.cine.onUseVolume()
    panel.host.processEvents()
    assert panel.ui.sliceRow.visible and panel.ui.cineLabel.text.startswith("The frames of 4D")
    panel.ui.sliceSpin.value = 0
    panel.host.click("useSliceButton")
    panel.browser = panel.ui.cineSelector.currentNode()
    assert np.array_equal(segmentationOf(panel).cine.frames(), FRAMES)


def test_a_volume_that_shows_frames_of_a_sequence_is_used_as_what_it_is(panel):
    browser = panel.addCine()
    four_d = volumesOverTime(slicer.mrmlScene, np.stack([FRAMES, FRAMES], axis=1), list(map(str, range(COUNT))))
    for one in (browser, four_d):
        slicer.util.setSliceViewerLayers(background=one.GetProxyNode(one.GetMasterSequenceNode()))
        panel.widget.panel.cine.onUseVolume()
        panel.host.processEvents()
        assert panel.ui.cineSelector.currentNode() is one
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSequenceBrowserNode") == 2 and panel.ui.sliceRow.visible


def test_what_is_drawn_and_recorded_while_an_open_cine_records_is_noticed_when_it_ends(opened):
    segmentation = segmentationOf(opened)
    opened.browser.SetRecording(segmentation.cine.node, True)
    opened.browser.SetRecordingActive(True)
    opened.host.processEvents()
    assert opened.ui.cineLabel.text == "Heart browser is recording. Stop the recording to go on."
    assert not opened.ui.segmentEditor.enabled and not opened.ui.segmentButton.enabled
    opened.browser.GetProxyNode(segmentation.cine.node).Modified()  # a new picture comes
    paint(segmentation, segmentation.segmentIds()[0], MASKS[4])  # in the module Segment Editor, on frame 0, as is shown
    count = segmentation.frameCount
    assert count > COUNT
    opened.browser.SetRecordingActive(False)
    opened.host.processEvents()
    assert opened.ui.cineLabel.text.startswith(f"{count} frames of ")
    assert drawn(opened) == {0: MASKS[4].sum()} and marked(opened) == ["0"]
    assert np.array_equal(next(iter(segmentation.masks(0).values())), MASKS[4])
    opened.show(count - 1)
    opened.paint(MASKS[9])
    assert drawn(opened) == {0: MASKS[4].sum(), count - 1: MASKS[9].sum()} and marked(opened) == ["0", str(count - 1)]


@pytest.mark.parametrize("switch", ["changes of the masks", "playback of the masks", "playback of the cine"])
def test_what_an_open_cine_needs_is_switched_on_again_and_strokes_stay_apart(opened, switch):
    browser, segmentation = opened.browser, segmentationOf(opened)
    if switch == "changes of the masks":
        browser.SetSaveChanges(segmentation.node, False)
    else:
        browser.SetPlayback(segmentation.node if "masks" in switch else segmentation.cine.node, False)
    opened.host.processEvents()
    assert opened.ui.phaseLabel.text == (
        "Playback and Save changes stay on while the cine is open here: strokes would be lost."
    )
    assert drawn(opened) == {0: MASKS[0].sum()}, "Slicer empties a frame whose changes are not saved"
    opened.show(3)
    opened.paint(MASKS[3])
    opened.show(0)
    assert drawn(opened) == {0: MASKS[0].sum(), 3: MASKS[3].sum()} and marked(opened) == ["0", "3"]
    picture = segmentation.cineProxyNode.GetImageData().GetPointData().GetScalars()
    assert [picture.GetValue(place) for place in range(64)] == segmentation.cine.frame(0)[0].tolist()


def test_a_frame_that_comes_into_an_open_cine_is_empty_and_no_copy_of_the_one_before(opened):
    segmentation = segmentationOf(opened)
    opened.show(COUNT - 1)
    opened.paint(MASKS[9])
    opened.browser.SetRecording(segmentation.cine.node, True)
    opened.browser.SaveProxyNodesState()  # the button beside that of recording
    opened.host.processEvents(50)
    assert opened.ui.frameLabel.text == f"Frame {COUNT}, empty" and f"{COUNT + 1} frames" in opened.ui.cineLabel.text
    assert drawn(opened) == {0: MASKS[0].sum(), 9: MASKS[9].sum()}
    assert [segment.sum() for segment in segmentation.masks(COUNT).values()] == [0]


def test_frames_that_are_taken_out_take_their_marks_along_and_end_a_run(opened):
    segmentation = segmentationOf(opened)
    opened.show(5)
    opened.paint(MASKS[5])
    opened.take(WAITING)
    opened.host.click("segmentButton")
    opened.until(lambda: segmentation.record(1).origin == "predicted")
    segmentation.cine.node.RemoveDataNodeAtValue(segmentation.indexValue(COUNT - 1))
    segmentation.cine.node.RemoveDataNodeAtValue(segmentation.indexValue(0))
    opened.until(lambda: opened.ui.segmentButton.text == "Segment video")
    assert marked(opened) == ["4"] and np.array_equal(next(iter(segmentation.masks(4).values())), MASKS[5])
    assert not opened.ui.undoRunButton.enabled
    opened.paint(MASKS[1])
    assert checkPanel(opened.widget) == []


def test_a_segmentation_that_is_taken_out_of_its_browser_comes_back_into_the_same_node(opened):
    segmentation, proxy = segmentationOf(opened), segmentationOf(opened).proxyNode
    opened.browser.RemoveSynchronizedSequenceNode(segmentation.node.GetID())
    opened.host.processEvents(50)
    assert segmentationOf(opened).proxyNode is proxy and drawn(opened) == {0: MASKS[0].sum()}
    opened.show(3)
    opened.paint(MASKS[3])
    assert drawn(opened) == {0: MASKS[0].sum(), 3: MASKS[3].sum()} and marked(opened) == ["0", "3"]


def test_a_segmentation_that_came_into_its_browser_again_keeps_strokes(panel):
    panel.browser = panel.addCine()
    node = createSegmentation(panel.browser).node
    panel.browser.RemoveSynchronizedSequenceNode(node.GetID())
    panel.browser.AddSynchronizedSequenceNode(node)
    panel.host.processEvents(20)
    panel.choose(panel.browser)
    panel.paint(MASKS[0])
    panel.show(3)
    panel.show(0)
    assert marked(panel) == ["0"] and drawn(panel) == {0: MASKS[0].sum()}


def test_strokes_go_where_the_masks_are_shown_when_another_node_is_chosen_for_them(opened):
    other = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Other")
    opened.browser.AddProxyNode(other, segmentationOf(opened).node, False)
    opened.show(4)
    opened.paint(MASKS[4])
    assert opened.ui.segmentEditor.segmentationNode() is other
    assert drawn(opened) == {0: MASKS[0].sum(), 4: MASKS[4].sum()} and marked(opened) == ["0", "4"]


def masked(panel: Panel) -> SegmentationSequence:
    """All frames of a cine that is not open in the panel."""
    panel.browser = panel.addCine()
    segmentation = createSegmentation(panel.browser)
    (segment,) = segmentation.segmentIds()
    for frame, mask in enumerate(MASKS):
        segmentation.setMasks(frame, {segment: mask})
    return segmentation


def test_masks_of_a_cine_that_nobody_opened_stay_whole_when_changes_are_no_longer_saved(panel):
    segmentation = masked(panel)
    panel.browser.SetSelectedItemNumber(1)
    panel.browser.SetSaveChanges(segmentation.node, False)
    for frame in (4, 2):
        panel.browser.SetSelectedItemNumber(frame)
        panel.host.processEvents(20)
    assert not panel.browser.GetSaveChanges(segmentation.node), "as its user wants it"
    assert np.array_equal(panel.masks(panel.browser), MASKS)
    panel.choose(panel.browser)
    panel.show(0)
    panel.paint(MASKS[5])
    assert drawn(panel)[0] == (MASKS[0] | MASKS[5]).sum() and np.array_equal(panel.masks(panel.browser)[1:], MASKS[1:])


def test_a_frame_that_comes_into_a_cine_that_nobody_opened_is_empty_and_can_be_drawn_on(panel):
    segmentation = masked(panel)
    panel.browser.SetRecording(segmentation.cine.node, True)
    panel.browser.SetRecording(segmentation.node, False)
    panel.browser.SaveProxyNodesState()
    panel.host.processEvents(20)
    assert segmentation.selectedFrame == COUNT and drawn(panel).get(COUNT) is None
    paint(segmentation, segmentation.segmentIds()[0], MASKS[2])  # in the module Segment Editor
    panel.choose(panel.browser)
    assert drawn(panel)[COUNT] == MASKS[2].sum() and str(COUNT) in marked(panel)


def test_to_open_one_cine_leaves_the_masks_of_another_whole_whose_node_does_not_play(panel):
    segmentation = masked(panel)
    slicer.mrmlScene.RemoveNode(segmentation.proxyNode.GetDisplayNode())
    panel.browser.SetPlayback(segmentation.node, False)
    panel.browser.SetSelectedItemNumber(2)
    panel.host.processEvents(20)
    panel.choose(panel.addCine("Other"))
    assert np.array_equal(panel.masks(panel.browser), MASKS)


def test_a_cine_whose_masks_are_neither_shown_nor_played_opens_beside_another(panel):
    panel.addCine("Other")
    segmentation = masked(panel)
    panel.browser.SetPlayback(segmentation.node, False)
    slicer.mrmlScene.RemoveNode(segmentation.proxyNode)
    panel.choose(panel.browser)
    assert segmentation.proxyNode is not None and np.array_equal(panel.masks(panel.browser), MASKS)


@pytest.mark.parametrize("kind", ["proxyNode", "cineProxyNode"])
def test_nodes_that_were_deleted_while_another_module_was_open_are_there_on_return(opened, kind):
    opened.host.exit()
    slicer.mrmlScene.RemoveNode(getattr(segmentationOf(opened), kind))
    opened.host.processEvents(50)
    opened.host.enter()
    opened.show(4)
    opened.paint(MASKS[4])
    assert drawn(opened) == {0: MASKS[0].sum(), 4: MASKS[4].sum()} and marked(opened) == ["0", "4"]
