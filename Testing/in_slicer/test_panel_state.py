"""What front ends say and offer, by what the session and the machine are like."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

pytest.importorskip("slicer", reason="slicer-core, Slicer without its window, is not installed")

from RABSegmentLib.Engine.Devices import DeviceQuery, parsedInformation
from RABSegmentLib.FrontEnd import Controls
from RABSegmentLib.FrontEnd.Controls import Situation
from RABSegmentLib.FrontEnd.Texts import deviceText
from RABSegmentLib.Scene.FrameRecords import FrameRecord, FrameStatus

CPU_BUILD = [
    "PyTorch 2.13.0+cpu",
    "cuda: not available, this build of torch has no CUDA",
    "mps: not available",
    "cpu: 2 threads, float32",
    "auto takes: cpu",
]
GPU = [
    "cuda:0: Some GPU, 8.0 GiB, torch.bfloat16",
    "mps: not available",
    "cpu: 8 threads, float32",
    "auto takes: cuda:0",
]


def with_driver(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a computer with an NVIDIA GPU: its driver brings this program."""
    program = folder / "nvidia-smi"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_a_gpu_that_torch_can_use_is_offered() -> None:
    found = parsedInformation(GPU)
    assert found.names == ("auto", "cuda:0", "cpu")
    assert found.warning == "" and "Some GPU" in deviceText(found, True)


def test_a_gpu_that_torch_cannot_use_is_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_driver(tmp_path, monkeypatch)
    found = parsedInformation(CPU_BUILD)
    assert found.names == ("auto", "cpu")
    assert "this build of torch has no CUDA" in found.warning
    assert deviceText(found, True) == found.warning
    assert parsedInformation(GPU).warning == ""


def test_this_machine_answers_what_auto_takes() -> None:
    query = DeviceQuery()
    try:
        end = time.monotonic() + 120
        while (found := query.answer(0.1)) is None:
            assert time.monotonic() < end
    finally:
        query.close()
    assert found.names[0] == "auto" and "cpu" in found.names
    assert found.automatic.split(":")[0] in ("cpu", "cuda", "mps")


def test_without_torch_the_text_says_so() -> None:
    assert "not installed" in deviceText(parsedInformation([]), False)


@pytest.mark.parametrize(
    ("situation", "expected"),
    [
        (Situation(), "Choose a cine"),
        (Situation(hasCine=True), "Mark a segment"),
        (Situation(hasCine=True, isDrawn=True, hasTorch=False), "PyTorch"),
        (Situation(hasCine=True, isDrawn=True), ""),
        (Situation(hasCine=True, isRunning=True), ""),  # it cancels
    ],
)
def test_the_big_button_works_or_says_why_not(situation: Situation, expected: str) -> None:
    control = Controls.segmentControl(situation)
    assert control.enabled is (expected == "")
    assert expected in control.toolTip and control.toolTip


@pytest.mark.parametrize("status", list(FrameStatus))
def test_only_a_prediction_can_be_verified(status: FrameStatus) -> None:
    control = Controls.verifyControl(Situation(hasCine=True, frame=FrameRecord(status=status)))
    assert control.enabled is (status is FrameStatus.PREDICTED)
    assert control.toolTip


def test_nothing_is_changed_during_a_run() -> None:
    running = Situation(
        hasCine=True,
        isRunning=True,
        hasSegment=True,
        markSelected=True,
        canUndo=True,
        frame=FrameRecord(status=FrameStatus.PREDICTED),
    )
    for control in (
        Controls.verifyControl,
        Controls.absentControl,
        Controls.removeMarkControl,
        Controls.undoControl,
    ):
        assert "run" in control(running).reason
    assert Controls.playControl(running).enabled
