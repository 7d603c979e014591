"""A program that forgets to close its engine client, or dies, leaves no process and no file behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from helpers.engine_processes import is_gone, wait_until
from helpers.processes import PATIENCE_SECONDS, environment
from RABSegmentLib.Engine.PrivateFolder import PrivateFolder

pytestmark = pytest.mark.skipif(os.name == "nt", reason="asks POSIX whether processes are there")

# A program that segments, and says in the middle of it which process and which folder serve it.
PROGRAM = """
import os, sys
from helpers.engine_processes import Recorder, Watch, wait_until
from RABSegmentLib.Engine.Client import EngineClient
from rabengine.synthetic.phantom import beating_ellipse

frames, truth = beating_ellipse(20, 96, 96, seed=1)
watch, listener = Watch(), Recorder()
client = EngineClient(watch.make)
client.setCine(frames)
client.run({0: truth[0]}, preset="balanced").events.connect(listener.hear)
wait_until(lambda: listener.heard, lambda: client.poll(0.05))
assert watch.folder.exists()
print(watch.pid, watch.folder, flush=True)
"""


@pytest.fixture
def temporary_folder(tmp_path, monkeypatch):
    folder = tmp_path / "temporary files"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def start(program: str) -> tuple[subprocess.Popen, int, Path]:
    """Start a program that prints a process and a folder; returns it with them."""
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(Path(__file__).parents[1]),
    )
    pid, _, folder = process.stdout.readline().strip().partition(" ")
    return process, int(pid), Path(folder)


def test_a_program_that_ends_in_the_middle_of_a_run_leaves_nothing(temporary_folder):
    process, pid, folder = start(PROGRAM)
    process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    assert folder.parent == temporary_folder
    wait_until(lambda: is_gone(pid))
    assert list(temporary_folder.iterdir()) == []


def test_what_a_killed_program_leaves_is_removed_by_the_next_one(temporary_folder):
    process, pid, folder = start(PROGRAM + "sys.stdin.read()\n")
    others = PrivateFolder()  # makes room first, and leaves alone what is in use
    assert folder.exists()
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=PATIENCE_SECONDS)
    wait_until(lambda: is_gone(pid))
    assert folder.exists()
    following = PrivateFolder()
    assert not folder.exists()
    assert others.path.exists()
    others.remove()
    following.remove()
    following.remove()
    assert list(temporary_folder.iterdir()) == []


def test_folders_of_others_with_such_a_name_are_left_alone(temporary_folder):
    stranger = temporary_folder / "rabsegment-engine-of-somebody"
    stranger.mkdir()
    (stranger / "cine-000001.npy").write_bytes(b"")
    PrivateFolder().remove()
    assert (stranger / "cine-000001.npy").exists()
