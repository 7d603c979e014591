"""The engine client with a real engine process: what it tells, and that nothing ever stays behind."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile

import numpy as np
import pytest
import torch

import rabengine
from helpers.engine_processes import (
    KINDS,
    Recorder,
    Watch,
    answered,
    application,
    empty_mark,
    exists,
    is_gone,
    qt_module,
    run_to_end,
    script,
    wait_until,
)
from helpers.processes import python_without_torch
from rabengine.errors import InputError
from rabengine.event_lines import to_line
from rabengine.events import Done, Opened, PartialResult, Progress, Stopped
from rabengine.io.files.owned_folder import LOCK_FILE
from rabengine.synthetic.phantom import beating_ellipse
from RABSegmentLib.Engine.Client import EngineClient
from RABSegmentLib.Engine.Patience import Patience

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="asks POSIX whether processes are there"),
    pytest.mark.usefixtures("warm_engines"),
]

READY = (
    'print(json.dumps({"event": "ready", "id": None, "protocol": 1, "version": "0", "pid": os.getpid()}), flush=True)\n'
)
# Lines on stdout that a library might print, before the worker takes stdout over.
NOISE = ["hello", "5", "[1, 2]", '{"id": 1}', '{"event": 7, "id": 1}', "é" * 9]
NOISY_WORKER = (
    f"for line in {NOISE!r}:\n    print(line, flush=True)\nrunpy.run_module('rabengine.worker', run_name='__main__')"
)
OPENED = json.loads(to_line(Opened(frames=2, height=8, width=8, channels=1), 1))
subprocess_alone = pytest.mark.parametrize("kind", ["subprocess"], indirect=True)
NO_PIXELS = np.zeros((2, 8, 8), np.uint8)


@pytest.fixture(scope="module", autouse=True)
def temporary_files(tmp_path_factory):
    """Blanks and accents in its name, and empty when all clients are closed."""
    folder = tmp_path_factory.mktemp("Données temporaires")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        patch.setenv("OMP_NUM_THREADS", "1")
        yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture(scope="module")
def phantom(phantom):
    """The first frames of that of all tests: they are segmented a dozen times by each transport."""
    return phantom._replace(frames=phantom.frames[:5], truth=phantom.truth[:5])


@pytest.fixture(scope="module")
def qt_application():
    """Qt's event loop, and the module `qt` as Slicer offers it."""
    pytest.importorskip("PySide6")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QT_QPA_PLATFORM", "offscreen")
        patch.setitem(sys.modules, "qt", qt_module())
        yield application()


@pytest.fixture(scope="module", params=list(KINDS))
def kind(request):
    """Each transport in turn."""
    if request.param == "QProcess":
        request.getfixturevalue("qt_application")
    return KINDS[request.param]


@pytest.fixture(scope="module")
def shared(kind, temporary_files, tmp_path_factory):
    """A client whose process is used by one test after the other, and what tells of it."""
    watch = Watch(kind)
    client = EngineClient(watch.make, pythonCommand=script(tmp_path_factory.mktemp("noisy"), NOISY_WORKER))
    yield client, watch
    client.close()
    watch.assert_nothing_is_left()


@pytest.fixture
def make_client(temporary_files):
    """Makes clients that are closed at the end, with what tells of their processes."""
    made = []

    def make(kind=KINDS["subprocess"], **options):
        watch = Watch(kind)
        client = EngineClient(watch.make, **options)
        made.append(client)
        return client, watch

    yield make
    for client in made:
        client.close()


