"""Segmenting in the browser front end with the real engine process, and going through what it found."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest

from helpers.engine_processes import is_gone
from helpers.own_presets import SILENT, SMALL, WAITING, OwnPresets
from helpers.view_app import AppDriver, children
from rabengine.synthetic.phantom import beating_ellipse
from rabview.runs import ListEntry

pytestmark = pytest.mark.usefixtures("own_presets")
COUNT, SIDE = 8, 64
FRAMES, TRUTH = beating_ellipse(COUNT, SIDE, SIDE, seed=1)


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture
def cine(app: AppDriver) -> AppDriver:
    """The application with a small cine whose first frame is marked."""
    app.put(FRAMES, spacing=(0.5, 0.5))
    outline(app, 0)
    app.set(preset=SMALL, device="cpu")
    return app


def outline(driver: AppDriver, frame: int, shift: int = 0) -> None:
    """Draw the cavity of a frame with the mouse."""
    driver.show(frame)
    rows, columns = np.nonzero(TRUTH[frame])
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    width, height = 2 * columns.std() + 0.5, 2 * rows.std() + 0.5
    corners = [(columns.mean() + shift + width * np.cos(a), rows.mean() + height * np.sin(a)) for a in angles]
    driver.set(tool="draw")
    driver.stroke(*corners)


def run(driver: AppDriver) -> list[tuple[float, str]]:
    """Segment the video to its end; returns what progress and phase showed, in turn."""
    seen: list[tuple[float, str]] = []

    def look() -> bool:
        now = (float(driver.state.run.progress), str(driver.state.run.phase))
        if not seen or seen[-1] != now:
            seen.append(now)
        return not driver.state.run.is_running

    driver.ask("segment_video")
    driver.wait(look)
    return seen


def status(driver: AppDriver) -> list[str]:
    """Of each frame."""
    return [driver.segmentation.record(frame).origin for frame in range(driver.segmentation.frameCount)]


def bars(driver: AppDriver) -> str:
    """The colours of the strip of statuses in the timeline, a letter a frame, in order: e, p, m, v."""
    from RABSegmentLib.Results.Timeline import STATUS_COLORS
    from rabview.timeline import WIDTH

    count = driver.segmentation.frameCount
    letters = {color: kind.value[0] for kind, color in STATUS_COLORS.items()}
    found = [" "] * count
    for bar in driver.state.timeline.bars:
        if bar.opacity < 1:
            continue
        for outline_ in bar.d.split("M")[1:]:
            left = int(outline_.split(" ")[0])
            found[round(left * count / WIDTH)] = letters[bar.color]
    return "".join(found)


def test_from_a_mark_to_a_corrected_cine(cine: AppDriver) -> None:
    """The whole way: run, look, verify, correct, run again."""
    state = cine.state
    drawn = cine.mask(0)
    assert cine.works("segment") and not cine.works("next") and not cine.works("undo_run")
    assert bars(cine) == "meeeeeee"

    seen = run(cine)
    shares = [share for share, _phase in seen]
    assert min(shares) >= 0 and max(shares) <= 100 and len(set(shares)) > 2
    assert state.run.phase.startswith("Done in ") and "frame" in state.run.phase
    assert status(cine) == ["drawn"] + ["predicted"] * 7
    assert bars(cine) == "mppppppp"
    assert np.array_equal(cine.mask(0), drawn)
    assert state.tools.tool != "view" and state.undo.undo_text == "Segment video", "the tool stays in hand"
    assert cine.works("undo_run") and cine.works("result")
    dice = [2 * (cine.mask(f) & (TRUTH[f] > 0)).sum() / (cine.mask(f).sum() + TRUTH[f].sum()) for f in range(COUNT)]
    assert np.mean(dice) > 0.75
    assert len({curve.color for curve in state.timeline.curves}) == 1

    cine.ask("next")
    doubtful = state.cine.frame
    assert doubtful == cine.session.nextFrame() != 0
    assert state.cine.frame_text.startswith(f"Frame {doubtful}, predicted, confidence 0.")
    assert cine.works("verify")
    cine.ask("verify")
    verified = cine.mask(doubtful)
    assert status(cine)[doubtful] == "verified" and bars(cine)[doubtful] == "v"
    assert "verified" in state.cine.frame_text
    assert not cine.works("verify")
    assert cine.marked() == [0, doubtful]

    other = next(frame for frame in (5, 4) if frame != doubtful)
    outline(cine, other, shift=3)
    corrected = cine.mask(other)
    assert status(cine)[other] == "corrected"
    pids = children()
    run(cine)
    assert children() == pids, "the engine was started anew"
    assert np.array_equal(cine.mask(0), drawn)
    assert np.array_equal(cine.mask(doubtful), verified)
    assert np.array_equal(cine.mask(other), corrected)
    assert status(cine).count("predicted") == 5

    cine.ask("forget_mark", other)
    assert status(cine)[other] == "unsettled" and cine.marked() == [0, doubtful]
    last = next(frame for frame in (7, 6) if frame != doubtful)
    cine.show(last)
    cine.ask("mark_absent")
    assert not cine.mask(last).any() and bars(cine)[last] == "m"
    assert [row.segments for row in state.marks.rows if row.frame == str(last)] == ["no Segment 1"]
    run(cine)
    assert not cine.mask(last).any()
    assert not np.array_equal(cine.mask(other), corrected)


def test_what_is_said_of_a_run_stays_true(cine: AppDriver) -> None:
    run(cine)
    first = cine.session.nextFrame()
    assert cine.state.run.phase.endswith(f"Check frame {first} next.")
    cine.show(first)
    cine.ask("verify")
    assert cine.state.run.phase.endswith(f"Check frame {cine.session.nextFrame()} next.")
    assert cine.session.nextFrame() != first
    for _step in ("verify", "run"):
        cine.ask("undo_edit")
    assert cine.state.run.phase == ""
    cine.ask("redo_edit")
    assert cine.state.run.phase.endswith(f"Check frame {first} next.")


def test_undoing_a_run_gives_back_what_was_there(cine: AppDriver) -> None:
    drawn = cine.mask(0)
    run(cine)
    outline(cine, 3, shift=3)
    corrected = cine.mask(3)
    cine.ask("undo_run")
    assert cine.painted() == [0, 3]
    assert np.array_equal(cine.mask(0), drawn) and np.array_equal(cine.mask(3), corrected)
    assert status(cine) == ["drawn", "empty", "empty", "corrected", "empty", "empty", "empty", "empty"]
    assert bars(cine) == "meemeeee"
    assert cine.state.run.phase == "The last run was undone."
    cine.ask("undo_edit")
    assert len(cine.painted()) == len(cine.state.cine.times) and cine.state.run.phase == "", "it is there again"
    cine.ask("redo_edit")
    assert cine.state.run.phase == "The last run was undone."
    assert not cine.works("undo_run")
    cine.ask("undo_run")
    assert "no run to undo" in cine.notice()
    cine.ask("undo_edit")
    assert status(cine)[1] == "predicted" and np.array_equal(cine.mask(3), corrected)


def test_a_run_is_a_step_of_the_history(cine: AppDriver) -> None:
    drawn = cine.mask(0)
    run(cine)
    found = [cine.mask(frame) for frame in range(COUNT)]
    cine.show(4)
    cine.ask("verify")
    cine.ask("undo_edit")
    assert status(cine)[4] == "predicted" and cine.works("undo_run")
    cine.ask("undo_edit")
    assert cine.painted() == [0] and status(cine) == ["drawn"] + ["empty"] * 7
    assert not cine.works("undo_run")
    cine.ask("redo_edit")
    assert all(np.array_equal(cine.mask(frame), found[frame]) for frame in range(COUNT))
    cine.ask("undo_edit")
    cine.ask("undo_edit")
    assert cine.painted() == []
    cine.ask("redo_edit")
    assert np.array_equal(cine.mask(0), drawn)


def test_undoing_a_stroke_on_a_prediction_makes_it_one_again(cine: AppDriver) -> None:
    run(cine)
    before, record = cine.mask(4), cine.segmentation.record(4)
    outline(cine, 4, shift=4)
    assert status(cine)[4] == "corrected"
    cine.ask("undo_edit")
    assert cine.segmentation.record(4) == record and np.array_equal(cine.mask(4), before)
    cine.ask("verify")
    cine.ask("redo_edit")
    assert status(cine)[4] == "verified" and np.array_equal(cine.mask(4), before)


def test_two_segments_of_which_one_is_absent_somewhere(cine: AppDriver) -> None:
    first = cine.segment
    cine.ask("add_segment")
    second = cine.segment
    cine.show(0)
    cine.set(tool="draw")
    cine.stroke((4, 50), (12, 50), (12, 60), (4, 60))
    cine.show(5)
    cine.ask("mark_absent")
    row = cine.state.marks.rows[-1]
    assert (row.frame, row.time, row.segments, row.by) == ("5", "", "no Segment 2", "marked")
    assert row.made.startswith("declared absent")
    run(cine)
    assert all(cine.areas(first))
    assert cine.areas(second)[0] and not cine.areas(second)[5]
    assert len(cine.state.timeline.curves) == 2
    cine.ask("remove_segment", first)
    assert len(cine.state.timeline.curves) == 1
    assert cine.segment == second


def test_cancelling_keeps_what_is_done(app: AppDriver) -> None:
    app.put(FRAMES)
    outline(app, 0)
    app.set(preset=WAITING, device="cpu")
    app.ask("segment_video")
    assert app.state.run.is_running
    for control in ("verify", "absent", "undo_run"):
        assert not app.works(control)
    app.wait(lambda: len(app.painted()) == COUNT)
    app.ask("segment_video")  # a double click, or another tab
    app.ask("cancel_run", app.state.run.number - 1)
    assert app.state.run.is_running and app.state.run.phase != "Stopping ..."
    app.ask("cancel_run", app.state.run.number)
    assert app.state.run.phase == "Stopping ..."
    app.wait(lambda: not app.state.run.is_running)
    assert app.state.run.phase == "Cancelled. The frames that were done stay; Undo last run takes them back."
    assert len(app.painted()) == COUNT
    assert app.works("segment") and app.works("undo_run")
    app.ask("undo_run")
    assert app.painted() == [0]
    app.set(preset=SMALL)
    run(app)
    assert app.painted() == list(range(COUNT))


def test_what_is_said_of_a_cancelled_run_is_true_whatever_was_done_meanwhile(cine: AppDriver) -> None:
    def cancelled() -> str:
        cine.ask("cancel_run", cine.state.run.number)
        cine.wait(lambda: not cine.state.run.is_running)
        return cine.state.run.phase

    cine.set(preset=SILENT)
    cine.ask("segment_video")
    cine.wait(lambda: "left" in cine.state.run.phase)
    assert cancelled() == "Cancelled before any frame was done: nothing changed."
    assert cine.painted() == [0] and not cine.works("undo_run")

    cine.put(FRAMES[:2])
    outline(cine, 0)
    cine.set(preset=WAITING)
    cine.ask("segment_video")
    cine.wait(lambda: status(cine)[1] == "predicted")
    outline(cine, 1, shift=3)  # the only frame that was found
    drawn = cine.mask(1)
    assert cancelled() == "Cancelled. The frames that were done stay, with what was changed on them since."
    assert np.array_equal(cine.mask(1), drawn) and not cine.works("undo_run")


def test_painting_during_a_run_stays(cine: AppDriver, own_presets: OwnPresets) -> None:
    cine.set(preset=WAITING)
    cine.ask("segment_video")
    cine.wait(lambda: cine.state.run.progress > 0)
    outline(cine, 6, shift=2)
    painted = cine.mask(6)
    cine.show(7)
    cine.set(tool="paint")
    cine.stroke((5, 60))
    cine.ask("undo_edit")
    cine.show(2)
    with own_presets.over():
        cine.wait(lambda: not cine.state.run.is_running)
    assert cine.state.run.phase.startswith("Done")
    assert np.array_equal(cine.mask(6), painted)
    assert cine.marked() == [0, 6]
    assert status(cine)[7] == "predicted" and cine.mask(7).any() and not cine.mask(7)[60, 5]
    assert cine.state.cine.frame == 2


def test_an_engine_that_is_killed_costs_one_run(cine: AppDriver) -> None:
    cine.set(preset=WAITING)
    cine.ask("segment_video")
    cine.wait(lambda: "left" in cine.state.run.phase)
    for pid in children():
        os.kill(pid, signal.SIGKILL)
    cine.wait(lambda: not cine.state.run.is_running)
    text = cine.notice()
    assert "engine" in text.lower() and "\n" not in text and "Traceback" not in text
    assert cine.state.run.phase
    assert cine.works("segment") and 0 in cine.painted()
    cine.set(preset=SMALL)
    run(cine)
    assert cine.state.run.phase.startswith("Done")
    assert cine.painted() == list(range(COUNT))


def test_another_cine_ends_the_run_and_its_process(cine: AppDriver) -> None:
    cine.set(preset=WAITING)
    cine.ask("segment_video")
    cine.wait(lambda: "left" in cine.state.run.phase)
    pids = children()
    assert pids
    cine.put(FRAMES[:4])
    assert not cine.state.run.is_running and cine.state.run.phase == "" and cine.state.run.progress == 0
    cine.wait(lambda: all(map(is_gone, pids)))
    assert cine.painted() == [] and not cine.works("segment")
    outline(cine, 0)
    cine.set(preset=SMALL)
    run(cine)
    assert cine.painted() == [0, 1, 2, 3]


@pytest.mark.parametrize("odd", [{"preset": "best"}, {"device": "cuda:9"}], ids=str)
def test_choices_that_are_none(cine: AppDriver, odd: dict) -> None:
    cine.set(**odd)
    cine.ask("segment_video")
    cine.wait(lambda: not cine.state.run.is_running)
    text = cine.notice()
    assert text.endswith(".") and "terminal" not in text and "\n" not in text
    assert cine.state.run.phase in ("", text)
    cine.set(preset=SMALL, device="cpu", seed=0)
    assert cine.works("segment")
    run(cine)
    assert cine.painted() == list(range(COUNT))


def test_the_first_devices_and_presets_are_offered(app: AppDriver) -> None:
    assert app.state.run.presets[0].value == "balanced"
    app.do(lambda: app.loop.create_task(app.application.runs.ask_for_devices()))
    app.wait(lambda: app.state.run.device_text)
    assert app.state.run.devices[0] == ListEntry(title="automatic", value="auto")
    assert app.state.run.device_text.startswith("Automatic takes ")
