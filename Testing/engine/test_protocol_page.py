"""What docs/protocol.md shows is what the engine process takes and says."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from helpers.processes import WorkerProcess
from rabengine.io.options import ReadOptions
from rabengine.session import step
from rabengine.worker import PROTOCOL
from rabengine.worker.requests import (
    OpenRequest,
    PrepareRequest,
    PromptRequest,
    ReadRequest,
    SegmentRequest,
    parse,
)

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
EXAMPLES = [json.loads(line) for line in re.findall(r"^```json\n(.*)\n```$", PAGE, flags=re.MULTILINE)]
REQUESTS = {example["request"]: example for example in EXAMPLES if "request" in example}


def shown(event: str) -> list[set[str]]:
    """The fields of each example of an event."""
    return [set(example) for example in EXAMPLES if example.get("event") == event]


def test_every_request_is_shown_with_every_field() -> None:
    assert set(REQUESTS) == {"open", "read", "segment", "prompt", "prepare", "cancel", "close"}
    options = {field.name for field in fields(ReadOptions)} - {"are_labels"}  # which no parent says of a cine
    kinds = {
        "open": OpenRequest,
        "read": ReadRequest,
        "segment": SegmentRequest,
        "prompt": PromptRequest,
        "prepare": PrepareRequest,
    }
    for name, kind in kinds.items():
        parsed = parse(json.dumps(REQUESTS[name]).encode())
        assert isinstance(parsed, kind)
        taken = {field.name for field in fields(kind)} - {"options", "frames"}
        assert set(REQUESTS[name]) - {"request"} == (taken | options if name in ("open", "read") else taken)
    for name in ("cancel", "close"):
        assert parse(json.dumps(REQUESTS[name]).encode()).id == REQUESTS[name]["id"]
    assert "`cine` or `frames`" in PAGE


def test_every_phase_of_our_steps_is_named() -> None:
    folder = Path(step.__file__).parent
    sources = [path.read_text(encoding="utf-8") for path in folder.rglob("*.py")]
    phases = {name for source in sources for name in re.findall(r"\bPhase\(\"([\w ]+)\"", source)}
    assert step.PROPAGATION.name in phases
    assert [phase for phase in sorted(phases) if f"`{phase}`" not in PAGE] == []


@pytest.fixture
def worker():
    started = WorkerProcess()
    yield started
    started.end()


def test_every_event_has_the_fields_that_are_shown(worker, phantom, tmp_path) -> None:
    np.save(tmp_path / "mark.npy", phantom.truth[0])
    folder = str(tmp_path)
    requests = [
        {"request": "read", "cine": str(phantom.cine), "folder": folder},
        {"request": "open", "cine": str(phantom.cine), "folder": folder, "device": "cpu"},
        {"request": "segment", "marks": {"0": "mark.npy"}, "preset": "fast"},
        {"request": "prompt", "frame": 2, "clicks": [[48, 48]]},
        {"request": "prepare", "frame": 3},
        {"request": "segment", "marks": {"99": "mark.npy"}},
        {"request": "segment", "marks": {"0": "mark.npy"}},
    ]
    said = [worker.next_event()]
    assert said[0]["protocol"] == PROTOCOL == 1
    for number, request in enumerate(requests[:-1]):
        worker.send(id=number, **request)
        said += worker.events_until("ready", "done", "error", request_id=number)
    worker.send(id="last", **requests[-1])
    worker.send(id="stop", request="cancel", target="last")
    said += worker.events_until("cancelled", request_id="last")
    if not any(event["id"] == "stop" for event in said):  # the two answers come in either order
        said += worker.events_until("done", request_id="stop")
    assert {event["event"] for event in said} == {"ready", "progress", "frames", "done", "cancelled", "error"}
    for event in said:
        assert set(event) in shown(event["event"]), event