def test_a_run_gives_what_the_engine_gives_in_this_process(shared, kind, phantom):
    client, watch = shared
    preset = "fast" if kind is KINDS["subprocess"] else "image"
    client.setCine(phantom.frames, device="cpu", seed=3)
    marks = {0: phantom.truth[0], 4: phantom.truth[4]}
    listener = run_to_end(client, marks, preset=preset)
    result = listener.result()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    expected = rabengine.segment(phantom.frames, marks, preset=preset, device="cpu", seed=3)
    torch.set_num_threads(threads)
    assert np.array_equal(result.labels, expected.labels)
    assert np.array_equal(result.confidence, expected.confidence)
    assert result.confidence.dtype == np.float32
    assert (result.segments, result.marked_frames) == ((1,), (0, 4))
    assert (result.preset, result.device, result.seed) == (preset, "cpu", 3)
    assert result.next_frame == expected.next_frame
    assert set(result.seconds) == set(expected.seconds)
    assert_was_told_on_the_way(listener, phantom, set(result.seconds))
    assert {path.name.partition("-")[0] for path in watch.folder.iterdir() if path.name != LOCK_FILE} == {"cine"}


def assert_was_told_on_the_way(listener, phantom, phases) -> None:
    reports = [event for event in listener.heard if isinstance(event, Progress)]
    assert {report.phase for report in reports} == phases >= {"propagation"}
    assert all(0 <= report.step <= report.total for report in reports)
    assert any(report.seconds_left is not None for report in reports)
    shown = [event for event in listener.heard if isinstance(event, PartialResult)]
    assert sorted(index for part in shown for index in part.indices) == list(range(len(phantom.frames)))
    for part in shown:
        assert part.labels.dtype == np.uint8
        assert part.labels.shape == (len(part.indices), *phantom.truth.shape[1:])


@subprocess_alone
def test_the_cine_stays_open_between_runs_and_another_is_opened_in_its_place(shared, phantom):
    client, watch = shared
    client.setCine(phantom.frames)
    assert run_to_end(client, {0: phantom.truth[0]}).result().marked_frames == (0,)
    pid = watch.pid
    watch.sent.clear()
    client.setCine(phantom.frames)
    assert run_to_end(client, {2: phantom.truth[2]}).result().marked_frames == (2,)
    assert run_to_end(client, {2: phantom.truth[2]}, warm=False).answers == [Done]
    assert [(sent["request"], sent["warm"]) for sent in watch.sent] == [("segment", True), ("segment", False)]
    client.setCine(phantom.frames, seed=5)
    assert run_to_end(client, {0: phantom.truth[0]}).result().seed == 5
    frames, truth = beating_ellipse(3, 64, 80, seed=2)
    client.setCine(np.repeat(frames[..., None], 3, axis=3))
    assert run_to_end(client, {1: truth[1] * 9}).result().labels.shape == (3, 64, 80)
    assert watch.pid == pid
    assert len(set(watch.folder.glob("cine-*"))) == 1


@subprocess_alone
def test_what_the_engine_rejects_is_told_and_the_client_stays_usable(shared, phantom):
    client, watch = shared
    client.setCine(phantom.frames, device="abacus")
    message, _ = run_to_end(client, {0: phantom.truth[0]}).error()
    pid = watch.pid
    assert "abacus" in message
    client.setCine(phantom.frames)
    message, hint = run_to_end(client, {0: np.ones((3, 3), np.uint8)}).error()
    assert "(3, 3)" in message
    assert hint
    message, _ = run_to_end(client, {0: phantom.truth[0]}, absent={0: [1]}).error()
    assert "absent" in message
    assert run_to_end(client, {0: phantom.truth[0]}).answers == [Done]
    assert watch.pid == pid


@subprocess_alone
def test_what_is_absent_reaches_the_engine(shared, phantom):
    client, _ = shared
    client.setCine(phantom.frames)
    marks = {0: phantom.truth[0], 4: np.zeros_like(phantom.truth[4])}
    unknown = run_to_end(client, marks, partial=True).result()
    absent = run_to_end(client, marks, partial=True, absent={np.int64(4): [np.uint8(1)]}).result()
    assert unknown.labels[4].any()
    assert not absent.labels[4].any()


@pytest.mark.parametrize("kind", ["QProcess"], indirect=True)
def test_in_an_event_loop_a_run_goes_on_without_polls(shared, phantom):
    client, _ = shared
    client.setCine(phantom.frames)
    listener = Recorder({Done: lambda _event: application().quit()})
    client.run({0: phantom.truth[0]}, preset="image").events.connect(listener.hear)
    application().exec()
    assert listener.result().labels.shape == phantom.truth.shape


