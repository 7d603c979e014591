"""A run or a worker that is ended in any phase leaves nothing, or what the next run sweeps."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from helpers.processes import (
    PATIENCE_SECONDS,
    WorkerProcess,
    assert_one_sentence,
    environment,
    run_command,
    segment_arguments,
    start_command,
    start_python,
)
from rabengine.io.files.owned_folder import OwnedFolder, sweep
from rabengine.io.files.writable import check_writable

if os.name == "nt":
    pytest.skip("signals of POSIX", allow_module_level=True)

# What is started with nohup ignores it, the tests too.
IS_DEAF = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
HANG_UP = pytest.param(signal.SIGHUP, marks=pytest.mark.skipif(IS_DEAF, reason="started with nohup"))
ENDINGS = [signal.SIGTERM, HANG_UP, signal.SIGINT, signal.SIGKILL]

# The command, whose cines and labels go to disk however small they are, and which stops at a phase until it is ended.
PROGRAM = """
import sys, time
from rabengine.cli import segment
from rabengine.cli.main import console_entry
from rabengine.io import frame_buffer, table
from rabengine.io.files import label_array
from rabengine.io.labels import write
from rabengine.session.work import Work

phase = sys.argv.pop(1)
frame_buffer.FrameBuffer.__init__.__defaults__ = (0, 1)
label_array.new_labels.__defaults__ = (1,)

def stop_after(owner, name, when):
    done = getattr(owner, name)
    def and_stop(*arguments, **options):
        result = done(*arguments, **options)
        if phase == when:
            print("now", flush=True)
            time.sleep(1000)
        return result
    setattr(owner, name, and_stop)

stop_after(frame_buffer.FrameBuffer, "append", "reading")
stop_after(Work, "propagate", "propagation")
stop_after(write, "write_labels", "writing")
stop_after(table, "write_table", "writing more")
console_entry()
"""


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Folders for temporary files and for outputs, with something of the user's in each."""
    folders = []
    for name in ("temporary", "outputs"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "rabsegment-notes.txt").write_text("mine")
        folders.append(tmp_path / name)
    (tmp_path / "outputs" / "out.seq.nrrd").write_text("an earlier result")
    monkeypatch.setenv("TMPDIR", str(folders[0]))
    monkeypatch.setattr(tempfile, "tempdir", str(folders[0]))
    return folders


def listed(places: list[Path]) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for place in places for path in place.rglob("*")}


@pytest.mark.parametrize("phase", ["reading", "propagation", "writing", "writing more"])
@pytest.mark.parametrize("number", ENDINGS, ids=lambda number: number.name)
def test_a_run_that_is_ended_leaves_nothing(number, phase, places, short_phantom):
    if number in (signal.SIGINT, signal.SIGTERM) and phase in ("propagation", "writing"):
        pytest.skip("as with SIGHUP; test_cancelling has them too")
    before = listed(places)
    out, table = places[1] / "out.seq.nrrd", places[1] / "table.csv"
    arguments = segment_arguments(short_phantom, out, "--table", table)  # a NRRD, which the command reads itself
    process = start_python("-c", PROGRAM, phase, *arguments)
    assert process.stdout.readline() == "now\n", process.stderr.read()
    process.send_signal(number)
    _, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    if number == signal.SIGKILL:
        sweep()  # as every run does first
        check_writable(out)
    else:
        assert process.returncode == 130, stderr
        assert_one_sentence(stderr)
    assert listed(places) == before


@pytest.mark.parametrize("number", [HANG_UP, signal.SIGTERM], ids=lambda number: number.name)
def test_commands_that_write_a_folder_leave_nothing(number, places):
    before = listed(places)
    size = ("--kind", "shapes", "--count", "1000", "--frames", "8", "--size", "32")
    process = start_command("synthesize", "-o", places[1] / "set", *size)
    assert process.stdout.readline(), process.stderr.read()
    process.send_signal(number)
    _, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130, stderr
    assert listed(places) == before


@pytest.mark.parametrize("number", ENDINGS, ids=lambda number: number.name)
def test_a_worker_that_is_ended_leaves_nothing(number, places, phantom):
    before = listed(places)
    worker = WorkerProcess()
    try:
        worker.next_event()
        np.save(places[1] / "cine.npy", phantom.frames)
        np.save(places[1] / "mark.npy", phantom.truth[0])
        worker.send(id=1, request="open", frames="cine.npy", folder=str(places[1]))
        worker.send(id=2, request="segment", marks={"0": "mark.npy"}, preset="accurate")
        worker.events_until("frames", request_id=2)
        worker.process.send_signal(number)
        assert worker.process.wait(timeout=PATIENCE_SECONDS) == -number
    finally:
        worker.end()
    for path in places[1].glob("*.npy"):  # of the parent, who removes them
        path.unlink()
    sweep()
    check_writable(places[1] / "next.csv")
    assert listed(places) == before


def test_a_run_that_outlives_its_terminal_goes_on(short_phantom, places):
    """nohup makes a program ignore SIGHUP, and it stays ignored."""
    out = places[1] / "new.seq.nrrd"
    run = run_command(
        *segment_arguments(short_phantom, out),
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    assert run.returncode == 0 and out.exists(), run.stderr


ORPHAN = """
import os, signal, sys
from rabengine.io.files.owned_folder import OwnedFolder
folder = OwnedFolder()
(folder.path / "frames.raw").write_bytes(bytes(1000))
print(folder.path, flush=True)
sys.stdin.readline()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_folders_of_the_living_stay_and_those_of_the_dead_go(places):
    process = subprocess.Popen(
        [sys.executable, "-c", ORPHAN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
    )
    folder = Path(process.stdout.readline().strip())
    sweep()
    assert (folder / "frames.raw").exists()
    process.communicate("\n", timeout=PATIENCE_SECONDS)
    assert folder.exists()
    own = OwnedFolder()
    sweep()
    assert not folder.exists() and own.path.exists()
    own.remove()
