"""The effect *Mark by clicks* in the panel: real MRML, the real engine process, a mouse in the red view."""

from __future__ import annotations

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")
pytest.importorskip("PySide6", reason="PySide6, which stands in for Slicer's windows, is not installed")

from PySide6.QtCore import SIGNAL  # noqa: E402

from helpers.effect_driver import EFFECT, Clicking, middle  # noqa: E402
from helpers.overlap import iou  # noqa: E402
from helpers.panel_driver import FRAMES, MODULE, SIDE, TRUTH, Panel  # noqa: E402
from RABSegmentLib.Scene.FrameRecords import FrameStatus  # noqa: E402
from slicer_host.values import unwrap  # noqa: E402
from slicer_host.view_events import ViewMouse  # noqa: E402

pytestmark = pytest.mark.usefixtures("warmPythonSlicer")


@pytest.fixture
def clicking(panel: Panel) -> Clicking:
    return Clicking(panel)


def test_the_effect_stands_before_paint_with_its_icon_and_its_help(clicking):
    names = [clicking.editor.effectByIndex(0).name, *clicking.editor.effectNameOrder()]
    assert names[1:3] == [EFFECT, "Paint"]
    button = clicking.host.find(EFFECT)
    assert button.toolTip() == EFFECT and not button.icon().isNull()
    clicking.begin()
    assert "by clicks" in clicking.host.find("EffectHelpBrowser").text()
    assert clicking.status().startswith("Click in the structure")
    view = slicer.app.layoutManager().sliceWidget("Red").sliceView()
    assert view.cursor.shape() == 2, "a cross"


def test_a_click_gives_the_segment_the_structure_under_it_on_the_shown_frame_alone(clicking):
    clicking.begin()
    assert iou(clicking.click(), TRUTH[0] > 0) > 0.7
    records = [clicking.session.segmentation.record(frame) for frame in range(len(FRAMES))]
    assert [record.status for record in records] == [FrameStatus.MARKED] + [FrameStatus.EMPTY] * (len(FRAMES) - 1)
    assert records[0].made == ("prompted",)
    assert "Expected overlap" in clicking.status()
    assert clicking.panel.rows()[0][:4] == ["0", "", "Segment 1", "marked"]
    assert clicking.panel.rows()[0][4].startswith("clicked")


def test_a_click_on_a_picture_that_a_transform_moves_finds_what_is_under_it(clicking):
    probe = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "Probe")
    turned = np.array([[0, -1, 0, 5], [1, 0, 0, 9], [0, 0, 1, 0], [0, 0, 0, 1]], float)
    slicer.util.updateTransformMatrixFromArray(probe, turned)
    clicking.session.segmentation.cineProxyNode.SetAndObserveTransformNodeID(probe.GetID())
    clicking.begin()
    assert iou(clicking.click(), TRUTH[0] > 0) > 0.7


def test_slicer_goes_on_while_the_answer_is_on_its_way(clicking):
    clicking.begin()
    clicking.mouse.click(middle(TRUTH[0]))
    assert not clicking.mask().any() and clicking.status() == "Looking for it ..."
    turns = []
    timer = clicking.host.find("promptUndoButton").startTimer(0)  # so that the loop has always something to do
    clicking.panel.until(lambda: turns.append(1) or not clicking.session.isPrompting)
    clicking.host.find("promptUndoButton").killTimer(timer)
    assert len(turns) > 1 and clicking.mask().any()


@pytest.mark.parametrize("how", [{"button": "Right"}, {"control": True}], ids=["right button", "Ctrl"])
def test_a_right_click_or_one_with_ctrl_takes_away(clicking, how):
    too_much = TRUTH[0] > 0
    too_much[2:14, 2:14] = True
    clicking.panel.paint(too_much)
    clicking.begin()
    assert clicking.mouse.click((7, 7), **how)
    clicking.settle()
    assert clicking.mask().any() and not clicking.mask()[7, 7]
    assert clicking.session.segmentation.record(0).made == ("painted", "prompted")


def test_a_drag_draws_a_line_and_one_with_shift_a_box(clicking):
    clicking.begin()
    x, y = middle(TRUTH[0])
    assert clicking.mouse.drag([(x - 6, y), (x, y), (x + 6, y)])
    clicking.settle()
    [line] = clicking.session.prompting.steps
    assert len(line.points) == 4 and line.isPositive and not line.isBox
    assert iou(clicking.mask(), TRUTH[0] > 0) > 0.6
    clicking.host.click("promptOverButton")
    assert not clicking.mask().any()
    assert clicking.mouse.drag([(x - 16, y - 16), (x, y), (SIDE + 20, SIDE + 9)], shift=True) is True
    clicking.settle()
    [box] = clicking.session.prompting.steps
    assert box.isBox and box.points[1] == (SIDE - 1, SIDE - 1), "cut at the edge of the frame"
    assert clicking.mask().any()