def test_a_cancelled_run_answers_so_and_leaves_the_client_usable(shared, long_phantom, phantom):
    client, watch = shared
    client.setCine(long_phantom.frames)
    listener = Recorder({Progress: lambda _event: client.cancel()})
    client.run({0: long_phantom.truth[0]}, preset="balanced").events.connect(listener.hear)
    assert client.isRunning
    answered(client, listener)
    pid = watch.pid
    assert listener.kinds == [Progress, Stopped]
    assert not client.isRunning
    client.cancel()  # of nothing
    client.setCine(phantom.frames)
    assert run_to_end(client, {0: phantom.truth[0]}).answers == [Done]
    assert watch.pid == pid


@subprocess_alone
def test_a_run_cancelled_before_the_cine_is_open_is_as_if_it_had_not_been(shared, phantom):
    client, _ = shared
    client.setCine(phantom.frames, seed=77)
    listener = Recorder()
    client.run({0: phantom.truth[0]}).events.connect(listener.hear)
    client.cancel()
    answered(client, listener)
    assert listener.kinds == [Stopped]
    assert run_to_end(client, {0: phantom.truth[0]}).result().seed == 77


def test_a_killed_worker_is_an_error_that_names_memory_and_the_next_run_works(shared, long_phantom, phantom):
    client, watch = shared
    client.setCine(long_phantom.frames)
    listener = Recorder({Progress: lambda _event: os.kill(watch.pid, signal.SIGKILL)})
    client.run({0: long_phantom.truth[0]}, preset="balanced").events.connect(listener.hear)
    answered(client, listener)
    message, hint = listener.error()
    assert "memory" in message
    assert "fast" in hint
    assert not client.isRunning
    watch.assert_nothing_is_left()
    client.setCine(phantom.frames)
    assert run_to_end(client, {0: phantom.truth[0]}).answers == [Done]


@subprocess_alone
def test_a_worker_that_is_killed_while_nobody_works_is_replaced_without_a_word(shared, phantom):
    client, watch = shared
    client.setCine(phantom.frames)
    run_to_end(client, {0: phantom.truth[0]})
    os.kill(watch.pid, signal.SIGKILL)
    wait_until(lambda: not watch.folder.exists(), client.poll)
    assert run_to_end(client, {0: phantom.truth[0]}).answers == [Done]


def test_a_worker_that_ends_by_itself_is_quoted(make_client, kind, tmp_path):
    text = (
        READY
        + "sys.stdin.readline()\nprint('first', file=sys.stderr)\nprint('no such thing', file=sys.stderr)\nsys.exit(3)"
    )
    client, watch = make_client(kind, pythonCommand=script(tmp_path, text))
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


def test_a_worker_that_falls_silent_is_ended_with_its_children(make_client, kind, tmp_path):
    client, watch = make_client(kind, pythonCommand=script(tmp_path, STUBBORN), silenceSeconds=1)
    client.setCine(NO_PIXELS)
    message, hint = run_to_end(client, empty_mark()).error()
    assert "1 seconds" in message
    assert hint
    watch.assert_nothing_is_left()
    for pid in (tmp_path / "pids").read_text().split():
        wait_until(lambda pid=pid: is_gone(int(pid)))


