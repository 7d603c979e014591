"""The requests of the worker's protocol, as they are read from lines of JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rabengine.choices import check_seed
from rabengine.errors import InputError, brief
from rabengine.io.files.regular import check_possible
from rabengine.io.options import DEFAULT_OPTIONS, ReadOptions

_MOST_DIGITS = 24  # of the number of a frame


@dataclass(frozen=True)
class OpenRequest:
    """Open a cine instead of the one before: exactly one of `cine` and `frames` is given."""

    id: Any
    folder: Path
    cine: Path | None = None
    frames: Path | None = None
    device: str = "auto"
    weights: Path | None = None
    seed: int = 0
    options: ReadOptions = DEFAULT_OPTIONS


@dataclass(frozen=True)
class ReadRequest:
    """Read a cine from a file or folder and hand over its frames; what is open stays open.

    Nothing outside the folder `within` is read, where there is one.
    """

    id: Any
    folder: Path
    cine: Path
    within: Path | None = None
    options: ReadOptions = DEFAULT_OPTIONS


@dataclass(frozen=True)
class SegmentRequest:
    """Segment the open cine; `marks` maps a frame to a file name as the parent wrote it."""

    id: Any
    marks: Mapping[int, str]
    preset: str = "balanced"
    partial: bool = False
    absent: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    warm: bool = True
    overrides: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PromptRequest:
    """Mark one object on one frame of the open cine; pictures are named by their files, as the parent wrote them.

    A newer one of the same frame and `object` takes the place of one that still waits.
    """

    id: Any
    frame: int
    clicks: tuple[tuple[float, float, bool], ...] = ()
    box: tuple[float, float, float, float] | None = None
    scribble: str | None = None
    mask: str | None = None
    known: Mapping[int, str] = field(default_factory=dict)
    object: Any = None


@dataclass(frozen=True)
class PrepareRequest:
    """Compute what prompts on a frame are answered from; `known` are the frames whose masks may help then."""

    id: Any
    frame: int
    known: tuple[int, ...] = ()


@dataclass(frozen=True)
class CancelRequest:
    """Stop one request, or all of them without a target."""

    id: Any
    target: Any = None


@dataclass(frozen=True)
class CloseRequest:
    """Forget the open cine."""

    id: Any


LongRequest = OpenRequest | ReadRequest | SegmentRequest
QuickRequest = PromptRequest | PrepareRequest
Request = LongRequest | QuickRequest | CancelRequest | CloseRequest


class BadRequestError(InputError):
    """A line that is no request; `request_id` is its id where it has one."""

    def __init__(self, message: str, request_id: Any = None) -> None:
        super().__init__(message, "See docs/protocol.md.")
        self.request_id = request_id


def parse(line: bytes) -> Request:
    """One line as a request.

    Raises:
        BadRequestError: it is not JSON, not an object, or not a request with the fields it needs.
    """
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError, MemoryError) as error:
        raise BadRequestError("A line on stdin is not JSON.") from error
    if not isinstance(fields, dict):
        raise BadRequestError("A line on stdin is not a JSON object.")
    request_id = fields.get("id")
    if isinstance(request_id, bool) or not isinstance(request_id, int | str):
        raise BadRequestError("A request has no id that is a number or a text.")
    makers: dict[str, Callable[[Mapping[str, Any]], Request]] = {
        "open": _open,
        "read": _read,
        "segment": _segment,
        "prompt": _prompt,
        "prepare": _prepare,
        "cancel": _cancel,
        "close": _close,
    }
    name = fields.get("request")
    maker = makers.get(name) if isinstance(name, str) else None
    if maker is None:
        raise BadRequestError(f"There is no request {brief(name)}.", request_id)
    try:
        return maker(fields)
    except InputError as error:
        raise BadRequestError(error.message, request_id) from error
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise BadRequestError(f"A {name} request has a value that cannot be used.", request_id) from error


def _open(fields: Mapping[str, Any]) -> OpenRequest:
    cine, frames = (_path(fields, name) for name in ("cine", "frames"))
    if (cine is None) == (frames is None):
        raise InputError("An open request needs either cine or frames.")
    folder = _path(fields, "folder")
    if folder is None:
        raise InputError("An open request needs folder.")
    return OpenRequest(
        id=fields["id"],
        folder=folder,
        cine=cine,
        frames=None if frames is None else folder / frames,
        device=_value(fields, "device", str, "auto"),
        weights=_path(fields, "weights"),
        seed=check_seed(_value(fields, "seed", int, 0)),
        options=_options(fields),
    )


def _read(fields: Mapping[str, Any]) -> ReadRequest:
    cine, folder = (_path(fields, name) for name in ("cine", "folder"))
    if cine is None or folder is None:
        raise InputError("A read request needs cine and folder.")
    return ReadRequest(fields["id"], folder, cine, _path(fields, "within"), _options(fields))


def _segment(fields: Mapping[str, Any]) -> SegmentRequest:
    marks = _value(fields, "marks", dict, None)
    if not marks:
        raise InputError("A segment request needs marks.")
    return SegmentRequest(
        id=fields["id"],
        marks={_frame(key): _mark_file(value) for key, value in marks.items()},
        preset=_value(fields, "preset", str, "balanced"),
        partial=_value(fields, "partial", bool, False),
        absent=_absent(_value(fields, "absent", dict, {})),
        warm=_value(fields, "warm", bool, True),
        overrides=_value(fields, "overrides", dict, {}),
    )


def _prompt(fields: Mapping[str, Any]) -> PromptRequest:
    box = _value(fields, "box", list, None)
    if box is not None and len(box) != 4:
        raise InputError(f"The box of a prompt is {brief(box)}, which is not left, top, right and bottom.")
    name = fields.get("object")
    if isinstance(name, bool) or not isinstance(name, int | str | None):
        raise InputError(f"The object of a prompt is {brief(name)}, which is no number or text.")
    scribble, mask = (_value(fields, part, str, None) for part in ("scribble", "mask"))
    return PromptRequest(
        id=fields["id"],
        frame=_one_frame(fields.get("frame")),
        clicks=tuple(_click(value) for value in _value(fields, "clicks", list, [])),
        box=None if box is None else (_number(box[0]), _number(box[1]), _number(box[2]), _number(box[3])),
        scribble=None if scribble is None else _mark_file(scribble),
        mask=None if mask is None else _mark_file(mask),
        known={_frame(key): _mark_file(value) for key, value in _value(fields, "known", dict, {}).items()},
        object=name,
    )


def _prepare(fields: Mapping[str, Any]) -> PrepareRequest:
    known = tuple(_one_frame(value) for value in _value(fields, "known", list, []))
    return PrepareRequest(fields["id"], _one_frame(fields.get("frame")), known)


def _click(value: Any) -> tuple[float, float, bool]:
    if not isinstance(value, list) or len(value) not in (2, 3) or not isinstance((*value, True)[2], bool):
        raise InputError(f"A click is {brief(value)}, which is not a column, a row and whether it is positive.")
    return _number(value[0]), _number(value[1]), (*value, True)[2]


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(f"A place in a prompt is {brief(value)}, which is no number.")
    return float(value)


def _one_frame(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InputError(f"The frame of a prompt is {brief(value)}, which is no frame number.")
    return value


def _cancel(fields: Mapping[str, Any]) -> CancelRequest:
    return CancelRequest(id=fields["id"], target=fields.get("target"))


def _close(fields: Mapping[str, Any]) -> CloseRequest:
    return CloseRequest(id=fields["id"])


def _value(fields: Mapping[str, Any], name: str, kind: type, default: Any) -> Any:
    value = fields.get(name)
    if value is None:
        return default
    # JSON's true is no number, though Python's is.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise InputError(f"The field {name} of a request is {brief(value)}, which is no {kind.__name__}.")
    return value


def _options(fields: Mapping[str, Any]) -> ReadOptions:
    """What the user says of a cine; `ReadOptions` itself checks the numbers."""
    spacing = _value(fields, "spacing", list, None)
    frame_time = fields.get("frame_time")
    return ReadOptions(
        series=_value(fields, "series", str, None),
        spacing=None if spacing is None else tuple(spacing),
        frame_time=frame_time,
    )


def _path(fields: Mapping[str, Any], name: str) -> Path | None:
    text = _value(fields, name, str, None)
    if text is None:
        return None
    check_possible(text)
    return Path(text)


def _absent(values: Mapping[str, Any]) -> dict[int, tuple[int, ...]]:
    found = {}
    for key, labels in values.items():
        if not isinstance(labels, list):
            raise InputError(f"What is absent on frame {brief(key)} is {brief(labels)}, which is no list of labels.")
        found[_frame(key)] = tuple(labels)
    return found


def _frame(key: str) -> int:
    if not (key.isascii() and key.isdigit() and len(key) <= _MOST_DIGITS):
        raise InputError(f"The marked frame {brief(key)} is no frame number.")
    return int(key)


def _mark_file(value: Any) -> str:
    if not isinstance(value, str):
        raise InputError(f"A mark is {brief(value)}, which is no file name.")
    check_possible(value)
    return value
