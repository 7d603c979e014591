"""Prompts by the engine client with a real engine process: answers beside runs, and nothing that stays behind."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest

from helpers.engine_processes import Recorder, application, wait_until
from helpers.own_presets import SMALL, WAITING
from helpers.processes import python_without_torch
from rabengine import Session
from rabengine.errors import InputError
from rabengine.events import Done, Failed, Stopped
from rabengine.io.files.owned_folder import LOCK_FILE
from rabengine.prompts import PromptedMask
from RABSegmentLib.Engine.Client import EngineClient
from RABSegmentLib.Engine.Prompting import FramePrompt

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="asks POSIX whether processes are there"),
    pytest.mark.usefixtures("own_presets", "warm_engines", "client_files"),
]
CLICK = ((48.0, 48.0, True),)


@pytest.fixture
def client(make_client, phantom) -> EngineClient:
    made, _watch = make_client()
    made.setCine(phantom.frames, device="cpu")
    return made


def hear(call) -> Recorder:
    heard = Recorder()
    call.answers.connect(heard.hear)
    return heard


def answers(client: EngineClient, *heard: Recorder) -> list[type]:
    """Kinds of what each heard, once all have heard something."""
    wait_until(lambda: all(one.heard for one in heard), lambda: client.poll(0.05))
    assert [len(one.heard) for one in heard] == [1] * len(heard)
    return [one.kinds[0] for one in heard]


def test_a_prompt_is_answered_as_a_session_answers_it_and_leaves_no_file(make_client, phantom):
    client, watch = make_client()
    client.setCine(phantom.frames, device="cpu")
    line = np.zeros((96, 96), np.int8)
    line[50, 40:60] = 1
    so_far, known = phantom.truth[2] == 1, {0: phantom.truth[0] == 1}
    heard = hear(client.prompt(FramePrompt(2, ((5, 6, False),), (20, 20, 80, 80), line, so_far, known, "a")))
    assert client.isPrompting and not client.isRunning
    assert answers(client, heard) == [PromptedMask]
    assert not client.isPrompting
    expected = Session(phantom.frames, device="cpu").prompt(
        2, [(5, 6, False)], (20, 20, 80, 80), line, so_far, known=known
    )
    assert np.array_equal(heard.heard[0].mask, expected.mask)
    kinds = {path.name.partition("-")[0] for path in watch.folder.iterdir() if path.name != LOCK_FILE}
    assert kinds == {"cine"}


def test_features_are_prepared_and_a_run_goes_on_with_the_same_open_cine(make_client, phantom):
    client, watch = make_client()
    client.setCine(phantom.frames, device="cpu")
    assert answers(client, hear(client.prepare(3, known=[0]))) == [Done]
    run = Recorder()
    client.run({0: phantom.truth[0]}, preset=SMALL).events.connect(run.hear)
    wait_until(lambda: run.answers, lambda: client.poll(0.05))
    assert run.answers == [Done]
    assert answers(client, hear(client.prompt(FramePrompt(3, CLICK)))) == [PromptedMask]
    assert [sent["request"] for sent in watch.sent] == ["open", "prepare", "segment", "prompt"]


def test_a_prompt_is_answered_during_a_run(client, phantom):
    run = Recorder()
    client.run({0: phantom.truth[0]}, preset=WAITING).events.connect(run.hear)
    assert answers(client, hear(client.prompt(FramePrompt(2, CLICK)))) == [PromptedMask]
    assert client.isRunning and run.answers == []
    client.cancel()
    wait_until(lambda: run.answers, lambda: client.poll(0.05))
    assert run.answers == [Stopped]


def test_a_run_that_starts_while_the_cine_is_opened_for_a_prompt_keeps_both(client, phantom):
    prompt = hear(client.prompt(FramePrompt(2, CLICK)))
    run = Recorder()
    client.run({0: phantom.truth[0]}, preset=SMALL).events.connect(run.hear)
    assert answers(client, prompt) == [PromptedMask]
    wait_until(lambda: run.answers, lambda: client.poll(0.05))
    assert run.answers == [Done]


def test_of_prompts_that_wait_the_newest_of_an_object_counts(client):
    heard = [hear(client.prompt(FramePrompt(2, CLICK, name=name))) for name in ("a", "a", "b")]
    heard.append(hear(client.prompt(FramePrompt(5, CLICK, name="a"))))
    assert answers(client, *heard) == [Stopped, PromptedMask, PromptedMask, PromptedMask]


def test_a_prompt_that_nobody_wants_says_so_at_once(client):
    call = client.prompt(FramePrompt(2, CLICK))
    heard = hear(call)
    client.dropPrompt(call)
    assert heard.kinds == [Stopped] and not client.isPrompting
    assert answers(client, hear(client.prompt(FramePrompt(2, CLICK)))) == [PromptedMask]


def test_another_cine_ends_what_was_asked_of_the_one_before(client, phantom):
    before = hear(client.prompt(FramePrompt(7, CLICK)))
    client.setCine(phantom.frames[:3].copy(), device="cpu")
    assert before.kinds == [Stopped]
    assert answers(client, hear(client.prompt(FramePrompt(2, CLICK)))) == [PromptedMask]


def test_the_same_frames_stay_open_for_prompts_whatever_the_device(client, phantom):
    heard = hear(client.prompt(FramePrompt(2, CLICK)))
    client.keepCine(phantom.frames, device="auto", seed=9)
    assert answers(client, heard) == [PromptedMask]


def test_what_the_engine_refuses_is_told_and_the_next_prompt_is_answered(client):
    bad = [hear(client.prompt(FramePrompt(frame, clicks))) for frame, clicks in ((99, CLICK), (1, ((500, 1, True),)))]
    assert answers(client, *bad) == [Failed, Failed]
    assert "99" in bad[0].heard[0].message and bad[1].heard[0].kind == "input"
    assert answers(client, hear(client.prompt(FramePrompt(2, CLICK)))) == [PromptedMask]


def test_without_a_cine_a_prompt_is_refused(make_client):
    client, _ = make_client()
    with pytest.raises(InputError, match="no cine"):
        client.prompt(FramePrompt(0, CLICK))


def test_a_process_that_is_killed_costs_one_sentence_and_the_next_prompt_starts_another(make_client, phantom):
    client, watch = make_client()
    client.setCine(phantom.frames, device="cpu")
    assert answers(client, hear(client.prompt(FramePrompt(2, CLICK)))) == [PromptedMask]
    os.kill(watch.pid, signal.SIGSTOP)
    heard = hear(client.prompt(FramePrompt(3, CLICK)))
    os.kill(watch.pid, signal.SIGKILL)
    assert answers(client, heard) == [Failed]
    assert heard.heard[0].message
    assert answers(client, hear(client.prompt(FramePrompt(3, CLICK)))) == [PromptedMask]
    os.kill(watch.pid, signal.SIGKILL)  # while nobody waits
    wait_until(lambda: not watch.started[-1].isRunning, lambda: client.poll(0.05))
    assert answers(client, hear(client.prompt(FramePrompt(3, CLICK)))) == [PromptedMask]
    assert len(watch.started) == 3


def test_a_python_without_pytorch_names_what_is_missing(make_client, phantom, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(python_without_torch(tmp_path)))
    client, _ = make_client()
    client.setCine(phantom.frames)
    heard = hear(client.prompt(FramePrompt(2, CLICK)))
    assert answers(client, heard) == [Failed]
    assert heard.heard[0].packages == ("torch",) or "PyTorch" in heard.heard[0].message


def test_closing_tells_what_waits_and_leaves_nothing(make_client, phantom):
    client, watch = make_client()
    client.setCine(phantom.frames, device="cpu")
    heard = hear(client.prompt(FramePrompt(2, CLICK)))
    wait_until(lambda: watch.pid is not None, lambda: client.poll(0.05))
    client.close()
    assert heard.kinds == [Stopped]
    watch.assert_nothing_is_left()


@pytest.mark.parametrize("transport", ["QProcess"], indirect=True)
def test_in_an_event_loop_a_prompt_on_an_open_cine_is_answered_without_polls(transport, make_client, phantom):
    client, _ = make_client(transport)
    client.setCine(phantom.frames, device="cpu")
    assert answers(client, hear(client.prepare(2))) == [Done]
    heard = Recorder({PromptedMask: lambda _event: application().quit()})
    client.prompt(FramePrompt(2, CLICK)).answers.connect(heard.hear)
    application().exec()
    assert heard.kinds == [PromptedMask]