def test_a_worker_behind_a_launcher_is_ended_with_it(make_client, kind, tmp_path):
    """As PythonSlicer is one: it starts the real Python and waits for it."""
    silent = tmp_path / "silent"
    silent.mkdir()
    command = script(silent, "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + READY + "time.sleep(1000)\n")
    launcher = script(tmp_path, f"sys.exit(subprocess.call({command!r}))")
    client, watch = make_client(kind, pythonCommand=launcher, cancelSeconds=0.5)
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


def test_a_client_that_is_forgotten_takes_its_process_along(kind, temporary_files, tmp_path):
    watch = Watch(kind)

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


def test_a_worker_that_reads_nothing_does_not_hold_up_who_writes(kind, tmp_path):
    transport, lines = kind(), []
    transport.start(script(tmp_path, "print('é', flush=True)\ntime.sleep(1000)"), {}, tmp_path, lines.append)
    transport.send("x" * 10_000_000)
    wait_until(lambda: lines, lambda: transport.poll(0.05))
    assert lines == ["é"]
    assert transport.isRunning
    transport.stop(0)
    assert not transport.isRunning
    assert transport.exitCode == -signal.SIGTERM
    transport.stop(0)


def test_python_that_is_missing_is_named(make_client, kind, tmp_path):
    client, _ = make_client(kind, pythonCommand=[str(tmp_path / "no python")])
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


def test_missing_torch_is_told_and_found_once_it_is_installed(make_client, phantom, tmp_path, monkeypatch):
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(python_without_torch(hidden)))
    client, watch = make_client()
    client.setCine(phantom.frames)
    message, hint = run_to_end(client, {0: phantom.truth[0]}).error()
    assert "PyTorch" in message
    assert "pip install" in hint
    (hidden / "sitecustomize.py").unlink()
    assert run_to_end(client, {0: phantom.truth[0]}).answers == [Done]
    assert not watch.started[0].folder.exists()


@subprocess_alone
def test_what_libraries_print_is_no_event(shared, phantom):
    client, _ = shared  # its process begins with such lines
    client.setCine(phantom.frames)
    assert run_to_end(client, {0: phantom.truth[0]}).answers == [Done]


@subprocess_alone
def test_two_clients_at_once_do_not_disturb_each_other(shared, make_client, phantom):
    frames, truth = beating_ellipse(5, 64, 64, seed=7)
    (first, first_watch), (second, second_watch) = make_client(), shared
    first.setCine(phantom.frames)
    second.setCine(frames)
    heard = Recorder(), Recorder()
    first.run({0: phantom.truth[0]}).events.connect(heard[0].hear)
    second.run({1: truth[1]}, preset="image").events.connect(heard[1].hear)
    wait_until(lambda: first_watch.pid is not None, lambda: first.poll(0.05))
    first.close()
    answered(second, heard[1])
    assert heard[0].kinds == [Stopped]
    assert heard[1].result().labels.shape == (5, 64, 64)
    first_watch.assert_nothing_is_left()
    assert second_watch.folder.exists()


def test_a_listener_may_start_the_next_run_and_close_the_client(make_client, phantom):
    client, watch = make_client()
    client.setCine(phantom.frames)
    second = Recorder({PartialResult: lambda _event: client.close()})

    def go_on(_event) -> None:
        with pytest.raises(InputError, match="listener"):
            client.wait()
        client.run({4: phantom.truth[4]}, preset="image").events.connect(second.hear)

    first = Recorder({Done: go_on})
    client.run({0: phantom.truth[0]}, preset="image").events.connect(first.hear)
    with pytest.raises(InputError, match="at work"):
        client.run({0: phantom.truth[0]})
    calls = []
    client.wait(lambda: calls.append(client.isRunning))
    assert calls
    assert first.answers == [Done]
    assert second.answers == [Stopped]
    assert second.kinds[-2:] == [PartialResult, Stopped]
    client.close()
    watch.assert_nothing_is_left()


def test_a_listener_that_fails_loses_no_event(shared, phantom):
    client, _ = shared
    client.setCine(phantom.frames)

    def fail(_event) -> None:
        raise RuntimeError("of the listener")

    listener = Recorder({PartialResult: fail})
    client.run({0: phantom.truth[0]}, preset="image").events.connect(listener.hear)
    with pytest.raises(RuntimeError, match="of the listener"):
        answered(client, listener)
    answered(client, listener)
    assert listener.answers == [Done]


def test_a_client_without_a_cine_says_so(make_client):
    client, _ = make_client()
    with pytest.raises(InputError, match="no cine"):
        client.run(empty_mark())
    client.wait()
    client.close()
    client.close()


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