def test_what_another_segment_has_stays_its_own_unless_it_may_be_taken(clicking):
    other = clicking.session.segmentation.addSegment("Other")
    theirs = np.zeros((SIDE, SIDE), bool)
    theirs[:, round(middle(TRUTH[0])[0]) + 2 :] = True
    clicking.session.mark(0, {other: theirs})
    clicking.begin()
    kept = clicking.click()
    assert kept.any() and not (kept & theirs).any()
    assert np.array_equal(clicking.mask(0, other), theirs)
    clicking.host.click("promptOverButton")
    clicking.host.click("promptTakesBox")
    taken = clicking.click()
    assert (taken & theirs).any() and not (taken & clicking.mask(0, other)).any()
    clicking.host.click("promptUndoButton")
    assert not clicking.mask().any()
    assert np.array_equal(clicking.mask(0, other), theirs), "what was taken is given back"


def test_clicks_are_taken_back_one_by_one_by_button_and_key(clicking):
    clicking.begin()
    first = clicking.click()
    clicking.mouse.click((3, 3), button="Right")
    clicking.settle()
    assert clicking.mouse.pressKey("BackSpace") is True
    assert np.array_equal(clicking.mask(), first)
    clicking.host.click("promptUndoButton")
    assert not clicking.mask().any()
    assert not clicking.session.segmentation.record(0).isMark, "nobody said that the segment is absent"
    assert clicking.mouse.pressKey("BackSpace") is False, "somebody else may use the key"
    assert not clicking.host.find("promptUndoButton").isEnabled()


def test_the_editors_own_undo_and_the_panels_hold_too(clicking):
    clicking.begin()
    found = clicking.click()
    clicking.editor.undo()
    clicking.host.processEvents()
    assert not clicking.mask().any()
    clicking.editor.redo()
    clicking.host.processEvents()
    assert np.array_equal(clicking.mask(), found)
    clicking.mouse.click((3, 3), button="Right")
    clicking.settle()
    second = clicking.mask()
    clicking.host.click("undoButton")
    assert np.array_equal(clicking.mask(), found), "a click is one step"
    clicking.host.click("redoButton")
    assert np.array_equal(clicking.mask(), second)
    clicking.host.click("undoButton")
    clicking.host.click("undoButton")
    assert not clicking.mask().any() and not clicking.session.segmentation.record(0).isMark
    assert clicking.click().any(), "the next click starts afresh"
    assert len(clicking.session.prompting.steps) == 1


def test_another_frame_starts_afresh(clicking):
    clicking.begin()
    clicking.click()
    clicking.panel.show(4)
    assert not clicking.session.prompting.canUndo
    clicking.settle()
    assert iou(clicking.click(4), TRUTH[4] > 0) > 0.7
    assert clicking.session.keeping.markedFrames() == [0, 4]


LEAVING = {
    "another frame": lambda clicking: clicking.panel.show(4),
    "another segment": lambda clicking: clicking.editor.setCurrentSegmentID(
        clicking.session.segmentation.addSegment("Other")
    ),
    "another effect": lambda clicking: clicking.editor.setActiveEffectByName("Paint"),
}


@pytest.mark.parametrize("leave", LEAVING.values(), ids=LEAVING)
def test_what_was_said_of_what_was_left_since_is_answered_there(clicking, leave):
    clicking.begin()
    clicking.mouse.click(middle(TRUTH[0]))
    leave(clicking)
    clicking.host.processEvents()
    assert not clicking.mask(0).any() and clicking.session.isPrompting
    clicking.settle()
    assert iou(clicking.mask(0), TRUTH[0] > 0) > 0.7
    assert [frame for frame in range(len(FRAMES)) if clicking.mask(frame).any()] == [0]
    assert clicking.session.segmentation.record(0).made == ("prompted",)
    assert not clicking.session.prompting.canUndo, "the next click starts afresh"
    clicking.host.click("undoButton")
    assert not clicking.mask(0).any() and clicking.session.segmentation.selectedFrame == 0


def test_who_comes_back_before_the_answer_goes_on_there(clicking):
    clicking.begin()
    clicking.mouse.click(middle(TRUTH[0]))
    for frame in (4, 0):
        clicking.panel.show(frame)
    clicking.settle()
    before = clicking.mask(0)
    assert iou(before, TRUTH[0] > 0) > 0.7 and not clicking.mask(4).any()
    clicking.mouse.click((2, 2), button="Right")
    clicking.settle()
    assert iou(clicking.mask(0), before) > 0.7


