"""YOLO segmentation, as Ultralytics reads it: a text file of polygons for each picture.

A segment of a frame is one polygon along the edges of its pixels; several parts and holes are joined by bridges without
width, as Ultralytics' own converter joins parts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.marks.types import Marks

from .format import SPLITS, TRAIN, VALIDATION, ExchangeItem, FoundCine, SetFolder
from .mask_files import cine_and_frame, frame_name, no_such_frame
from .pixels import pictures_of, write_picture
from .polygons import mask_of, polygon_of

DATA = "data.yaml"
_LARGEST_LABEL = 255
_DECIMALS = 9  # a ten-thousandth of a pixel of the widest picture


class Yolo(SetFolder):
    title = "YOLO segmentation"
    note = (
        "Polygons run along the edges of pixels: filled by pixel centre they give the masks exactly. Programs that "
        "draw the outline too, as Ultralytics does, get up to a pixel more at the right, at the bottom and at bridges."
    )

    def write(self, path: Path, items: Sequence[ExchangeItem]) -> None:
        splits = [split for split in SPLITS if any(item.split == split for item in items)]
        for split in splits:
            for kind in ("images", "labels"):
                (path / kind / split).mkdir(parents=True)
        for item in items:
            picture = pictures_of(item)
            for frame, labels in item.labels.items():
                name = frame_name(item.name, frame)
                write_picture(path / "images" / item.split / f"{name}.png", picture(frame))
                text = "".join(f"{line}\n" for line in _lines(labels))
                (path / "labels" / item.split / f"{name}.txt").write_text(text, encoding="ascii")
        names = [entry.name for entry in items[0].legend.values()]
        (path / DATA).write_text(_data(splits, names), encoding="utf-8")

    def recognizes(self, path: Path) -> bool:
        return (path / DATA).is_file() and (path / "labels").is_dir()

    def cines(self, path: Path) -> Sequence[FoundCine]:
        names = _names(path / DATA)
        files: dict[str, dict[int, Path]] = {}
        for file in sorted((path / "labels").rglob("*.txt")):
            named = cine_and_frame(file.as_posix())
            if named is not None:
                files.setdefault(named[0], {})[named[1]] = file
        return [FoundCine(name, partial(_read, frames, names)) for name, frames in files.items()]


def _lines(labels: np.ndarray) -> list[str]:
    rows, columns = labels.shape
    lines = []
    for value in (int(value) for value in np.unique(labels) if value):
        corners = polygon_of(labels == value) / np.array([columns, rows])
        lines.append(" ".join([str(value - 1), *(_text(number) for number in corners.ravel())]))
    return lines


def _text(number: float) -> str:
    return f"{number:.{_DECIMALS}f}".rstrip("0").rstrip(".")


def _data(splits: Sequence[str], names: Sequence[str]) -> str:
    """Ultralytics asks for train and val: without a split it validates on what it learned from."""
    lines = ["# Written by RABSegment"]
    lines += [f"{split}: images/{split}" for split in splits]
    if VALIDATION not in splits:
        lines.append(f"val: images/{TRAIN}  # there is no split")
    lines += ["names:", *(f"  {number}: {json.dumps(name)}" for number, name in enumerate(names))]
    return "\n".join(lines) + "\n"


def _names(path: Path) -> dict[int, str]:
    """{label value: name} of the lines under "names:", one a line or in brackets; {} where it is written otherwise."""
    names: dict[int, str] = {}
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    start = next((number for number, line in enumerate(lines) if line.startswith("names:")), len(lines))
    inline = lines[start].partition(":")[2].strip() if start < len(lines) else ""
    if inline.startswith("["):
        found = [part.strip().strip("'\"") for part in inline.strip("[]").split(",")]
        return {number + 1: name for number, name in enumerate(found)}
    for place, line in enumerate(lines[start + 1 :]):
        if line.strip() and not line.startswith((" ", "-")):
            break
        number, colon, name = line.strip().partition(":")
        if line.strip().startswith("- "):
            names[place + 1] = _plain(line.strip()[2:])
        elif colon and number.isdecimal():
            names[int(number) + 1] = _plain(name)
    return names


def _plain(text: str) -> str:
    text = text.strip()
    if text.startswith('"'):
        try:
            return str(json.loads(text))
        except ValueError:
            pass
    return text.strip("'\"")


def _read(files: Mapping[int, Path], names: Mapping[int, str], cine: Cine) -> Marks:
    rows, columns = cine.frame_size
    labels: dict[int, np.ndarray] = {}
    for frame, path in sorted(files.items()):
        if frame >= cine.frame_count:
            raise no_such_frame(str(path), frame, cine)
        labels[frame] = np.zeros(cine.frame_size, np.uint8)
        for line in path.read_text(encoding="ascii", errors="replace").splitlines():
            value, corners = _polygon(line, path)
            if len(corners):
                labels[frame][mask_of(corners * np.array([columns, rows]), cine.frame_size)] = value
    return Marks(labels, (), names)


def _polygon(line: str, path: Path) -> tuple[int, np.ndarray]:
    """The label value and the corners (N, 2) from 0 to 1 of a line; none of an empty one.

    Raises:
        InputError: it is no polygon.
    """
    parts = line.split()
    if not parts:
        return 0, np.zeros((0, 2))
    try:
        value, numbers = int(parts[0]) + 1, np.array([float(part) for part in parts[1:]])
    except ValueError:
        value, numbers = 0, np.zeros(0)
    is_polygon = len(numbers) >= 6 and len(numbers) % 2 == 0 and bool(np.isfinite(numbers).all())
    if not is_polygon or not 1 <= value <= _LARGEST_LABEL:
        kind = "a box, not a polygon" if len(parts) == 5 else "no polygon of a class from 0 to 254"
        raise InputError(f"{path} has a line that is {kind}.", "Give labels for segmentation.")
    return value, np.clip(numbers.reshape(-1, 2), -1, 2)
