"""The effect *Mark by clicks* and its engine process: what it is asked for, and what is said where it cannot run."""

from __future__ import annotations

import os
import signal
import sys
import time

import numpy as np
import pytest

pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")
pytest.importorskip("PySide6", reason="PySide6, which stands in for Slicer's windows, is not installed")

from helpers.effect_driver import Clicking, middle
from helpers.engine_processes import engines_of_this_test
from helpers.panel_driver import TRUTH, Panel
from helpers.processes import python_without_torch


@pytest.fixture
def clicking(panel: Panel) -> Clicking:
    return Clicking(panel)


def test_without_pytorch_one_sentence_says_what_is_missing(clicking, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(python_without_torch(tmp_path)))
    clicking.begin()
    clicking.settle()
    assert "PyTorch" in clicking.status(), "as soon as the effect is chosen"
    clicking.mouse.click(middle(TRUTH[0]))
    clicking.settle()
    assert "PyTorch" in clicking.status()
    assert clicking.host.dialogs == [] and not clicking.mask().any()


@pytest.mark.usefixtures("warmPythonSlicer")
def test_where_slicer_has_no_pytorch_the_sentence_says_which_button_installs_it(clicking, monkeypatch):
    monkeypatch.setattr(sys.modules["RABSegmentPanel.PromptTool"], "hasTorch", lambda: False)
    clicking.begin()
    assert "press Install PyTorch" in clicking.status()
    assert clicking.mouse.click(middle(TRUTH[0])) is False and not clicking.session.isPrompting
    monkeypatch.undo()
    assert clicking.click().any(), "once it is installed"


@pytest.mark.usefixtures("warmPythonSlicer")
@pytest.mark.skipif(os.name == "nt", reason="asks POSIX for processes")
def test_an_engine_that_is_killed_costs_one_sentence_and_the_next_click_starts_another(clicking):
    clicking.begin()
    clicking.settle()
    engine = engines_of_this_test()[0]
    os.kill(engine, signal.SIGSTOP)
    clicking.mouse.click(middle(TRUTH[0]))
    os.kill(engine, signal.SIGKILL)
    clicking.settle()
    assert "ended" in clicking.status() and clicking.host.dialogs == []
    assert not clicking.mask().any()
    assert clicking.click().any()
    assert "Expected overlap" in clicking.status()


@pytest.mark.usefixtures("warmPythonSlicer")
@pytest.mark.skipif(os.name == "nt", reason="stops a process")
def test_a_frame_is_prepared_when_it_is_shown_and_slicer_does_not_wait_for_an_engine_that_stands_still(clicking):
    clicking.begin()
    clicking.settle()
    engine = engines_of_this_test()[0]
    os.kill(engine, signal.SIGSTOP)
    try:
        clicking.panel.show(4)
        assert clicking.session.isPrompting, "its features"
        clicking.mouse.click(middle(TRUTH[4]))
        clicking.host.processEvents(100)
        assert clicking.status() == "Looking for it ..." and not clicking.mask(4).any()
    finally:
        os.kill(engine, signal.SIGCONT)
    clicking.settle()
    assert clicking.mask(4).any()


def test_frames_are_written_for_the_engine_though_slicers_main_thread_keeps_python_to_itself(host, tmp_path):
    from RABSegmentLib.Engine.FrameSaving import CineFrames, FrameSaving
    from RABSegmentLib.Threads import letThreadsRun
    from RABSegmentPanel.Panel import newTimer

    class Turns(CineFrames):
        def __getitem__(self, frame: int) -> np.ndarray:
            time.sleep(0)  # each frame takes another turn
            return super().__getitem__(frame)

    frames = Turns([np.full((1, 1), number % 256, np.uint8) for number in range(3000)])
    timer = newTimer(10, letThreadsRun)
    timer.start()
    saving = FrameSaving(frames, tmp_path / "frames.npy")
    host.waitUntil(lambda: saving.isDone, 5000)
    timer.stop()
    assert np.array_equal(np.load(saving.path), np.asarray(frames))
    assert not letThreadsRun(), "no thread is waited for any more"
