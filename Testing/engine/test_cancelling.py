"""Ctrl-C and termination of the command: exit code 130 at any moment, and nothing left behind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import SimpleITK as sitk

from helpers.processes import (
    PATIENCE_SECONDS,
    assert_one_sentence,
    segment_arguments,
    start_command,
    start_python,
    wait_for_signal_handlers,
)

ON_LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc about signals")


@pytest.fixture(scope="module")
def unlike(phantom, tmp_path_factory):
    """The phantom with as much noise on some frames: no motion leads there, so there is something to learn."""
    frames = phantom.frames.copy()
    noise = np.random.default_rng(0).integers(0, 255, frames[5:].shape)
    frames[5:] = frames[5:] // 2 + noise // 2  # all noise would be another scene, which is left out
    cine = tmp_path_factory.mktemp("unlike") / "cine.nrrd"
    sitk.WriteImage(sitk.GetImageFromArray(frames), str(cine))
    return phantom._replace(cine=cine)


def cancel_and_check(process: subprocess.Popen, number: signal.Signals, folder) -> None:
    process.send_signal(number)
    _, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130, stderr
    assert_one_sentence(stderr)
    assert list(folder.iterdir()) == []


@ON_LINUX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("seconds_later", [0.0, 0.3, 0.8])
def test_cancel_while_starting(number, seconds_later, phantom, tmp_path):
    arguments = segment_arguments(phantom, tmp_path / "labels.seq.nrrd", preset="accurate")
    process = start_command(*arguments, is_cold=True)
    wait_for_signal_handlers(process)
    time.sleep(seconds_later)
    cancel_and_check(process, number, tmp_path)


@ON_LINUX
@pytest.mark.parametrize("phase", ["propagation", "learning"])
def test_cancel_in_a_phase(phase, unlike, tmp_path):
    process = start_command(
        *segment_arguments(
            unlike,
            tmp_path / "labels.seq.nrrd",
            "--overlay",
            tmp_path / "overlay.gif",
            "--progress",
            "json",
            preset="accurate",
        )
    )
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == "progress" and event["phase"] == phase:
            break
    else:
        pytest.fail(f"there was no progress of {phase}: {process.stderr.read()}")
    cancel_and_check(process, signal.SIGINT, tmp_path)


STUBBORN_WORK = """
import signal, sys, threading, time
from pathlib import Path
from rabengine.cli.cancellation import catch_signals, run_cancellable
from rabengine.io.files.outputs import Outputs

cancel = threading.Event()
outputs = Outputs(cancel)

def work():
    outputs.write(Path(sys.argv[1]), half_of_it)
    return 0

def half_of_it(path):
    path.write_text("half")
    print("started", flush=True)
    time.sleep(1000)

catch_signals(cancel)
sys.exit(run_cancellable(work, cancel, outputs.abandon))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_work_that_does_not_listen_is_abandoned(tmp_path):
    process = start_python("-c", STUBBORN_WORK, tmp_path / "out.txt")
    assert process.stdout.readline() == "started\n"
    cancel_and_check(process, signal.SIGTERM, tmp_path)
