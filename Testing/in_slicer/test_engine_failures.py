"""The engine client when the engine process fails: it is said in words, and nothing stays behind."""

from __future__ import annotations

import json
import os
import signal
import tempfile

import numpy as np
import pytest

from helpers.engine_processes import (
    Recorder,
    Watch,
    answered,
    empty_mark,
    exists,
    is_gone,
    run_to_end,
    script,
    wait_until,
)
from helpers.processes import python_without_torch
from rabengine.events import Done, Opened, Stopped
from rabengine.io.event_lines import to_line
from RABSegmentLib.Engine.Client import EngineClient
from RABSegmentLib.Engine.Patience import Patience

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="asks POSIX whether processes are there"),
    pytest.mark.usefixtures("warm_engines", "client_files"),
]

READY = (
    'print(json.dumps({"event": "ready", "id": None, "protocol": 1, "version": "0", "pid": os.getpid()}), flush=True)\n'
)
OPENED = json.loads(to_line(Opened(frames=2, height=8, width=8, channels=1), 1))
NO_PIXELS = np.zeros((2, 8, 8), np.uint8)


def test_a_worker_that_ends_by_itself_is_quoted(make_client, transport, tmp_path):
    text = (
        READY
        + "sys.stdin.readline()\nprint('first', file=sys.stderr)\nprint('no such thing', file=sys.stderr)\nsys.exit(3)"
    )
    client, watch = make_client(transport, pythonCommand=script(tmp_path, text))
    client.setCine(NO_PIXELS)
    message, hint = run_to_end(client, empty_mark()).error()
    assert "exit code 3" in message
    assert "no such thing" in message
    assert "first" not in message
    assert hint
    watch.assert_nothing_is_left()


STUBBORN = (
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1000)'])\n"
    "open(os.path.join(os.path.dirname(__file__), 'pids'), 'w').write(f'{os.getpid()} {child.pid}')\n"
    + READY
    + "time.sleep(1000)\n"
)


def test_a_worker_that_falls_silent_is_ended_with_its_children(make_client, transport, tmp_path):
    client, watch = make_client(transport, pythonCommand=script(tmp_path, STUBBORN), silenceSeconds=3)
    client.setCine(NO_PIXELS)
    message, hint = run_to_end(client, empty_mark()).error()
    assert "3 seconds" in message
    assert hint
    watch.assert_nothing_is_left()
    for pid in (tmp_path / "pids").read_text().split():
        wait_until(lambda pid=pid: is_gone(int(pid)))


def test_a_worker_behind_a_launcher_is_ended_with_it(make_client, transport, tmp_path):
    """As PythonSlicer is one: it starts the real Python and waits for it."""
    silent = tmp_path / "silent"
    silent.mkdir()
    command = script(silent, "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + READY + "time.sleep(1000)\n")
    launcher = script(tmp_path, f"sys.exit(subprocess.call({command!r}))")
    client, watch = make_client(transport, pythonCommand=launcher, cancelSeconds=0.5)
    client.setCine(NO_PIXELS)
    listener = Recorder()
    client.run(empty_mark()).events.connect(listener.hear)
    wait_until(lambda: watch.pid is not None, lambda: client.poll(0.05))
    client.cancel()
    answered(client, listener)
    assert listener.kinds == [Stopped]
    wait_until(lambda: is_gone(watch.pid))
    assert not watch.folder.exists()


def test_what_a_worker_leaves_in_its_temporary_folder_goes_with_it(make_client, tmp_path):
    text = READY + "import tempfile\nprint(tempfile.mkdtemp(), file=sys.stderr)\nos._exit(1)"
    client, watch = make_client(pythonCommand=script(tmp_path, text))
    client.setCine(NO_PIXELS)
    message, _ = run_to_end(client, empty_mark()).error()
    assert str(watch.folder) in message
    watch.assert_nothing_is_left()


def test_a_client_that_is_forgotten_takes_its_process_along(transport, client_files, tmp_path):
    watch = Watch(transport)

    def run_and_forget() -> None:
        client = EngineClient(watch.make, pythonCommand=script(tmp_path, READY + "time.sleep(1000)"))
        client.setCine(NO_PIXELS)
        client.run(empty_mark())
        wait_until(lambda: watch.pid is not None, lambda: client.poll(0.05))
        assert exists(watch.pid)

    run_and_forget()
    watch.assert_nothing_is_left()


def test_an_answer_that_cannot_be_read_ends_the_worker(make_client, tmp_path):
    answers = [OPENED, {"event": "done", "id": 2, "file": "labels.npy"}]
    text = (
        READY
        + f"for event in {answers!r}:\n    sys.stdin.readline()\n    print(json.dumps(event), flush=True)\n"
        + "sys.stdin.read()"
    )
    client, watch = make_client(pythonCommand=script(tmp_path, text))
    client.setCine(NO_PIXELS)
    message, hint = run_to_end(client, empty_mark()).error()
    assert "labels.npy" in message
    assert hint
    watch.assert_nothing_is_left()


def test_a_worker_that_reads_nothing_does_not_hold_up_who_writes(transport, tmp_path):
    transport, lines = transport(), []
    transport.start(script(tmp_path, "print('é', flush=True)\ntime.sleep(1000)"), {}, tmp_path, lines.append)
    transport.send("x" * 10_000_000)
    wait_until(lambda: lines, lambda: transport.poll(0.05))
    assert lines == ["é"]
    assert transport.isRunning
    transport.stop(0)
    assert not transport.isRunning
    assert transport.exitCode == -signal.SIGTERM
    transport.stop(0)


def test_python_that_is_missing_is_named(make_client, transport, tmp_path):
    client, _ = make_client(transport, pythonCommand=[str(tmp_path / "no python")])
    client.setCine(NO_PIXELS)
    message, hint = run_to_end(client, empty_mark()).error()
    assert "no python" in message
    assert hint


def test_a_disk_that_cannot_be_written_is_named(make_client, monkeypatch, tmp_path):
    client, _ = make_client()
    client.setCine(NO_PIXELS)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    message, hint = run_to_end(client, empty_mark()).error()
    assert "nowhere" in message
    assert "TMPDIR" in hint


def test_missing_torch_is_told_and_found_once_it_is_installed(make_client, short_phantom, tmp_path, monkeypatch):
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(python_without_torch(hidden)))
    client, watch = make_client()
    client.setCine(short_phantom.frames)
    message, hint = run_to_end(client, {0: short_phantom.truth[0]}).error()
    assert "PyTorch" in message
    assert "pip install" in hint
    (hidden / "sitecustomize.py").unlink()
    assert run_to_end(client, {0: short_phantom.truth[0]}, preset="image").answers == [Done]
    assert not watch.started[0].folder.exists()


def test_time_asleep_is_no_silence():
    now = [0.0]
    patience = Patience(60, lambda: now[0])
    now[0] += 8 * 3600  # the lid was closed
    assert not patience.isExhausted()
    for _ in range(55):
        now[0] += 1
        assert not patience.isExhausted()
    now[0] += 1
    assert patience.isExhausted()
    patience.renew()
    assert not patience.isExhausted()
