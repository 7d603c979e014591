"""The worker lives through any line: lines drawn at random from a fixed seed, and requests with values of any kind."""

from __future__ import annotations

import json
import os
import random
import sys

import numpy as np
import pytest

from helpers.processes import WorkerProcess

LINES = 500
DEEP = "[" * 3000 + "]" * 3000


def values(random_: random.Random) -> object:
    """A value that some field might not expect."""
    return random_.choice(
        [
            None, True, False, 0, -1, 1, 2**31, 2**63, 2**70, 1e308, -0.5, "", ".", "..", "/", "\0", "a\0b", "\ud800",
            "/dev/null", "/dev/zero", "no such file", "é" * 300, "x" * 5000, "9" * 3000, "cuda:99", "mps", "image",
            [], [[]], [1, "2", None], {}, {"0": "mark.npy"}, {"0": []}, {"9" * 5000: "mark.npy"}, {"0": [2**70]},
            {"size": "big"}, {"size": -1}, {"size": 10**9}, {"steps": 1e400}, {"name": "x"}, {"relearning": {}},
            {"blend": None}, {"window": True}, {"learning_rate": float("nan")}, {"appearance": 3}, {"\ud800": 1},
        ]
    )  # fmt: skip


def hostile_line(random_: random.Random) -> bytes:
    """A line: a request with some wrong values, or bytes that are none."""
    kind = random_.randrange(8)
    if kind == 0:
        return bytes(random_.choices([byte for byte in range(256) if byte != 10], k=random_.randrange(1, 400)))
    fields = {
        "id": random_.randrange(1000),
        "request": random_.choice(["open", "read", "segment", "prompt", "prepare", "cancel", "fly"]),
        "folder": "FOLDER",
        "marks": {"0": "mark.npy"},
        "preset": "image",
        "frame": 0,
        "clicks": [[4, 4]],
    }
    names = [*fields, "cine", "frames", "within", "device", "seed", "weights", "partial", "absent", "warm", "overrides"]
    names += ["box", "mask", "known", "object"]
    for name in random_.sample(names, k=random_.randrange(1, 4)):
        fields[name] = values(random_)
    line = json.dumps(fields).encode()
    if kind == 1:
        cut = random_.randrange(len(line))
        return line[:cut] + bytes(random_.choices(b'{}[]",:0\\u', k=4)) + line[cut + 2 :]
    if kind == 2:
        return line.replace(b'"image"', random_.choice([DEEP, "9" * 5000, '{"a":' * 900 + "1" + "}" * 900]).encode())
    return line


def test_lives_through_any_line(phantom, tmp_path):
    random_ = random.Random(20261125)
    np.save(tmp_path / "cine.npy", phantom.frames)
    np.save(tmp_path / "mark.npy", phantom.truth[0])
    worker = WorkerProcess()
    try:
        for number in range(LINES):
            if number % 10 == 0:  # so that there is something to segment
                worker.send(id="open", request="open", frames="cine.npy", folder=str(tmp_path))
            line = hostile_line(random_).replace(b'"FOLDER"', json.dumps(str(tmp_path)).encode())
            if line.strip():
                worker.send_line(line)
        worker.send(id="open", request="open", frames="cine.npy", folder=str(tmp_path))
        worker.send(id="segment", request="segment", marks={"0": "mark.npy"}, preset="image")
        events = worker.events_until("done", "error", request_id="segment")
        assert events[-1]["event"] == "done", events[-1]
        faults = [event for event in events if event["event"] == "error" and event["kind"] == "engine"]
        assert not faults, faults[:3]
        assert max(len(str(event.get("message", ""))) for event in events) < 8000
        assert worker.finish() == 0
    finally:
        worker.end()


@pytest.mark.parametrize(
    "overrides",
    [
        {"size": "96"}, {"size": 96.5}, {"size": True}, {"size": 0}, {"size": 10**7}, {"steps": -1}, {"window": 0},
        {"blend": 2}, {"learning_rate": float("nan")}, {"learning_rate": "fast"}, {"priors": 1}, {"priors": "no"},
        {"name": "other"}, {"relearning": None}, {"appearance": {}}, {"supports": 0}, {"rounds": 2**70}, {"x" * 999: 1},
        {"lessons": [1]}, {"recipe": ["check"]}, {"recipe": "propagation,magic"},
        {"temporal_weight": None}, {"temporal_weight": float("inf")},
    ],
    ids=lambda overrides: str(overrides)[:30],
)  # fmt: skip
def test_overrides_have_the_types_of_the_preset(overrides):
    from rabengine.errors import InputError
    from rabengine.presets import get_preset

    with pytest.raises(InputError) as caught:
        get_preset("balanced", overrides)
    assert len(str(caught.value)) < 600


def test_whole_numbers_are_real_ones_too():
    from rabengine.presets import get_preset
    from rabengine.session.steps.relearning import Relearning

    preset = get_preset("paper", {"learning_rate": 1, "blend": 0, "steps": 3, "temporal_attention": False})
    relearning = preset.step(Relearning)
    assert relearning is not None and relearning.learning_rate == 1.0 and relearning.steps == 3


def test_every_choice_has_its_range():
    from rabengine.choices import choices_of
    from rabengine.presets import Preset
    from rabengine.session.step import STEPS

    numbers = [
        one
        for owner in (Preset, *(step for _, step in STEPS.all()))
        for one in choices_of(owner).values()
        if not isinstance(one.default, bool)
    ]
    assert len(numbers) > 10
    for one in numbers:
        low, high = one.metadata["range"]
        assert low <= one.default <= high, one.name


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="pipes with a name, and devices")
def test_pipes_and_devices_cost_one_error(phantom, tmp_path):
    os.mkfifo(tmp_path / "pipe.npy")
    np.save(tmp_path / "cine.npy", phantom.frames)
    (tmp_path / "several.npy").write_bytes(_archive())
    worker = WorkerProcess()
    try:
        bad = [
            {"request": "open", "frames": "pipe.npy"},
            {"request": "open", "frames": "/dev/zero"},
            {"request": "open", "frames": "several.npy"},
            {"request": "open", "cine": str(tmp_path / "pipe.npy")},
            {"request": "read", "cine": "/dev/zero"},
            {"request": "open", "frames": "cine.npy", "weights": str(tmp_path / "pipe.npy")},
        ]
        for number, request in enumerate(bad):
            worker.send(id=number, folder=str(tmp_path), **request)
            event = worker.events_until("error", "ready", "done", request_id=number)[-1]
            assert (event["event"], event.get("kind")) == ("error", "input"), (request, event)
        worker.send(id="open", request="open", frames="cine.npy", folder=str(tmp_path))
        worker.send(id="segment", request="segment", marks={"0": "pipe.npy"})
        assert worker.events_until("error", "done", request_id="segment")[-1]["kind"] == "input"
    finally:
        worker.end()


def _archive() -> bytes:
    import io

    stream = io.BytesIO()
    np.savez(stream, a=np.zeros(3))
    return stream.getvalue()
