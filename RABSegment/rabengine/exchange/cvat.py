"""CVAT for images 1.1: one XML file, a mask for each segment of a frame as runs; nothing is lost.

Read are masks and polygons, and tracks of CVAT for video 1.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.marks.types import Marks

from .format import SPLITS, ExchangeItem, FoundCine, SetFolder, by_split
from .mask_files import cine_and_frame, no_such_frame
from .pixels import pictures_of, write_picture
from .polygons import mask_of
from .runs import flat_of, runs_of
from .sequences import file_name

XML = "annotations.xml"
_SEEN = 4096  # bytes by which a file is known
_LONGEST = 2**30


class Cvat(SetFolder):
    title = "CVAT for images 1.1"
    note = "Make a task of images/, then Upload annotations: annotations.xml as CVAT 1.1; a task for each split."

    def write(self, path: Path, items: Sequence[ExchangeItem]) -> None:
        for place, chosen in by_split(path, items).items():
            place.mkdir(exist_ok=True)
            root = _head(chosen[0])
            number = 0
            for item in chosen:
                (place / "images" / item.name).mkdir(parents=True)
                picture = pictures_of(item)
                for frame, drawn in item.labels.items():
                    name = f"{item.name}/{file_name(frame)}.png"
                    write_picture(place / "images" / name, picture(frame))
                    root.append(_image(number, name, item, drawn))
                    number += 1
            ElementTree.indent(root)
            ElementTree.ElementTree(root).write(place / XML, encoding="utf-8", xml_declaration=True)

    def recognizes(self, path: Path) -> bool:
        return any(_is_cvat(file) for file in _files(path))

    def cines(self, path: Path) -> Sequence[FoundCine]:
        return [cine for file in _files(path) if _is_cvat(file) for cine in _cines(file)]


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return [file for place in (path, *(path / split for split in SPLITS)) if (file := place / XML).is_file()]
    return [path] if path.suffix.lower() == ".xml" else []


def _is_cvat(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return b"<annotations>" in stream.read(_SEEN)
    except OSError:
        return False


def _cines(file: Path) -> list[FoundCine]:
    if file.stat().st_size > _LONGEST:
        raise InputError(f"{file} is larger than 1 GB.", "Export fewer frames at once.")
    try:
        root = ElementTree.parse(file).getroot()
    except ElementTree.ParseError as error:
        raise InputError(f"{file} is damaged: it is no XML.", "Export it from CVAT again.") from error
    names = [label.findtext("name") or "" for label in root.iterfind("meta//labels/label")]
    values = {name: value for value, name in enumerate(dict.fromkeys(filter(None, names)), 1)}
    found: dict[str, dict[int, list[Any]]] = {}
    sizes: dict[str, tuple[int, int]] = {}
    for name, frame, size, shapes in (*_images(root), *_tracks(root)):
        found.setdefault(name, {}).setdefault(frame, []).extend(shapes)
        sizes.setdefault(name, size)
    return [
        FoundCine(name, partial(_read, str(file), frames, values), sizes[name] if all(sizes[name]) else None)
        for name, frames in found.items()
    ]


def _head(item: ExchangeItem) -> Any:
    root = ElementTree.Element("annotations")
    ElementTree.SubElement(root, "version").text = "1.1"
    labels = ElementTree.SubElement(ElementTree.SubElement(ElementTree.SubElement(root, "meta"), "task"), "labels")
    for entry in item.legend.values():
        label = ElementTree.SubElement(labels, "label")
        ElementTree.SubElement(label, "name").text = entry.name
        ElementTree.SubElement(label, "color").text = "#{:02x}{:02x}{:02x}".format(*entry.colour)
        ElementTree.SubElement(label, "type").text = "mask"
        ElementTree.SubElement(label, "attributes")
    return root


def _image(number: int, name: str, item: ExchangeItem, drawn: np.ndarray) -> Any:
    rows, columns = drawn.shape
    told = {"id": str(number), "name": name, "width": str(columns), "height": str(rows)}
    image = ElementTree.Element("image", told)
    for value in (int(value) for value in np.unique(drawn) if value):
        mask = drawn == value
        lines, places = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        top, left, bottom, right = lines[0], places[0], lines[-1] + 1, places[-1] + 1
        runs = runs_of(mask[top:bottom, left:right].ravel())
        box = {"left": left, "top": top, "width": right - left, "height": bottom - top}
        shape = {
            "label": item.legend[value].name,
            "source": "manual",
            "occluded": "0",
            "rle": ", ".join(map(str, runs)),
        }
        ElementTree.SubElement(
            image, "mask", {**shape, **{key: str(side) for key, side in box.items()}, "z_order": "0"}
        )
    return image


def _images(root: Any) -> Iterator[tuple[str, int, tuple[int, int], list[Any]]]:
    for image in root.iterfind("image"):
        place = cine_and_frame(str(image.get("name", "")).replace("\\", "/"))
        if place is not None:
            shapes = [(shape, str(shape.get("label", ""))) for shape in image]
            shapes.sort(key=lambda shape: _whole(shape[0], "z_order", 0))
            yield *place, (_whole(image, "height", 0), _whole(image, "width", 0)), shapes


def _tracks(root: Any) -> Iterator[tuple[str, int, tuple[int, int], list[Any]]]:
    name = root.findtext("meta//task/name") or root.findtext("meta//job/name") or "video"
    size = root.find("meta//original_size")
    sides = (0, 0) if size is None else (int(size.findtext("height") or 0), int(size.findtext("width") or 0))
    for track in root.iterfind("track"):
        for shape in track:
            if shape.get("outside") != "1":
                yield name, _whole(shape, "frame", 0), sides, [(shape, str(track.get("label", "")))]


def _read(source: str, frames: dict[int, list[Any]], values: dict[str, int], cine: Cine) -> Marks:
    labels: dict[int, np.ndarray] = {}
    others: set[str] = set()
    known = dict(values)
    for frame, shapes in sorted(frames.items()):
        if not 0 <= frame < cine.frame_count:
            raise no_such_frame(source, frame, cine)
        labels[frame] = np.zeros(cine.frame_size, np.uint8)
        for shape, label in shapes:
            if shape.tag not in ("mask", "polygon"):
                others.add(str(shape.tag))
                continue
            value = known.setdefault(label, len(known) + 1)
            if value > 255:
                raise InputError(f"{source} has more than 255 labels.", "Export fewer.")
            drawn = _mask(shape, cine.frame_size, source) if shape.tag == "mask" else _polygon(shape, cine, source)
            labels[frame][drawn] = value
    warnings = [f"Of {source} masks and polygons were taken; not taken: {', '.join(sorted(others))}."] if others else []
    return Marks(labels, warnings, {value: name for name, value in known.items()})


def _mask(shape: Any, size: tuple[int, int], source: str) -> np.ndarray:
    left, top, width, height = (_whole(shape, key) for key in ("left", "top", "width", "height"))
    try:
        runs = [int(run) for run in shape.get("rle", "").split(",")]
    except ValueError:
        runs = [-1]
    is_inside = min(left, top) >= 0 and left + width <= size[1] and top + height <= size[0]
    if not is_inside or min(width, height) < 0:
        raise InputError(f"{source} has a mask that does not fit the cine.", "Give its own cine.")
    mask = np.zeros(size, bool)
    mask[top : top + height, left : left + width] = flat_of(runs, width * height, source).reshape(height, width)
    return mask


def _polygon(shape: Any, cine: Cine, source: str) -> np.ndarray:
    try:
        points = [[float(part) for part in pair.split(",")] for pair in shape.get("points", "").split(";")]
        return mask_of(np.array(points).reshape(-1, 2), cine.frame_size)
    except (ValueError, OverflowError) as error:
        raise InputError(f"{source} has a polygon that cannot be read.", "Export it from CVAT again.") from error


def _whole(element: Any, key: str, default: int = -1) -> int:
    text = element.get(key, "")
    return int(text) if text.removeprefix("-").isdecimal() and len(text) < 12 else default
