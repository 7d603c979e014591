"""The engine process: its protocol, spoken by a parent as Slicer will be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from helpers.processes import WorkerProcess, environment, python_without_torch, write_endless_cine
from rabengine.cine import cine_of_record


@pytest.fixture
def worker():
    started = WorkerProcess()
    yield started
    started.end()


@pytest.fixture
def opened(worker, phantom, tmp_path):
    """A worker with the small phantom open under the id 1, and a mark for frame 0 in its folder."""
    np.save(tmp_path / "cine.npy", phantom.frames)
    np.save(tmp_path / "mark.npy", phantom.truth[0])
    worker.send(id=1, request="open", frames="cine.npy", folder=str(tmp_path))
    worker.events_until("ready", request_id=1)
    return worker


def terminal_events(events):
    return [event["event"] for event in events if event["event"] in ("ready", "done", "cancelled", "error")]


def test_says_that_it_is_ready(worker):
    pid = worker.process.pid
    assert worker.next_event() == {"event": "ready", "id": None, "protocol": 1, "version": "0.1.0", "pid": pid}
    assert worker.finish() == 0


def test_opens_a_file_and_segments_it(worker, phantom, tmp_path):
    np.save(tmp_path / "mark é.npy", phantom.truth[4])
    worker.send(id="a", request="open", cine=str(phantom.cine), folder=str(tmp_path), device="cpu")
    ready = worker.events_until("ready", request_id="a")[-1]
    assert (ready["frames"], ready["height"], ready["width"], ready["channels"]) == (8, 96, 96, 1)
    worker.send(id="b", request="segment", marks={"4": "mark é.npy"}, preset="fast")
    events = worker.events_until("done", "error", request_id="b")
    assert {event["id"] for event in events} == {"b"}
    assert {event["event"] for event in events} == {"progress", "frames", "done"}
    for event in events:
        if event["event"] == "frames":
            assert np.load(event["file"]).shape == (len(event["indices"]), 96, 96)
    done = events[-1]
    labels = np.load(done["file"])
    assert labels.dtype == np.uint8
    assert labels.shape == phantom.truth.shape
    assert np.array_equal(labels[4], phantom.truth[4])
    assert done["segments"] == [1]
    assert done["marked_frames"] == [4]
    assert np.shape(done["confidence"]) == (8, 1)
    assert not list(tmp_path.glob("*.part"))
    assert worker.finish() == 0


def test_reads_a_cine_while_another_is_open(opened, phantom, tmp_path):
    (tmp_path / "read").mkdir()
    opened.send(id=2, request="read", cine=str(phantom.cine), folder=str(tmp_path / "read"))
    done = opened.events_until("done", "error", request_id=2)[-1]
    assert done["event"] == "done", done
    assert Path(done["file"]).parent == tmp_path / "read"
    cine = cine_of_record(done["cine"], np.load(done["file"]))
    assert np.array_equal(cine.frames, phantom.frames)
    assert (cine.index_name, cine.source) == ("frame", str(phantom.cine))
    opened.send(id=3, request="segment", marks={"0": "mark.npy"}, preset="image")
    assert opened.events_until("done", "error", request_id=3)[-1]["event"] == "done"


def test_a_cine_that_cannot_be_read_is_an_error(worker, phantom, tmp_path):
    (tmp_path / "inside").mkdir()
    bad = {
        1: {"cine": str(tmp_path / "none.dcm"), "folder": str(tmp_path)},
        2: {"cine": str(phantom.cine), "folder": str(tmp_path / "none")},
        3: {"cine": str(phantom.cine), "folder": str(tmp_path), "within": str(tmp_path / "inside")},
    }
    for number, request in bad.items():
        worker.send(id=number, request="read", **request)
        error = worker.events_until("error", "done", request_id=number)[-1]
        assert (error["event"], error["kind"]) == ("error", "input"), error
        assert error["message"], error
    worker.send(id=4, request="read", cine=str(phantom.cine), folder=str(tmp_path), within=str(phantom.cine.parent))
    assert worker.events_until("done", "error", request_id=4)[-1]["event"] == "done"
    assert worker.finish() == 0


def test_cancel_while_reading(worker, phantom, tmp_path):
    never = write_endless_cine(tmp_path / "never.nrrd")
    worker.send(id=1, request="read", cine=str(never), folder=str(tmp_path))
    worker.send(id=2, request="cancel", target=1)
    events = worker.events_until("done", request_id=2)
    assert {"event": "cancelled", "id": 1} in events
    worker.send(id=3, request="read", cine=str(phantom.cine), folder=str(tmp_path))
    assert worker.events_until("done", "error", request_id=3)[-1]["event"] == "done"


def test_a_correction_goes_on_warm(opened, phantom, tmp_path):
    opened.send(id=2, request="segment", marks={"0": "mark.npy"}, preset="fast")
    opened.events_until("done", request_id=2)
    np.save(tmp_path / "second.npy", phantom.truth[4])
    opened.send(id=3, request="segment", marks={"0": "mark.npy", "4": "second.npy"}, preset="fast", warm=True)
    done = opened.events_until("done", "error", request_id=3)[-1]
    assert done["event"] == "done", done
    assert done["marked_frames"] == [0, 4]
    assert np.array_equal(np.load(done["file"])[4], phantom.truth[4])


BAD_LINES = [
    b"garbage",
    b"\xff\xfe{}",
    b"[1, 2]",
    b"{}",
    b'{"id": 7}',
    b'{"id": true, "request": "close"}',
    b'{"id": 7, "request": "fly"}',
    b'{"id": 7, "request": ["open"]}',
    b'{"id": 7, "request": "open"}',
    b'{"id": 7, "request": "open", "cine": 5, "folder": "x"}',
    b'{"id": 7, "request": "open", "cine": "a.dcm", "frames": "b.npy", "folder": "x"}',
    b'{"id": 7, "request": "read", "cine": "a.dcm"}',
    b'{"id": 7, "request": "read", "folder": "x"}',
    b'{"id": 7, "request": "read", "cine": "a.dcm", "folder": "x", "within": 3}',
    b'{"id": 7, "request": "segment"}',
    b'{"id": 7, "request": "segment", "marks": {"-1": "x.npy"}}',
    b'{"id": 7, "request": "segment", "marks": {"0": 3}}',
    b'{"id": 7, "request": "segment", "marks": {"0": "x.npy"}, "warm": "yes"}',
    b'{"id": 7, "request": "segment", "marks": {"0": "x.npy"}, "absent": {"0": 2}}',
    b'{"id": 7, "request": "segment", "marks": {"0": "x.npy"}, "absent": {"first": [2]}}',
    b"[" * 100_000,
]


def test_lives_on_after_bad_lines(worker, phantom, tmp_path):
    worker.next_event()
    for line in BAD_LINES:
        worker.send_line(line)
        event = worker.next_event()
        assert (event["event"], event["kind"]) == ("error", "input"), line[:80]
        assert event["message"]
        assert event["id"] in (7, None)
    worker.send_line(b"")
    worker.send(id=8, request="open", cine=str(phantom.cine), folder=str(tmp_path))
    assert worker.next_event()["event"] == "ready"
    assert worker.finish() == 0


def test_errors_carry_their_request_and_a_hint(worker, phantom, tmp_path):
    requests = {
        1: {"request": "segment", "marks": {"0": "mark.npy"}},
        2: {"request": "open", "cine": str(tmp_path / "none.dcm"), "folder": str(tmp_path)},
        3: {"request": "open", "frames": "none.npy", "folder": str(tmp_path)},
        4: {"request": "open", "cine": str(phantom.cine), "folder": str(tmp_path / "none")},
        5: {"request": "open", "cine": str(phantom.cine), "folder": str(tmp_path), "device": "abacus"},
    }
    for number, request in requests.items():
        worker.send(id=number, **request)
        error = worker.events_until("error", request_id=number)[-1]
        assert error["kind"] == "input", error
        assert error["message"], error


def test_bad_marks_are_errors_and_the_cine_stays_open(opened, tmp_path):
    np.save(tmp_path / "small.npy", np.ones((3, 3), np.uint8))
    (tmp_path / "broken.npy").write_bytes(b"\x93NUMPY")
    bad_marks = [{"0": "none.npy"}, {"0": "broken.npy"}, {"0": "small.npy"}, {"99": "mark.npy"}]
    for number, marks in enumerate(bad_marks, start=10):
        opened.send(id=number, request="segment", marks=marks, preset="image")
        error = opened.events_until("error", "done", request_id=number)[-1]
        assert error["event"] == "error", marks
        assert error["kind"] == "input", error
    opened.send(id=20, request="segment", marks={"0": "mark.npy"}, preset="image")
    assert opened.events_until("done", "error", request_id=20)[-1]["event"] == "done"


def test_what_is_absent_on_a_marked_frame_comes_through(opened, phantom, tmp_path):
    np.save(tmp_path / "empty.npy", np.zeros_like(phantom.truth[4]))
    marks = {"0": "mark.npy", "4": "empty.npy"}
    painted = {}
    for number, absent in enumerate([{}, {"4": [1]}], start=2):
        opened.send(id=number, request="segment", marks=marks, preset="image", partial=True, absent=absent)
        done = opened.events_until("done", "error", request_id=number)[-1]
        assert done["event"] == "done", done
        painted[number] = bool(np.load(done["file"])[4].any())
    assert painted == {2: True, 3: False}
    opened.send(id=4, request="segment", marks=marks, preset="image", partial=True, absent={"0": [[1]]})
    error = opened.events_until("error", "done", request_id=4)[-1]
    assert (error["event"], error["kind"]) == ("error", "input")


def test_cancel_during_a_segment(worker, phantom, long_phantom, tmp_path):
    np.save(tmp_path / "mark.npy", long_phantom.truth[0])
    worker.send(id=1, request="open", cine=str(long_phantom.cine), folder=str(tmp_path))
    worker.events_until("ready", request_id=1)
    worker.send(id=2, request="segment", marks={"0": "mark.npy"}, preset="accurate")
    worker.send(id=3, request="segment", marks={"0": "mark.npy"}, preset="accurate")
    worker.events_until("progress", request_id=2)
    worker.send(id=4, request="cancel", target=2)
    events = worker.events_until("cancelled", request_id=2)
    assert terminal_events([event for event in events if event["id"] == 2]) == ["cancelled"]
    worker.events_until("progress", request_id=3)
    worker.send(id=5, request="cancel")
    events = worker.events_until("cancelled", request_id=3)
    assert not [event for event in events if event["id"] == 2]
    # The worker is as good as new.
    np.save(tmp_path / "mark.npy", phantom.truth[0])
    worker.send(id=6, request="open", cine=str(phantom.cine), folder=str(tmp_path))
    worker.send(id=7, request="segment", marks={"0": "mark.npy"}, preset="image")
    assert worker.events_until("done", "error", request_id=7)[-1]["event"] == "done"


def test_cancel_of_what_waits_or_is_unknown(opened):
    opened.send(id=2, request="segment", marks={"0": "mark.npy"}, preset="fast")
    opened.send(id=3, request="segment", marks={"0": "mark.npy"}, preset="fast")
    opened.send(id=4, request="cancel", target=3)
    opened.send(id=5, request="cancel", target="nobody")
    events = opened.events_until("done", request_id=2)
    assert [event for event in events if event["id"] == 3] == [{"event": "cancelled", "id": 3}]
    assert {"event": "done", "id": 4} in events
    assert {"event": "done", "id": 5} in events


def test_cancel_while_opening(worker, phantom, tmp_path):
    worker.next_event()
    worker.send(id=1, request="open", cine=str(phantom.cine), folder=str(tmp_path))
    worker.send(id=2, request="cancel")
    events = [worker.next_event(), worker.next_event()]
    assert {"event": "cancelled", "id": 1} in events
    assert {"event": "done", "id": 2} in events
    worker.send(id=3, request="open", cine=str(phantom.cine), folder=str(tmp_path))
    event = worker.next_event()
    assert (event["event"], event["id"]) == ("ready", 3)


def test_close_forgets_the_cine(opened):
    opened.send(id=2, request="close")
    assert opened.events_until("done", request_id=2)[-1] == {"event": "done", "id": 2}
    opened.send(id=3, request="segment", marks={"0": "mark.npy"})
    assert opened.events_until("error", "done", request_id=3)[-1]["event"] == "error"
    assert opened.finish() == 0


def test_end_of_stdin_ends_a_running_request(worker, long_phantom, tmp_path):
    np.save(tmp_path / "mark.npy", long_phantom.truth[0])
    worker.send(id=1, request="open", cine=str(long_phantom.cine), folder=str(tmp_path))
    worker.send(id=2, request="segment", marks={"0": "mark.npy"}, preset="accurate")
    worker.events_until("progress", request_id=2)
    assert worker.finish() == 0


def test_weights_that_are_not_ours(worker, phantom, tmp_path):
    weights = tmp_path / "weights.pt"
    torch.save({"weight": torch.zeros(3)}, weights)
    worker.send(id=1, request="open", cine=str(phantom.cine), folder=str(tmp_path), weights=str(weights))
    error = worker.events_until("error", "ready", request_id=1)[-1]
    assert (error["event"], error["kind"]) == ("error", "input")


def test_without_torch(phantom, tmp_path):
    worker = WorkerProcess(environment(python_without_torch(tmp_path)))
    try:
        worker.send(id=1, request="open", cine=str(phantom.cine), folder=str(tmp_path))
        error = worker.events_until("error", "ready", request_id=1)[-1]
        assert (error["event"], error["kind"]) == ("error", "engine")
        assert "PyTorch" in error["message"]
        assert "pip install" in error["hint"]
        assert worker.finish() == 0
    finally:
        worker.end()