def test_another_segment_starts_afresh(clicking):
    other = clicking.session.segmentation.addSegment("Other")
    clicking.begin()
    before = clicking.click()
    clicking.editor.setCurrentSegmentID(other)
    clicking.host.processEvents()
    assert not clicking.session.prompting.canUndo
    clicking.mouse.click((5, 5))
    clicking.settle()
    assert np.array_equal(clicking.mask(), before)
    assert not (clicking.mask(0, other) & before).any()


def test_events_that_are_not_meant_for_it_are_left_to_others(clicking):
    assert clicking.mouse.click(middle(TRUTH[0])) is False, "no effect is active"
    clicking.begin()
    assert clicking.mouse.move((5, 5)) is False
    assert clicking.mouse.press((-30, 5)) is False and clicking.mouse.release((-30, 5)) is False
    clicking.host.click("Paint")
    assert clicking.mouse.click(middle(TRUTH[0])) is False
    clicking.settle()
    assert not clicking.mask().any()


def test_a_double_click_is_two_clicks_and_does_not_reach_the_view(clicking):
    clicking.begin()
    place = middle(TRUTH[0])
    assert clicking.mouse.click(place) and clicking.mouse.doubleClick(place) and clicking.mouse.release(place)
    clicking.settle()
    assert len(clicking.session.prompting.steps) == 2


def test_clicks_are_drawn_and_gone_when_the_effect_is(clicking):
    clicking.begin()
    clicking.click()
    view = clicking.mouse._view.sliceView()

    def drawn() -> list[int]:
        actors = view.renderer.GetViewProps()
        made = [actors.GetItemAsObject(number) for number in range(actors.GetNumberOfItems())]
        return sorted(actor.GetMapper().GetInput().GetNumberOfPoints() for actor in made)

    assert drawn() == [0, 1]
    clicking.host.click("Paint")
    assert drawn() == []


def test_an_editor_that_is_deleted_leaves_nothing_of_its_effect(clicking):
    clicking.begin()
    clicking.click()
    effect = clicking.editor.activeEffect()
    timer = unwrap(effect.self().tool._timer)
    effect.cleanup()
    assert clicking.mouse._view.sliceView().renderer.GetViewProps().GetNumberOfItems() == 0
    assert timer.receivers(SIGNAL("timeout()")) == 0, "what a signal of Qt calls is never collected"


def test_a_segmentation_that_is_of_no_cine_says_where_to_begin(clicking):
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Mine")
    node.GetSegmentation().AddEmptySegment("a", "a")
    node.SetReferenceImageGeometryParameterFromVolumeNode(clicking.session.segmentation.cineProxyNode)
    clicking.editor.setSegmentationNode(node)
    clicking.host.processEvents()
    clicking.begin()
    assert "Segment Video" in clicking.status()
    assert clicking.mouse.click(middle(TRUTH[0])) is False
    clicking.editor.setSegmentationNode(clicking.session.segmentation.proxyNode)
    clicking.editor.setCurrentSegmentID(clicking.segment)
    assert clicking.status().startswith("Click in the structure"), "before anything is clicked"


def test_where_the_mask_cannot_be_put_the_effect_says_so(clicking, caplog):
    clicking.begin()
    clicking.settle()
    assert clicking.mouse.click(middle(TRUTH[0]))
    segmentation = clicking.session.segmentation.proxyNode.GetSegmentation()
    segmentation.SetConversionParameter("Reference image geometry", "")
    clicking.editor.mrmlSegmentEditorNode().SetAndObserveSourceVolumeNode(None)
    clicking.settle()
    assert not clicking.mask().any()
    assert "source volume" in clicking.status() and "modifier labelmap" in caplog.text


def test_a_cine_without_an_image_says_so(clicking):
    clicking.session.segmentation.cineProxyNode.SetAndObserveImageData(None)
    clicking.begin()
    assert "no image" in clicking.status() and clicking.mouse.click(middle(TRUTH[0])) is False


def test_a_hidden_segment_is_asked_about_and_not_marked_unseen(clicking):
    clicking.session.segmentation.proxyNode.GetDisplayNode().SetSegmentVisibility(clicking.segment, False)
    clicking.begin()
    clicking.settle()
    clicking.mouse.click(middle(TRUTH[0]))
    assert [dialog.title for dialog in clicking.host.dialogs] == ["Operate on invisible segment?"]
    assert not clicking.session.isPrompting and not clicking.mask().any()
    clicking.host.answers.append(True)  # the question took the release of the button away
    assert clicking.mouse.press(middle(TRUTH[0])) is True and clicking.mouse.move((9, 9)) is False
    assert not clicking.session.isPrompting
    clicking.session.segmentation.proxyNode.GetDisplayNode().SetSegmentVisibility(clicking.segment, True)
    assert clicking.click().any()


