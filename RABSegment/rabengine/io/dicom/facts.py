"""What a DICOM header says of one frame: where, in which order, and when it was taken."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rabengine.optional import require

from .files import items_of, numbers_of, quiet_pydicom, value_of

_EPOCH = datetime(1970, 1, 1)
_DAY, _HALF_DAY = 86400.0, 43200.0
_POSITION_DECIMALS = 2  # hundredths of a millimetre
_TEMPORAL_POINTERS = {0x00209128, 0x00209153, 0x0020930D, 0x00189074, 0x00189151, 0x00181060, 0x00200100}


@dataclass(frozen=True)
class FrameFacts:
    """What is known of one frame; None or () where the header does not say.

    Attributes:
        position: of its first pixel in mm, LPS.
        orientation: cosines of its rows and columns.
        stack: (stack, number in the stack) of a frame without a position.
        kind: what else tells it from others at the same place and time, such as phase beside magnitude.
        temporal: number in the order of time.
        dimension: index along the dimension of time that the file itself declares.
        instance: number of the file in its series.
        acquisition: number of the acquisition, which some devices count on instead.
        trigger: seconds since the R wave or since the first frame.
        moments: seconds of the day or of the epoch, one for each clock that a header may have.
    """

    position: tuple[float, ...] = ()
    orientation: tuple[float, ...] = ()
    stack: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    temporal: float | None = None
    dimension: float | None = None
    instance: float | None = None
    acquisition: float | None = None
    trigger: float | None = None
    moments: tuple[float | None, ...] = ()

    @property
    def place(self) -> tuple[Any, ...]:
        """Equal for frames of one slice."""
        return self.position or self.stack


def facts_of_file(header: Any) -> FrameFacts:
    """Of a file that holds one frame; its functional groups count where it has them."""
    groups = items_of(header, "PerFrameFunctionalGroupsSequence")
    if groups:
        return facts_of_frames(header, 1)[0]
    moments = (
        _moment(header, "AcquisitionDateTime"),
        _day_and_time(header, "AcquisitionDate", "AcquisitionTime"),
        _day_and_time(header, "ContentDate", "ContentTime"),
    )
    return FrameFacts(
        position=_rounded(numbers_of(header, "ImagePositionPatient")),
        orientation=numbers_of(header, "ImageOrientationPatient"),
        kind=_kind(header, header),
        temporal=_first(header, "TemporalPositionIndex", "TemporalPositionIdentifier"),
        instance=_first(header, "InstanceNumber"),
        acquisition=_first(header, "AcquisitionNumber"),
        trigger=_thousandth(_first(header, "TriggerTime", "NominalCardiacTriggerDelayTime")),
        moments=moments,
    )


def facts_of_frames(header: Any, count: int) -> list[FrameFacts]:
    """Of each frame of a multi-frame file; empty facts where it has no functional groups."""
    groups = items_of(header, "PerFrameFunctionalGroupsSequence")
    if len(groups) < count:
        return [FrameFacts()] * count
    shared = (items_of(header, "SharedFunctionalGroupsSequence") or [None])[0]
    axis = _temporal_axis(header)
    with quiet_pydicom():
        return [_facts_of_group(group, shared, axis) for group in groups[:count]]


def _facts_of_group(group: Any, shared: Any, axis: int | None) -> FrameFacts:
    def part(sequence: str) -> Any:
        for where in (group, shared):
            found = items_of(where, sequence) if where is not None else []
            if found:
                return found[0]
        return {}

    content, trigger = part("FrameContentSequence"), part("CardiacSynchronizationSequence")
    offset = _first(part("TemporalPositionSequence"), "TemporalPositionTimeOffset")
    if offset is None:
        offset = _thousandth(_first(trigger, "NominalCardiacTriggerDelayTime", "TriggerDelayTime"))
    if offset is None:
        offset = _thousandth(_first(content, "TriggerTime") or _first(group, "TriggerTime"))
    dimensions = numbers_of(content, "DimensionIndexValues")
    stack, level = value_of(content, "StackID"), value_of(content, "InStackPositionNumber")
    position = _rounded(numbers_of(part("PlanePositionSequence"), "ImagePositionPatient"))
    if not position:
        position = _rounded(numbers_of(part("PlanePositionVolumeSequence"), "ImagePositionVolume"))
    return FrameFacts(
        position=position,
        orientation=numbers_of(part("PlaneOrientationSequence"), "ImageOrientationPatient"),
        stack=() if level is None else (str(stack or 1), f"{int(level):06d}" if str(level).isdigit() else str(level)),
        kind=_kind(part("MRImageFrameTypeSequence") or part("CTImageFrameTypeSequence"), part("MREchoSequence")),
        temporal=_first(content, "TemporalPositionIndex"),
        dimension=dimensions[axis] if axis is not None and axis < len(dimensions) else None,
        trigger=offset,
        moments=(_moment(content, "FrameAcquisitionDateTime"), _moment(content, "FrameReferenceDateTime")),
    )


def _temporal_axis(header: Any) -> int | None:
    """Which of the dimensions that the file declares is time."""
    for place, item in enumerate(items_of(header, "DimensionIndexSequence")):
        pointer = value_of(item, "DimensionIndexPointer")
        if pointer is not None and int(pointer) in _TEMPORAL_POINTERS:
            return place
    return None


def _kind(typed: Any, timed: Any) -> tuple[str, ...]:
    """Component (magnitude, phase) and echo; what an image type says of its pixels alone is no kind."""
    component = str(value_of(typed, "ComplexImageComponent") or "").upper()
    if not component:
        value = value_of(typed, "ImageType") or value_of(typed, "FrameType") or ()
        words = [str(word).upper() for word in value] if not isinstance(value, str) else [value.upper()]
        component = next((word for word in words[2:] if word in ("M", "P", "R", "I", "PHASE", "MAGNITUDE")), "")
    echo = _first(timed, "EffectiveEchoTime", "EchoTime")
    return (component, "" if echo is None else f"{echo:g} ms")


def order_of(facts: Sequence[FrameFacts]) -> list[int]:
    """Numbers of the frames in the order in which they were taken; the given order where the headers do not say."""
    given = list(range(len(facts)))
    for name in ("temporal", "dimension"):
        numbers = [getattr(one, name) for one in facts]
        if _are_distinct(numbers):
            return sorted(given, key=numbers.__getitem__)
    instances = [one.instance for one in facts]
    is_numbered = _are_distinct(instances)
    base = sorted(given, key=instances.__getitem__) if is_numbered else given  # type: ignore[arg-type]
    triggers = [one.trigger for one in facts]
    clocks = [_one_day(clock) for clock in zip(*(one.moments for one in facts), strict=False)]
    if _are_distinct(triggers):
        # Triggers that start anew while a clock runs on are those of several heartbeats.
        if _rises([triggers[place] for place in base]) or any(_rises([c[place] for place in base]) for c in clocks):
            return base
        return sorted(given, key=triggers.__getitem__)  # type: ignore[arg-type]
    if not is_numbered:
        for clock in clocks:
            if _are_distinct(clock):
                return sorted(given, key=clock.__getitem__)  # type: ignore[arg-type]
        acquisitions = [one.acquisition for one in facts]
        if _are_distinct(acquisitions):
            return sorted(given, key=acquisitions.__getitem__)  # type: ignore[arg-type]
    return base


def is_order_known(facts: Sequence[FrameFacts]) -> bool:
    """Whether anything that `order_of` looks at tells all frames apart."""
    names = ("temporal", "dimension", "instance", "trigger", "acquisition")
    clocks = zip(*(one.moments for one in facts), strict=False)
    return any(
        _are_distinct(values) for values in (*([getattr(one, name) for one in facts] for name in names), *clocks)
    )


def triggers_of(facts: Sequence[FrameFacts]) -> tuple[float, ...]:
    """Seconds since the first frame by their triggers; () where these do not rise."""
    return since_first([one.trigger for one in facts])


def moments_of(facts: Sequence[FrameFacts]) -> tuple[float, ...]:
    """Seconds since the first frame by the first clock that rises with every frame; () where none does."""
    clocks = (since_first(_one_day(clock)) for clock in zip(*(one.moments for one in facts), strict=False))
    return next((clock for clock in clocks if clock), ())


def since_first(values: Sequence[float | None]) -> tuple[float, ...]:
    """Differences to the first value; () where one is missing, or they do not rise."""
    if len(values) < 2 or not _rises(values):
        return ()
    return tuple(round(float(value) - float(values[0]), 9) for value in values)  # type: ignore[arg-type]


def _one_day(clock: Sequence[float | None]) -> list[float | None]:
    """Times of the day that pass midnight, as if the day went on."""
    known = [value for value in clock if value is not None]
    if len(known) == len(clock) and known and max(known) < _DAY and max(known) - min(known) > _HALF_DAY:
        return [value + _DAY if value < _HALF_DAY else value for value in known]
    return list(clock)


def _rises(values: Sequence[float | None]) -> bool:
    known = [value for value in values if value is not None]
    return len(known) == len(values) and all(later > earlier for earlier, later in itertools.pairwise(known))


def _are_distinct(values: Sequence[float | None]) -> bool:
    return len(values) > 1 and None not in values and len(set(values)) == len(values)


def _first(dataset: Any, *keywords: str) -> float | None:
    for keyword in keywords:
        numbers = numbers_of(dataset, keyword)
        if numbers and math.isfinite(numbers[0]):
            return numbers[0]
    return None


def _thousandth(value: float | None) -> float | None:
    return None if value is None else value / 1000


def _rounded(position: tuple[float, ...]) -> tuple[float, ...]:
    if len(position) != 3 or not all(map(math.isfinite, position)):
        return ()
    return tuple(round(value, _POSITION_DECIMALS) + 0.0 for value in position)


def _moment(dataset: Any, keyword: str) -> float | None:
    value = value_of(dataset, keyword)
    return None if value is None else _seconds(str(value), "DT")


def _day_and_time(dataset: Any, day: str, time: str) -> float | None:
    date, hour = value_of(dataset, day), value_of(dataset, time)
    if hour is None:
        return None
    if date is not None and (whole := _seconds(f"{date}{hour}", "DT")) is not None:
        return whole
    return _seconds(str(hour), "TM")


def _seconds(text: str, kind: str) -> float | None:
    values = require("pydicom.valuerep", "Reading DICOM")
    try:
        with quiet_pydicom():
            if kind == "TM":
                time = values.TM(text)
                return float(time.hour * 3600 + time.minute * 60 + time.second + time.microsecond / 1e6)
            return float((values.DT(text).replace(tzinfo=None) - _EPOCH).total_seconds())
    except Exception:
        return None
