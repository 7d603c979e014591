"""Events as lines: what one process writes the other reads, arrays and all."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from rabengine.cine import Cine
from rabengine.errors import EngineError, InputError, PackageMissingError
from rabengine.events import CineRead, Done, Failed, Opened, PartialResult, Progress, Started, Stopped, WorkerEvent
from rabengine.io.event_lines import from_line, json_line, to_line
from rabengine.prompts import PromptedMask
from rabengine.segmentation import Segmentation

LABELS = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
SEGMENTATION = Segmentation(
    labels=LABELS,
    confidence=np.array([[1.0, 0.25], [0.5, 1 / 3]], np.float32),
    segments=(1, 7),
    marked_frames=(0,),
    preset="fast",
    device="cuda:0",
    seed=3,
    seconds={"propagation": 0.1},
    warnings=("The GPU is busy: é.",),
    next_frame=1,
)
CINE = Cine(
    LABELS,
    spacing=(0.5, 0.25),
    origin=(1.0, -2.0, 3.0),
    index_name="time",
    index_unit="s",
    index_values=(0.0, 0.04),
    source="/somewhere/Écho 1",
    warnings=("Its calibration is in doubt.",),
)
EVENTS = [
    Started(protocol=1, version="0.1.0", pid=42),
    Opened.of(CINE),
    Opened(frames=9, height=3, width=4, channels=3),
    Progress("checking", 2, 5, 7.5),
    Progress("relearning", 1, 20, None, {"IoU": 0.5}),
    PartialResult((4, 0), LABELS),
    Done((SEGMENTATION,)),
    Done((dataclasses.replace(SEGMENTATION, next_frame=None, warnings=(), seconds={}),)),
    Done(),
    CineRead(CINE),
    PromptedMask(LABELS[0] > 3, 0.75),
    Stopped(),
    Failed("Nothing is marked.", "Mark a frame.", "input"),
    Failed("Reading a video file needs av.", "Install it.", "input", ("av",)),
]


class ArrayFolder:
    """Where the arrays of events are while their lines are on the way."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def save(self, kind: str, array: np.ndarray) -> str:
        file = self._path / f"{len(list(self._path.iterdir()))}-{kind}.npy"
        np.save(file, array)
        return str(file)


def same(one: object, other: object) -> bool:
    """Whether two values are alike to the last bit, arrays and all that is in data classes included."""
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and one.dtype == other.dtype and np.array_equal(one, other)
    if dataclasses.is_dataclass(one):
        names = [field.name for field in dataclasses.fields(one)]
        return type(one) is type(other) and all(same(getattr(one, name), getattr(other, name)) for name in names)
    if isinstance(one, tuple):
        return isinstance(other, tuple) and len(one) == len(other) and all(map(same, one, other))
    return one == other


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_comes_back_as_it_was(event: WorkerEvent, tmp_path):
    request_id = None if isinstance(event, Started) else 5
    line = to_line(event, request_id, ArrayFolder(tmp_path).save)
    assert line.isascii() and "\n" not in line
    found = from_line(line, np.load)
    assert found is not None and found[0] == request_id
    assert same(found[1], event)


def test_a_line_has_the_words_of_the_protocol(tmp_path):
    assert json.loads(to_line(Progress("checking", 2, 5), "a")) == {
        "event": "progress",
        "id": "a",
        "phase": "checking",
        "step": 2,
        "total": 5,
        "seconds_left": None,
        "losses": {},
    }
    done = json.loads(to_line(Done((SEGMENTATION,)), 2, ArrayFolder(tmp_path).save))
    assert list(done)[:3] == ["event", "id", "file"]
    assert (done["segments"], done["marked_frames"], done["seed"], done["next_frame"]) == ([1, 7], [0], 3, 1)
    assert json.loads(to_line(Done(), 3)) == {"event": "done", "id": 3}
    assert json.loads(to_line(Stopped(), 4)) == {"event": "cancelled", "id": 4}
    assert "packages" not in json.loads(to_line(Failed("No."), None))


def test_numbers_that_json_lacks_arrive_as_no_number():
    found = from_line(to_line(Progress("relearning", 1, 2, losses={"IoU": float("nan"), "BCE": np.inf}), 1), np.load)
    assert found is not None and isinstance(found[1], Progress)
    assert np.isnan(found[1].losses["IoU"]) and np.isnan(found[1].losses["BCE"])


@pytest.mark.parametrize(
    "line",
    ["", "hello", "5", "[1, 2]", '{"id": 1}', '{"event": 7, "id": 1}', '{"event": "of a later version"}', "[" * 9999],
    ids=lambda line: line[:12],
)
def test_what_is_no_event_is_none(line):
    assert from_line(line, np.load) is None


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_that_lacks_something_is_an_error(event: WorkerEvent, tmp_path):
    request_id = None if isinstance(event, Started) else 5
    fields = json.loads(to_line(event, request_id, ArrayFolder(tmp_path).save))
    needed = set(fields) - {"event", "id", "packages", "choices"}
    optional = (
        {"file", "cine"} if isinstance(event, Done | CineRead | PromptedMask) else set()
    )  # a done without them is another one
    for name in needed - optional:
        with pytest.raises(KeyError):
            from_line(json_line({key: value for key, value in fields.items() if key != name}), np.load)


def test_an_array_that_is_not_there_is_an_error(tmp_path):
    line = to_line(PartialResult((0,), LABELS[:1]), 1, lambda _kind, _array: str(tmp_path / "nothing.npy"))
    with pytest.raises(OSError, match=r"nothing\.npy"):
        from_line(line, np.load)


@pytest.mark.parametrize(
    "error", [InputError("Bad.", "Mend it."), EngineError("It failed."), PackageMissingError("A video", ("av",))]
)
def test_what_failed_is_the_same_error_again(error):
    again = Failed.of(error).error
    assert type(again) is type(error)
    assert (again.message, again.hint, str(again)) == (error.message, error.hint, str(error))
    assert getattr(again, "packages", ()) == getattr(error, "packages", ())


def test_the_share_that_is_done_follows_from_the_time_that_is_left():
    assert Progress("checking", 1, 2, seconds_left=30.0).share(10.0) == 0.25
    assert Progress("checking", 2, 2, seconds_left=0.0).share(10.0) == 1.0
    assert Progress("checking", 0, 2).share(10.0) == 0.0