def test_a_press_whose_release_went_elsewhere_is_forgotten(clicking):
    clicking.begin()
    assert clicking.mouse.press((3, 3))
    assert clicking.click().any()
    [step] = clicking.session.prompting.steps
    assert step.isClick


def test_a_hand_may_shake_as_much_on_a_screen_of_high_density(clicking):
    view = clicking.mouse._view
    width, height = view.sliceView().width(), view.sliceView().height()
    node = view.mrmlSliceNode()
    node.SetDimensions(2 * width, 2 * height, 1)  # the screen's own pixels, where Qt counts two as one
    node.SetFieldOfView(2.0 * width, 2.0 * height, 1.0)
    clicking.begin()
    x, y = middle(TRUTH[0])
    assert clicking.mouse.drag([(x, y), (x + 5, y)])
    clicking.settle()
    [step] = clicking.session.prompting.steps
    assert step.isClick


def test_a_key_that_is_pressed_meanwhile_does_not_hide_the_release(clicking):
    clicking.begin()
    assert clicking.mouse.press(middle(TRUTH[0])) and clicking.mouse.release(middle(TRUTH[0]), alt=True)
    assert clicking.mouse.move((3, 3)) is False, "no button is held"
    clicking.settle()
    assert clicking.mask().any()


def test_a_scene_from_elsewhere_may_know_nothing_of_the_effect(clicking):
    # Slicer copies a scene's node over the one that is there, and tells the effects nothing (measured on its core).
    clicking.editor.mrmlSegmentEditorNode().RemoveAttribute(f"{EFFECT}.TakesOthers")
    clicking.begin()
    assert clicking.click().any() and not clicking.host.find("promptTakesBox").isChecked()


def test_the_time_at_a_frame_counts_while_the_effect_or_the_panel_is_open(clicking):
    clicking.begin()
    clicking.click()
    before = clicking.session.segmentation.seconds(0)
    assert before > 0
    clicking.host.exit()
    clicking.panel.show(4)
    clicking.panel.show(5)
    assert clicking.session.segmentation.seconds(4) == 0


def test_after_a_reload_of_the_module_the_effect_works_on(clicking):
    clicking.begin()
    clicking.click()
    clicking.panel.widget = clicking.host.reload()
    clicking.panel.ui = clicking.panel.widget.ui
    clicking.host.processEvents()
    clicking.panel.choose(clicking.browser)
    again = Clicking.__new__(Clicking)
    again.panel, again.host, again.browser = clicking.panel, clicking.host, clicking.browser
    again.session, again.editor = clicking.panel.widget.panel.shown.session, clicking.panel.ui.segmentEditor
    again.mouse = ViewMouse(again.editor)
    again.panel.show(4)
    again.begin()
    assert iou(again.click(4), TRUTH[4] > 0) > 0.7


def test_slicers_own_segment_editor_has_the_effect_and_shares_the_cines_engine(clicking):
    clicking.begin()
    clicking.click()
    clicking.host.exit()
    own = slicer.qMRMLSegmentEditorWidget()
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentEditorNode")
    own.setMRMLSegmentEditorNode(node)
    own.setMRMLScene(slicer.mrmlScene)
    own.setSegmentationNode(clicking.session.segmentation.proxyNode)
    own.setSourceVolumeNode(clicking.session.segmentation.cineProxyNode)
    own.setCurrentSegmentID(clicking.segment)
    own.setActiveEffectByName(EFFECT)
    clicking.host.processEvents()
    assert own.activeEffect().name == EFFECT
    clicking.panel.show(4)
    assert ViewMouse(own).click(middle(TRUTH[4]))
    clicking.settle()
    assert iou(clicking.mask(4), TRUTH[4] > 0) > 0.7
    own.setActiveEffect(None)


def test_a_panel_that_only_the_effect_needs_leaves_the_views_alone(host):
    from RABSegmentLib.Scene.CineLoading import cineFromArray
    from RABSegmentLib.Scene.SegmentationSequence import createSegmentation

    browser = cineFromArray(slicer.mrmlScene, FRAMES, "Heart")
    segmentation = createSegmentation(browser)
    widget = slicer.app.layoutManager().sliceWidget("Red")
    composite, view = widget.mrmlSliceCompositeNode(), widget.mrmlSliceNode()
    composite.SetBackgroundVolumeID(segmentation.cineProxyNode.GetID())
    view.SetFieldOfView(7.0, 7.0, 1.0)
    host.loadModule(MODULE)  # Slicer makes the panel when somebody asks for the logic: it is not open by that
    logic = slicer.util.getModuleLogic("RABSegment")
    assert logic.sessions.sessionOf(browser).segmentation.node is segmentation.node
    host.processEvents(20)
    assert view.GetFieldOfView()[0] == 7.0
    host.enter()
    assert view.GetFieldOfView()[0] >= SIDE
