"""The engine process answers prompts: beside a long run, the newest first, and what was given up is told as such."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from helpers.own_presets import WAITING, OwnPresets
from helpers.processes import WorkerProcess
from rabengine import Session


@pytest.fixture
def worker(own_presets: OwnPresets):
    started = WorkerProcess(own_presets.environment)
    yield started
    started.end()


@pytest.fixture
def opened(worker, phantom, tmp_path):
    """A worker with the small phantom open under the id 1, and a mark for frame 0 in its folder."""
    np.save(tmp_path / "cine.npy", phantom.frames)
    np.save(tmp_path / "mark.npy", phantom.truth[0])
    worker.send(id=1, request="open", frames="cine.npy", folder=str(tmp_path), device="cpu")
    worker.events_until("ready", request_id=1)
    return worker


def last(worker, request_id) -> dict:
    return worker.events_until("done", "cancelled", "error", request_id=request_id)[-1]


def test_a_prompt_gives_what_the_session_gives(opened, phantom, tmp_path):
    line = np.zeros((96, 96), np.int8)
    line[50, 40:60], line[5, 5:20] = 1, -1
    np.save(tmp_path / "line.npy", line)
    np.save(tmp_path / "so far.npy", phantom.truth[2])
    opened.send(
        id=2,
        request="prompt",
        frame=2,
        clicks=[[48, 50], [4.5, 6, False]],
        box=[20, 20, 80, 80],
        scribble="line.npy",
        mask="so far.npy",
        known={"0": "mark.npy"},
    )
    done = last(opened, 2)
    assert done["event"] == "done", done
    mask = np.load(done["file"])
    assert mask.dtype == bool and Path(done["file"]).parent == tmp_path
    expected = Session(phantom.frames, device="cpu").prompt(
        2,
        [(48, 50), (4.5, 6, False)],
        (20, 20, 80, 80),
        line,
        phantom.truth[2] == 1,
        known={0: phantom.truth[0] == 1},
    )
    assert np.array_equal(mask, expected.mask)
    assert done["quality"] == pytest.approx(expected.quality, abs=1e-4)


def test_what_is_prepared_changes_no_answer(opened):
    opened.send(id=2, request="prepare", frame=3, known=[0])
    assert last(opened, 2) == {"event": "done", "id": 2}
    for number, frame in ((3, 3), (4, 3)):
        opened.send(id=number, request="prompt", frame=frame, clicks=[[48, 48, True]])
        done = last(opened, number)
        assert done["event"] == "done" and np.load(done["file"]).any()


def test_a_prompt_waits_for_no_run(opened):
    opened.send(id=2, request="segment", marks={"0": "mark.npy"}, preset=WAITING)
    opened.events_until("progress", "error", request_id=2)
    opened.send(id=3, request="prompt", frame=2, clicks=[[48, 48]])
    assert last(opened, 3)["event"] == "done", "while the run still waits"
    opened.send(id=4, request="cancel", target=2)
    assert last(opened, 2)["event"] == "cancelled"


def test_a_run_finds_the_same_beside_prompts(phantom, tmp_path):
    np.save(tmp_path / "cine.npy", phantom.frames)
    np.save(tmp_path / "mark.npy", phantom.truth[0])
    found = []
    for prompts in (0, 4):
        worker = WorkerProcess()
        try:
            worker.send(id="open", request="open", frames="cine.npy", folder=str(tmp_path), device="cpu")
            worker.send(id="run", request="segment", marks={"0": "mark.npy"}, preset="fast")
            for number in range(prompts):
                worker.send(id=number, request="prompt", frame=number, clicks=[[48, 48]])
            done = last(worker, "run")
            assert done["event"] == "done", done
            found.append((np.load(done["file"]), done["confidence"]))
        finally:
            worker.end()
    assert np.array_equal(found[0][0], found[1][0]) and found[0][1] == found[1][1]


def test_a_newer_prompt_takes_the_place_of_one_that_waits(worker, phantom, tmp_path):
    np.save(tmp_path / "cine.npy", phantom.frames)
    # Behind the open request all of them wait.
    worker.send(id="open", request="open", frames="cine.npy", folder=str(tmp_path))
    said = [("a", 2, "liver"), ("b", 2, "liver"), ("c", 2, "vessel"), ("d", 5, "liver"), ("e", 2, "liver")]
    for number, frame, name in said:
        worker.send(id=number, request="prompt", frame=frame, clicks=[[48, 48]], object=name)
    worker.send(id="p", request="prepare", frame=1)
    worker.send(id="q", request="prepare", frame=2)
    events = worker.events_until("done", request_id="q")
    answers = {event["id"]: event["event"] for event in events if event["id"] in set("abcdepq")}
    assert answers == dict.fromkeys("abp", "cancelled") | dict.fromkeys("cdeq", "done")
    assert [event["id"] for event in events if event["event"] == "done"] == ["c", "d", "e", "q"]


def test_another_cine_ends_the_prompts_of_the_one_before(worker, phantom, tmp_path):
    np.save(tmp_path / "cine.npy", phantom.frames)
    np.save(tmp_path / "small.npy", phantom.frames[:2, :64, :64])
    worker.send(id="first", request="open", frames="cine.npy", folder=str(tmp_path))
    worker.send(id="old", request="prompt", frame=7, clicks=[[90, 90]])
    worker.send(id="second", request="open", frames="small.npy", folder=str(tmp_path))
    worker.send(id="new", request="prompt", frame=1, clicks=[[30, 30]])
    events = worker.events_until("done", "error", request_id="new")
    assert {"event": "cancelled", "id": "old"} in events
    assert np.load(events[-1]["file"]).shape == (64, 64)


def test_prompts_can_be_cancelled(worker, phantom, tmp_path):
    np.save(tmp_path / "cine.npy", phantom.frames)
    worker.send(id="open", request="open", frames="cine.npy", folder=str(tmp_path))
    for number, name in enumerate(("one", "other")):
        worker.send(id=number, request="prompt", frame=2, clicks=[[48, 48]], object=name)
    worker.send(id="stop", request="cancel", target=0)
    events = worker.events_until("done", "cancelled", request_id=1)
    assert [event["event"] for event in events if event["id"] == 0] == ["cancelled"]
    assert events[-1]["event"] == "done"
    worker.send(id=2, request="prompt", frame=3, clicks=[[48, 48]])
    worker.send(id="close", request="close")
    assert last(worker, 2)["event"] in ("cancelled", "done")
    worker.send(id=3, request="prompt", frame=3, clicks=[[48, 48]])
    assert last(worker, 3)["kind"] == "input", "no cine is open"
    assert worker.finish() == 0


BAD_LINES = [
    b'{"id": 7, "request": "prompt"}',
    b'{"id": 7, "request": "prompt", "frame": -1}',
    b'{"id": 7, "request": "prompt", "frame": true}',
    b'{"id": 7, "request": "prompt", "frame": 1, "clicks": [[1]]}',
    b'{"id": 7, "request": "prompt", "frame": 1, "clicks": [[1, 2, 3]]}',
    b'{"id": 7, "request": "prompt", "frame": 1, "clicks": [[1, NaN]]}',
    b'{"id": 7, "request": "prompt", "frame": 1, "clicks": 5}',
    b'{"id": 7, "request": "prompt", "frame": 1, "box": [1, 2, 3]}',
    b'{"id": 7, "request": "prompt", "frame": 1, "mask": 5}',
    b'{"id": 7, "request": "prompt", "frame": 1, "known": {"x": "y"}}',
    b'{"id": 7, "request": "prompt", "frame": 1, "object": [1]}',
    b'{"id": 7, "request": "prepare"}',
    b'{"id": 7, "request": "prepare", "frame": 1, "known": ["0"]}',
]
BAD_PROMPTS = [
    {"frame": 99, "clicks": [[4, 4]]},
    {"frame": 1},
    {"frame": 1, "clicks": [[400, 4]]},
    {"frame": 1, "mask": "none.npy"},
    {"frame": 1, "mask": "small.npy"},
    {"frame": 1, "clicks": [[4, 4]], "known": {"99": "mark.npy"}},
]


def test_prompts_that_cannot_be_used_are_errors_and_the_worker_lives_on(opened, tmp_path):
    for line in BAD_LINES:
        opened.send_line(line)
        event = opened.next_event()
        assert (event["event"], event["id"], event["kind"]) == ("error", 7, "input"), line
    np.save(tmp_path / "small.npy", np.ones((3, 3), bool))
    for number, fields in enumerate(BAD_PROMPTS):
        opened.send(id=number, request="prompt", **fields)
        event = last(opened, number)
        assert (event["event"], event.get("kind")) == ("error", "input"), (fields, event)
        assert event["message"], event
    opened.send(id="end", request="prompt", frame=1, clicks=[[48, 48]])
    assert last(opened, "end")["event"] == "done"
