"""The engine client with a real engine process: what it tells of runs, and that nothing ever stays behind."""

from __future__ import annotations

import os
import signal

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
    run_to_end,
    wait_until,
    warm_python,
)
from helpers.own_presets import SMALL, WAITING
from rabengine.errors import InputError
from rabengine.events import Done, PartialResult, Progress, Stopped
from rabengine.io.files.owned_folder import LOCK_FILE
from rabengine.synthetic.phantom import beating_ellipse
from RABSegmentLib.Engine.Client import EngineClient

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="asks POSIX whether processes are there"),
    pytest.mark.usefixtures("own_presets", "warm_engines", "client_files"),
]

# Lines on stdout that a library might print, before the worker takes stdout over.
NOISE = ["hello", "5", "[1, 2]", '{"id": 1}', '{"event": 7, "id": 1}', "é" * 9]
NOISY_WORKER = f"""
import runpy

for line in {NOISE!r}:
    print(line, flush=True)
runpy.run_module("rabengine.worker", run_name="__main__")
"""
subprocess_alone = pytest.mark.parametrize("transport", ["subprocess"], indirect=True)


@pytest.fixture(scope="module")
def phantom(phantom):
    """The first frames of that of all tests: they are segmented a dozen times by each transport."""
    return phantom._replace(frames=phantom.frames[:5], truth=phantom.truth[:5])


@pytest.fixture(scope="module")
def shared(transport, client_files):
    """A client whose process is used by one test after the other, and what tells of it."""
    watch = Watch(transport)
    client = EngineClient(watch.make, pythonCommand=[*warm_python(transport), "-c", NOISY_WORKER])
    yield client, watch
    client.close()
    watch.assert_nothing_is_left()


def test_a_run_gives_what_the_engine_gives_in_this_process(shared, transport, phantom):
    client, watch = shared
    preset = "fast" if transport is KINDS["subprocess"] else SMALL
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
    assert {index for part in shown for index in part.indices} == set(range(len(phantom.frames)))
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


@pytest.mark.parametrize("transport", ["QProcess"], indirect=True)
def test_in_an_event_loop_a_run_goes_on_without_polls(shared, phantom):
    client, _ = shared
    client.setCine(phantom.frames)
    listener = Recorder({Done: lambda _event: application().quit()})
    client.run({0: phantom.truth[0]}, preset=SMALL).events.connect(listener.hear)
    application().exec()
    assert listener.result().labels.shape == phantom.truth.shape


def test_a_cancelled_run_answers_so_and_leaves_the_client_usable(shared, phantom):
    client, watch = shared
    client.setCine(phantom.frames)
    listener = Recorder({Progress: lambda _event: client.cancel()})
    client.run({0: phantom.truth[0]}, preset=WAITING).events.connect(listener.hear)
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


def test_a_killed_worker_is_an_error_that_names_memory_and_the_next_run_works(shared, phantom):
    client, watch = shared
    client.setCine(phantom.frames)
    listener = Recorder({Progress: lambda _event: os.kill(watch.pid, signal.SIGKILL)})
    client.run({0: phantom.truth[0]}, preset=WAITING).events.connect(listener.hear)
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
    second.run({1: truth[1]}, preset=SMALL).events.connect(heard[1].hear)
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
        client.run({4: phantom.truth[4]}, preset=SMALL).events.connect(second.hear)

    first = Recorder({Done: go_on})
    client.run({0: phantom.truth[0]}, preset=SMALL).events.connect(first.hear)
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
    client.run({0: phantom.truth[0]}, preset=SMALL).events.connect(listener.hear)
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
