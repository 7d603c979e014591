"""Events as lines of JSON, in the words of the protocol in `rabengine.worker`.

An array is no part of its line: whoever writes the line saves it into a file, which the line names; whoever reads the
line loads it from there.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from rabengine.cine import cine_of_record, cine_record
from rabengine.events import CineRead, Done, Failed, Opened, PartialResult, Progress, Started, Stopped, WorkerEvent
from rabengine.prompts import PromptedMask
from rabengine.segmentation import Segmentation

Save = Callable[[str, np.ndarray], str]  # (what an array is, the array): the file that it is in now
Load = Callable[[str], np.ndarray]
# What a line says of a segmentation: all but its labels.
_FACTS = (
    "segments",
    "marked_frames",
    "confidence",
    "preset",
    "device",
    "seed",
    "seconds",
    "warnings",
    "next_frame",
)


def to_line(event: WorkerEvent, request_id: Any, save: Save | None = None) -> str:
    """An event as a line of ASCII JSON without its line end.

    Args:
        event: of the request with the id `request_id`, None where there is none.
        save: takes the event's array, where it has one.
    """
    name, *rest = to_fields(event, save).items()
    return json_line(dict([name, ("id", request_id), *rest]))


def from_line(line: str, load: Load) -> tuple[Any, WorkerEvent] | None:
    """(id of its request, event) of a line; None where it is no event at all, such as what a library printed.

    Raises:
        KeyError, TypeError, ValueError: the event lacks something.
        Exception: what `load` raises.
    """
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict) or not isinstance(fields.get("event"), str):
        return None
    event = from_fields(fields, load)
    return None if event is None else (fields.get("id"), event)


def to_fields(event: WorkerEvent, save: Save | None = None) -> dict[str, Any]:
    """An event in the words of the protocol, without the id; without the file, too, where nothing saves the array."""

    def saved(kind: str, array: np.ndarray) -> dict[str, str]:
        return {} if save is None else {"file": save(kind, array)}

    if isinstance(event, Progress):
        return {"event": "progress", **vars(event)}
    if isinstance(event, PartialResult):
        return {"event": "frames", "indices": event.indices, **saved("frames", event.labels)}
    if isinstance(event, Done):
        if not event.results:
            return {"event": "done"}
        [result] = event.results
        facts = {name: getattr(result, name) for name in _FACTS}
        return {"event": "done", **saved("labels", result.labels), **facts}
    if isinstance(event, CineRead):
        return {"event": "done", **saved("cine", np.asarray(event.cine.frames)), "cine": cine_record(event.cine)}
    if isinstance(event, PromptedMask):
        return {"event": "done", **saved("mask", event.mask), "quality": event.quality}
    if isinstance(event, Failed):
        more = {"packages": event.packages, "choices": event.choices}
        told = {name: values for name, values in more.items() if values}
        return {"event": "error", "kind": event.kind, "message": event.message, "hint": event.hint, **told}
    if isinstance(event, Stopped):
        return {"event": "cancelled"}
    return {"event": "ready", **vars(event)}


def from_fields(fields: Mapping[str, Any], load: Load) -> WorkerEvent | None:
    """The event that `to_fields` made these of; None where it is one that nobody knows.

    Raises:
        KeyError, TypeError, ValueError: it lacks something.
        Exception: what `load` raises.
    """
    name = fields["event"]
    if name == "progress":
        return _progress(fields)
    if name == "frames":
        return PartialResult(tuple(map(int, fields["indices"])), load(fields["file"]))
    if name == "done":
        return _done(fields, load)
    if name == "cancelled":
        return Stopped()
    if name == "error":
        return failed_of(fields)
    if name == "ready":
        return _started(fields) if fields.get("id") is None else _opened(fields)
    return None


def failed_of(fields: Mapping[str, Any]) -> Failed:
    """The `error` event that `to_fields` made these of.

    Raises:
        KeyError: it lacks something.
    """
    packages, choices = (tuple(map(str, fields.get(name, ()))) for name in ("packages", "choices"))
    return Failed(str(fields["message"]), str(fields["hint"]), str(fields["kind"]), packages, choices)


def json_line(fields: Mapping[str, Any]) -> str:
    """One line of ASCII JSON without its line end; numbers that JSON lacks (NaN, infinity) become null."""
    return json.dumps(_plain(fields), allow_nan=False)


def _progress(fields: Mapping[str, Any]) -> Progress:
    left = fields["seconds_left"]
    return Progress(
        phase=str(fields["phase"]),
        step=int(fields["step"]),
        total=int(fields["total"]),
        seconds_left=None if left is None else float(left),
        losses={name: _number(value) for name, value in fields["losses"].items()},
    )


def _done(fields: Mapping[str, Any], load: Load) -> Done | CineRead | PromptedMask:
    if "file" not in fields:
        return Done()
    array = load(fields["file"])
    if "quality" in fields:
        return PromptedMask(array.astype(bool), _number(fields["quality"]))
    if "cine" in fields:
        return CineRead(cine_of_record(fields["cine"], array))
    segments = tuple(int(value) for value in fields["segments"])
    confidence = np.array([[_number(value) for value in row] for row in fields["confidence"]], np.float32)
    next_frame = fields["next_frame"]
    result = Segmentation(
        labels=array,
        confidence=confidence.reshape(len(array), len(segments)),
        segments=segments,
        marked_frames=tuple(int(frame) for frame in fields["marked_frames"]),
        preset=str(fields["preset"]),
        device=str(fields["device"]),
        seed=int(fields["seed"]),
        seconds={name: float(value) for name, value in fields["seconds"].items()},
        warnings=tuple(map(str, fields["warnings"])),
        next_frame=None if next_frame is None else int(next_frame),
    )
    return Done((result,))


def _started(fields: Mapping[str, Any]) -> Started:
    return Started(int(fields["protocol"]), str(fields["version"]), int(fields["pid"]))


def _opened(fields: Mapping[str, Any]) -> Opened:
    spacing = fields["spacing"]
    return Opened(
        frames=int(fields["frames"]),
        height=int(fields["height"]),
        width=int(fields["width"]),
        channels=int(fields["channels"]),
        spacing=None if spacing is None else (float(spacing[0]), float(spacing[1])),
        index_name=str(fields["index_name"]),
        index_unit=str(fields["index_unit"]),
        warnings=tuple(map(str, fields["warnings"])),
    )


def _number(value: float | None) -> float:
    # JSON has no NaN; null stands for it.
    return float("nan") if value is None else float(value)


def _plain(value: Any) -> Any:
    """`value` with nothing in it but what JSON knows."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value
