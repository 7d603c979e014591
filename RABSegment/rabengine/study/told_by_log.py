"""Whether the tables of a study's database say what its log tells: ratings, marks in use, and what a report shows."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .layout import mark_file
from .ratings import ADJUDICATE, DECISION, MARK, UNMARK, VERIFY, Rating, used_rating

_DRAWING = (MARK, VERIFY, ADJUDICATE)


@dataclass(frozen=True)
class Told:
    """An entry of the log, with its details read."""

    number: int
    by: str
    what: str
    cine: int | None
    details: Mapping[str, Any]


def entries_of(rows: Sequence[sqlite3.Row]) -> list[Told]:
    """The entries of rows of the log."""
    return [Told(row["number"], row["by"], row["what"], row["cine"], json.loads(row["details"])) for row in rows]


def rating_problems(log: Sequence[Told], ratings: Sequence[sqlite3.Row]) -> Iterator[str]:
    """Whether every rating is one that the log tells of, in its order, and the other way round."""
    entries = {entry.number: entry for entry in log}
    before = {
        (entry.cine, int(frame), file, entry.by)
        for entry in log
        if entry.what in _DRAWING and "contents" not in entry.details
        for frame, file in entry.details.get("marks", {}).items()
    }
    kept: set[tuple[int, int]] = set()
    last = 0
    for rating, reading in zip(ratings, _readings(entries, ratings), strict=True):
        place = (rating["entry"], rating["frame"])
        if not rating["entry"]:  # of an older version, which kept but the last ones
            is_told = (rating["cine"], rating["frame"], rating["file"], rating["by"]) in before
        else:
            entry = entries.get(rating["entry"])
            is_told = entry is not None and place not in kept and _tells_of(entry, rating, reading)
        if not is_told or rating["entry"] < last:
            where = f"frame {rating['frame']} of cine {rating['cine']}"
            yield f"The log does not tell of what {rating['by']} did on {where}."
        last = rating["entry"]
        kept.add(place)
    keeps_ratings = False
    for entry in log:
        keeps_ratings = keeps_ratings or "contents" in entry.details
        if entry.what == UNMARK and keeps_ratings:
            frames = [int(entry.details["frame"])]
        else:
            frames = [int(frame) for frame in entry.details["marks"]] if "contents" in entry.details else []
        gone = [frame for frame in sorted(frames) if (entry.number, frame) not in kept]
        yield from (f"The mark of frame {frame} of entry {entry.number} of the log is missing." for frame in gone)


def _readings(entries: Mapping[int, Told], ratings: Sequence[sqlite3.Row]) -> Iterator[int]:
    """The reading that each rating must be, as `ratings.keep_ratings` counts them."""
    own: dict[tuple[int, int, str], int] = {}
    for rating in ratings:
        person = (rating["cine"], rating["frame"], rating["by"])
        entry = entries.get(rating["entry"])
        is_repeat = None if entry is None else entry.details.get("repeat")
        if rating["how"] in (UNMARK, ADJUDICATE):
            reading = DECISION
        elif is_repeat is None:  # older versions do not tell it
            reading = rating["reading"]
        else:
            reading = own.get(person, 0) + 1 if is_repeat else 1
        yield reading
        if rating["how"] == UNMARK:
            own.pop(person, None)
        else:
            own[person] = max(own.get(person, 0), reading)


def _tells_of(entry: Told, rating: sqlite3.Row, reading: int) -> bool:
    told, frame = entry.details, str(rating["frame"])
    if (entry.by, entry.cine, entry.what) != (rating["by"], rating["cine"], rating["how"]):
        return False
    if rating["reading"] != reading:
        return False
    if rating["how"] == UNMARK:
        return bool(told.get("frame") == rating["frame"])
    file = mark_file(rating["cine"], rating["frame"], rating["content"])  # the contents are told without frames
    if not rating["file"] == told["marks"].get(frame) == file or rating["content"] not in told.get("contents", ()):
        return False
    if "segments" not in told:
        return True  # older versions do not tell more
    spacing = json.loads(rating["spacing"]) if rating["spacing"] else None
    predicted = told["predicted"].get(frame, ("", ""))[0]
    return bool(
        told["segments"].get(frame) == json.loads(rating["segments"])
        and predicted == rating["predicted"]
        and told["spacing"] == spacing
    )


def mark_problems(standing: Sequence[Rating], marks: Sequence[sqlite3.Row]) -> Iterator[str]:
    """Whether the marks in use are those that follow from the ratings."""
    frames: dict[tuple[int, int], list[Rating]] = {}
    for one in standing:
        frames.setdefault((one.cine, one.frame), []).append(one)
    used = {place: used_rating(ratings) for place, ratings in frames.items()}
    for mark in marks:
        rating = used.pop((mark["cine"], mark["frame"]), None)
        said = (mark["file"], mark["by"], tuple(json.loads(mark["segments"])))
        if rating is None or said != (rating.mark.file, rating.by, rating.mark.segments):
            yield f"The mark in use on frame {mark['frame']} of cine {mark['cine']} is not the one that was drawn."
    for (cine, frame), left in used.items():
        if left is not None:
            yield f"The mark that {left.by} drew on frame {frame} of cine {cine} is not used."


def file_contents(log: Sequence[Told], ratings: Sequence[sqlite3.Row]) -> dict[str, str]:
    """{file of a mark or of what was predicted there: its SHA-256}, of those that the log names with it."""
    found = {rating["file"]: str(rating["content"]) for rating in ratings if rating["content"]}
    for entry in log:
        found.update(entry.details.get("predicted", {}).values())
    return found


def name_problems(log: Sequence[Told], names: sqlite3.Row | None) -> Iterator[str]:
    """Whether segments are called as the log tells."""
    segments: dict[str, str] = {} if names is None else json.loads(names["value"])
    if not log or "segments" not in log[0].details:
        return  # older versions do not tell it
    told: dict[str, str] = dict(log[0].details["segments"])
    for entry in log:
        told = {**entry.details.get("names", {}), **told}
        told = dict(entry.details.get("changed", {}).get("segments", told))
    for value in sorted({*segments, *told}):
        if segments.get(value) != told.get(value):
            yield f"Label {value} is not called as the log tells."


def cine_problems(
    log: Sequence[Told], cines: Sequence[sqlite3.Row], predictions: Sequence[sqlite3.Row]
) -> Iterator[str]:
    """Whether content, minutes, who checked, and what was predicted are as the log tells of each cine."""
    of_cine: dict[int | None, list[Told]] = {}
    for entry in log:
        of_cine.setdefault(entry.cine, []).append(entry)
    for cine in cines:
        told = of_cine.get(cine["id"], [])
        if any(one.details["content"] != cine["content"] for one in told if one.what == "add"):
            yield f"Cine {cine['id']} is not the one that was added."
        minutes = sum(float(one.details["minutes"]) for one in told if one.what == "minutes")
        if not math.isclose(minutes, cine["minutes"], abs_tol=1e-6):
            yield f"The log tells of {minutes:g} minutes on cine {cine['id']}, not of {cine['minutes']:g}."
        checks = {one.by for one in told if one.what == "check" and one.number > cine["marked"]}
        if cine["checked_by"] and cine["checked_by"] not in checks:
            yield f"The log does not tell that {cine['checked_by']} checked cine {cine['id']} as it is marked."
    predicted = _last_predictions(log)
    for found in predictions:
        last = predicted.get(found["cine"])
        said = (found["preset"], round(found["confidence"], 4), bool(found["needs_person"]))
        is_told = last is not None and said == tuple(last[name] for name in ("preset", "confidence", "needs_person"))
        if last is None or not is_told or last.get("file", found["file"]) != found["file"]:
            yield f"The prediction of cine {found['cine']} is not the one that the log tells of."


def prediction_contents(log: Sequence[Told], predictions: Sequence[sqlite3.Row]) -> dict[str, str]:
    """{file of a prediction that stands: its SHA-256}, of those that the log names with it."""
    told = _last_predictions(log)
    found = {row["file"]: str(told.get(row["cine"], {}).get("content", "")) for row in predictions}
    return {file: content for file, content in found.items() if content}


def _last_predictions(log: Sequence[Told]) -> dict[int | None, Mapping[str, Any]]:
    """{cine: what the log says of its last prediction}."""
    return {entry.cine: entry.details for entry in log if entry.what == "predict"}
