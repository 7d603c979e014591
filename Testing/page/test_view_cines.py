"""Opening cines in the browser front end, and going through their frames."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from helpers.view_app import AppDriver, children, phantom_frames
from rabengine.demo.sample import sample_cine_path
from rabengine.io.labels.write import write_labels
from rabengine.io.read import read_cine

av = pytest.importorskip("av", reason="av, which reads videos, is not installed")
pytest.importorskip("pydicom", reason="pydicom, which ships the cine of the demo, is not installed")


def nodes_of(driver: AppDriver) -> Counter[str]:
    """{class: how many} in the scene."""
    scene = driver.scene
    return Counter(scene.GetNthNode(number).GetClassName() for number in range(scene.GetNumberOfNodes()))


def test_a_dicom_cine_is_shown_at_its_first_frame(app: AppDriver) -> None:
    app.open(sample_cine_path())
    state, truth = app.state, read_cine(sample_cine_path())
    assert state.cine.is_open and not state.reading.is_on
    assert state.cine.name == "examples_ybr_color"
    assert state.cine.text == "30 frames of 320 x 240 pixels, 0.51 x 0.51 mm."
    assert (state.cine.frame, state.cine.frame_count, state.play.fps) == (0, 30, 30)
    assert state.cine.frame_text.startswith("Frame 0, ")
    [segment] = state.segments.rows
    assert segment.name == "Segment 1" and state.segments.chosen == segment.id
    assert not app.works("segment") and app.works("play")
    assert np.array_equal(app.shown, truth.frames[0])
    assert app.place(0, 0)[0] < app.place(319, 0)[0] and app.place(0, 0)[1] > app.place(0, 239)[1]
    assert children() == []
    assert state.notice.is_open
    app.put(phantom_frames())
    assert not state.notice.is_open, "it lies over a cine of which it was not said"
    app.open(sample_cine_path())
    assert "check areas" in app.notice()


def test_kinds_of_files(app: AppDriver, tmp_path: Path) -> None:
    frames = phantom_frames(4)
    sequence = tmp_path / "Label map.seq.nrrd"
    truth = read_cine(sample_cine_path())
    write_labels(sequence, (truth.frames[..., 0] > 90).astype(np.uint8), truth, [1])
    video = tmp_path / "colour.avi"
    with av.open(str(video), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 64
        for frame in np.stack([frames, frames // 2, frames // 4], -1):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))

    app.open(sequence)
    assert app.state.cine.name == "Label map" and app.state.cine.frame_count == 30
    assert app.shown.ndim == 2
    app.open(video)
    assert app.state.cine.name == "colour" and app.state.play.fps == 25
    assert app.shown.shape == (64, 64, 3)
    assert "no size in mm" in app.state.cine.text
    bright = app.shown[..., 0] > 100
    assert app.shown[bright][:, 0].mean() > 1.5 * app.shown[bright][:, 1].mean()


def test_the_next_cine_replaces_the_first_without_a_trace(app: AppDriver) -> None:
    app.put(phantom_frames(), spacing=(0.5, 0.5))
    app.set(tool="paint")
    app.stroke((20, 30))
    clean = nodes_of(app)
    app.ask("add_segment")
    app.show(3)
    segmentation = app.segmentation
    deleted: list[str] = []
    nodes = {
        "cine": segmentation.cine.node,
        "frame": segmentation.cine.frameNode(0),
        "segmentation": segmentation.node,
        "masks": segmentation.item(0),
        "browser": segmentation.browserNode,
        "shown": segmentation.cineProxyNode,
        "painted": segmentation.proxyNode,
    }
    for name, node in nodes.items():
        node.AddObserver("DeleteEvent", lambda *_, name=name: deleted.append(name))
    wanted = set(nodes)
    del segmentation, nodes, node

    frames = phantom_frames(9, 48, 80)
    app.put(frames)
    app.do(gc.collect)
    assert nodes_of(app) == clean
    assert set(deleted) == wanted
    state = app.state
    assert (state.cine.frame, state.cine.frame_count, state.marks.rows) == (0, 9, [])
    assert [row.name for row in state.segments.rows] == ["Segment 1"]
    assert state.tools.tool == "view"
    assert not state.undo.can_undo
    assert np.array_equal(app.shown, frames[0])
    app.set(tool="paint")
    app.show(8)
    app.stroke((70, 10))
    assert app.painted() == app.marked() == [8]
    assert app.mask(8).shape == (48, 80) and app.mask(8)[10, 70]


def test_colour_after_grey_and_back(app: AppDriver) -> None:
    grey = phantom_frames()
    app.put(grey)
    app.set(tool="threshold")
    clean = nodes_of(app)
    for frames in (np.stack([grey, grey, grey], -1), grey, np.stack([grey, grey, grey], -1), grey):
        app.put(frames)
        app.set(tool="threshold", threshold=[80, 90])
        app.show(2)
        app.ask("apply_tool")
        assert np.array_equal(app.mask(2), (grey[2] >= 80) & (grey[2] <= 90))
    assert nodes_of(app) == clean


@pytest.mark.parametrize("kind", ["missing", "nonsense", "one frame"])
def test_a_file_that_cannot_be_read_leaves_the_open_cine(app: AppDriver, tmp_path: Path, kind: str) -> None:
    frames = phantom_frames()
    app.put(frames)
    app.set(tool="paint")
    app.show(2)
    app.stroke((20, 30))
    before, mask = nodes_of(app), app.mask(2)
    path = tmp_path / "bad.nrrd"
    if kind == "nonsense":
        path.write_bytes(b"\0" * 1000)
    elif kind == "one frame":
        SimpleITK.WriteImage(SimpleITK.GetImageFromArray(frames[:1]), str(path))
    app.open(path)
    text = app.notice()
    assert "bad.nrrd" in text or "bad" in text
    assert text.endswith(".") and "\n" not in text and "Traceback" not in text and "terminal" not in text
    assert app.state.cine.is_open and app.state.cine.name == "Heart" and not app.state.reading.is_on
    assert nodes_of(app) == before
    assert np.array_equal(app.mask(2), mask) and app.marked() == [2]
    app.stroke((40, 30))
    assert app.mask(2)[30, 40]
    assert children() == []


def test_the_last_of_two_files_opened_at_once_is_shown(app: AppDriver, tmp_path: Path) -> None:
    for name, count in (("first", 4), ("second", 5)):
        image = SimpleITK.GetImageFromArray(phantom_frames(count))
        image.SetSpacing((0.5, 0.5, 1.0))
        SimpleITK.WriteImage(image, str(tmp_path / f"{name}.nrrd"))
    app.do(lambda: app.application.cines.open(tmp_path / "first.nrrd"))
    assert app.state.reading.is_on and app.state.reading.name == "first"
    app.wait(lambda: children())
    app.do(lambda: app.application.cines.open(tmp_path / "second.nrrd"))
    app.wait(lambda: not app.state.reading.is_on)
    assert app.state.cine.name == "second" and app.state.cine.frame_count == 5
    assert children() == []


def test_frames_are_shown_as_they_are(app: AppDriver) -> None:
    frames = phantom_frames()
    app.put(frames, index_name="time", index_unit="s", index_values=tuple(0.04 * np.arange(6)))
    for frame in (3, 5, 0, 1):
        app.show(frame)
        assert app.state.cine.frame == frame
        assert np.array_equal(app.shown, frames[frame])
        assert app.state.cine.frame_text.startswith(f"Frame {frame}, {0.04 * frame:.2f} s")
    app.set(frame=4)  # the slider
    assert np.array_equal(app.shown, frames[4])


def test_steps_end_at_the_first_and_the_last_frame(app: AppDriver) -> None:
    app.put(phantom_frames())
    for steps, frame in ((1, 1), (1, 2), (-1, 1), (-5, 0), (-1, 0), (100, 5), (1, 5), (-2, 3)):
        app.ask("step", steps)
        assert app.state.cine.frame == app.segmentation.selectedFrame == frame
    for wanted, frame in ((17, 5), (99, 5), (2, 2), (-1, 2)):
        app.set(frame=wanted)
        assert app.state.cine.frame == app.segmentation.selectedFrame == frame


def test_without_a_cine_nothing_happens(app: AppDriver) -> None:
    for name, *arguments in (
        ("step", 1),
        ("show_frame", 3),
        ("play",),
        ("fit",),
        ("zoom", 0.2),
        ("scale_brush", 1),
        ("apply_tool",),
        ("undo_edit",),
        ("redo_edit",),
        ("choose_segment", "a"),
        ("add_segment",),
        ("remove_segment", "a"),
        ("rename_segment", "a", "b"),
        ("recolor_segment", "a", "#ffffff"),
        ("toggle_segment", "a"),
        ("segment_video",),
        ("mark_absent",),
        ("forget_mark", 0),
        ("verify",),
        ("next",),
        ("undo_run",),
        ("show_areas",),
    ):
        app.ask(name, *arguments)
    app.set(tool="paint", frame=3)
    app.view.interactor().InvokeEvent("LeftButtonPressEvent")
    app.view.interactor().InvokeEvent("LeftButtonReleaseEvent")
    assert not app.state.cine.is_open and not app.state.play.is_on and not app.state.run.is_running
    assert app.state.segments.rows == app.state.marks.rows == []


SEGMENT = "that of the cine that is open"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("stroke", ("paint", 0, [[20.0, 30.0]])),
        ("reshape", (0, 0, [[10.0, 10.0], [30.0, 10.0], [30.0, 30.0], [10.0, 30.0]])),
        ("move_line", (0, [[8.0, 9.0]])),
        ("rename_segment", (SEGMENT, "Cavity")),
        ("remove_segment", (SEGMENT,)),
    ],
)
def test_what_was_begun_on_a_cine_that_is_closed_does_nothing_to_the_next(
    app: AppDriver, name: str, arguments: tuple
) -> None:
    app.put(phantom_frames())
    number = app.state.cine.number
    app.put(phantom_frames())
    app.ask("draw_line")
    before = app.snapshot("line")
    arguments = tuple(app.segment if one == SEGMENT else one for one in arguments)  # cines may have the same ids
    app.ask(name, *arguments, cine=number)
    assert app.marked() == [] and app.snapshot("line") == before
    assert [row.name for row in app.state.segments.rows] == ["Segment 1"]
    app.ask(name, *arguments, cine=number + 1)
    assert app.marked() == [0] or app.snapshot("line") != before or app.state.undo.undo_text != "Draw M-mode line"
    app.ask(name, *arguments, cine="odd")
    app.ask(name, *arguments, odd=1)


def test_what_was_begun_with_a_segment_is_done_to_that_segment(app: AppDriver) -> None:
    app.put(phantom_frames())
    first = app.segment
    app.ask("add_segment")
    app.ask("stroke", "paint", 0, [[20.0, 30.0]], cine=app.state.cine.number, segment=first)
    assert app.segment == first and app.mask(0, first).any()
    app.ask("remove_segment", first)
    app.ask("stroke", "paint", 2, [[20.0, 30.0]], cine=app.state.cine.number, segment=first)
    assert app.painted() == []


def test_playing_keeps_the_pace_of_the_cine(app: AppDriver) -> None:
    """Frames are left out rather than shown late: each one is shown when the clock of the cine says so."""
    app.put(phantom_frames(200, 32, 32), index_name="time", index_unit="s", index_values=tuple(0.02 * np.arange(200)))
    assert app.state.play.fps == 50
    app.ask("step", 10)
    earliest = time.monotonic()
    app.ask("play")
    latest = looked = time.monotonic()  # it began between these two
    assert app.state.play.is_on
    shown = [10]

    def look() -> bool:
        nonlocal looked
        before, looked = looked, time.monotonic()
        frame = app.state.cine.frame
        if frame != shown[-1]:  # it was shown since the look before
            assert 10 + 50 * (before - latest) - 1 <= frame <= 10 + 50 * (looked - earliest) + 1
            shown.append(frame)
        if len(shown) == 5:
            time.sleep(0.3)  # this computer is busy with something else
        return frame >= 70

    app.wait(look)
    assert max(np.diff(shown)) >= 10 and min(np.diff(shown)) > 0

    app.ask("play")
    assert not app.state.play.is_on
    frame = app.state.cine.frame
    app.do(lambda: None)
    assert app.state.cine.frame == frame


def test_playing_goes_round_and_ends_with_its_cine(app: AppDriver) -> None:
    app.put(phantom_frames(4, 32, 32), index_name="time", index_unit="s", index_values=(0, 0.02, 0.04, 0.06))
    app.ask("play")
    seen: list[int] = []

    def look() -> bool:
        seen.append(app.state.cine.frame)
        return 3 in seen and 0 in seen[seen.index(3) :]

    app.wait(look)
    app.put(phantom_frames(5))
    assert not app.state.play.is_on and app.state.cine.frame == 0
    app.ask("step", 4)
    assert app.state.cine.frame == 4


def test_a_stroke_while_playing_is_on_one_frame(app: AppDriver) -> None:
    """The cine stops where the mouse went down."""
    app.put(phantom_frames(30), index_name="time", index_unit="s", index_values=tuple(0.02 * np.arange(30)))
    app.set(tool="paint")
    app.ask("play")
    app.wait(lambda: app.state.cine.frame >= 3)
    app.press((20, 30))
    frame = app.state.cine.frame
    assert not app.state.play.is_on
    app.mouse("MouseMoveEvent", (30, 30))
    app.release((30, 30))
    assert app.state.cine.frame == frame
    assert app.painted() == app.marked() == [frame]
    app.ask("undo_edit")
    assert app.painted() == []


@pytest.mark.parametrize("wish", [("step", 1), ("show_frame", 20), ("undo_edit",)], ids=lambda wish: wish[0])
def test_who_asks_for_a_frame_while_playing_gets_to_see_it(app: AppDriver, wish: tuple) -> None:
    app.put(phantom_frames(30), index_name="time", index_unit="s", index_values=tuple(0.02 * np.arange(30)))
    app.set(tool="paint")
    app.stroke((20, 30))
    app.ask("play")
    app.wait(lambda: app.state.cine.frame >= 3)
    before = app.state.cine.frame
    app.ask(*wish)
    frame = {"step": before + 1, "show_frame": 20, "undo_edit": 0}[wish[0]]
    assert app.state.cine.frame == app.segmentation.selectedFrame == frame
    assert not app.state.play.is_on


def test_a_frame_is_not_judged_while_another_cine_is_read(app: AppDriver, tmp_path: Path) -> None:
    app.put(phantom_frames())
    path = tmp_path / "heart.nrrd"
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(phantom_frames(4)), str(path))

    def open_and_judge() -> None:
        app.application.cines.open(path)
        app.trigger("mark_absent")
        app.application.cines.open(path)  # in place of the first
        app.trigger("mark_absent")

    app.do(open_and_judge)
    assert app.marked() == []
    app.wait(lambda: not app.state.reading.is_on)
    assert app.state.cine.frame_count == 4 and app.marked() == []
    app.ask("mark_absent")
    assert app.marked() == [0]
    if app.state.notice.is_open:
        app.notice()


def test_who_closes_a_notice_has_not_read_the_one_that_comes_then(app: AppDriver) -> None:
    app.do(lambda: app.application.desk.notify("success", "One."))
    number = app.state.notice.number
    app.do(lambda: app.application.desk.notify("warning", "Two."))
    app.ask("read_notice", number)
    assert app.notice() == "Two."


def test_a_reader_that_is_killed_leaves_the_open_cine(app: AppDriver) -> None:
    app.put(phantom_frames())
    app.do(lambda: app.application.cines.open(sample_cine_path()))
    app.wait(children)
    for pid in children():
        os.kill(pid, signal.SIGKILL)
    app.wait(lambda: not app.state.reading.is_on)
    text = app.notice()
    assert text.endswith(".") and "Traceback" not in text and "terminal" not in text
    assert app.state.cine.name == "Heart" and np.array_equal(app.shown, phantom_frames()[0])


def test_what_is_read_is_said_until_the_last_of_it_is(app: AppDriver) -> None:
    app.put(phantom_frames())
    reading, ends = app.application.desk.reading, [asyncio.Event() for _ in range(3)]

    async def until(end: asyncio.Event) -> None:
        await end.wait()

    app.do(lambda: reading.begin("marks.nrrd", until(ends[0])))
    app.do(lambda: reading.begin_cine("second.dcm", until(ends[1])))
    assert app.state.reading.is_on and app.state.reading.name == "second.dcm"
    app.do(lambda: reading.begin_cine("third.dcm", until(ends[2])))  # instead of the second
    app.do(ends[2].set)
    app.wait(lambda: app.state.reading.name == "marks.nrrd")
    assert app.state.reading.is_on
    app.ask("mark_absent")
    assert app.marked() == [], "nobody judges meanwhile"
    app.do(ends[0].set)
    app.wait(lambda: not app.state.reading.is_on)
    app.ask("mark_absent")
    assert app.marked() == [0]
