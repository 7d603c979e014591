"""COCO: one instance for each segment of a frame, its mask as compressed runs, and which video a picture is of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError
from rabengine.io.marks.types import Marks

from .format import SPLITS, ExchangeItem, FoundCine, SetFolder
from .mask_files import cine_and_frame, frame_name, no_such_frame
from .pixels import pictures_of, write_picture
from .polygons import mask_of
from .runs import coco_text, flat_of, runs_of_coco_text
from .told_json import read_json, write_json

_SEEN = 1 << 16  # bytes at both ends of a file, by which it is known
_LARGEST_LABEL = 255


class Coco(SetFolder):
    title = "COCO instances"
    note = "images/ and annotations/instances_SPLIT.json; `videos` and `frame_index` beside what COCO asks for."

    def write(self, path: Path, items: Sequence[ExchangeItem]) -> None:
        for split in SPLITS:
            chosen = [item for item in items if item.split == split]
            if chosen:
                (path / "images" / split).mkdir(parents=True)
                write_json(path / "annotations" / f"instances_{split}.json", _written(chosen, path / "images" / split))

    def recognizes(self, path: Path) -> bool:
        return any(_is_instances(file) for file in _files(path))

    def cines(self, path: Path) -> Sequence[FoundCine]:
        return [cine for file in _files(path) if _is_instances(file) for cine in _cines(file)]


def _written(items: Sequence[ExchangeItem], folder: Path) -> dict[str, Any]:
    """Writes the pictures of a split; returns what its file says."""
    videos: list[dict[str, Any]] = []
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for item in items:
        rows, columns = item.cine.frame_size
        count = item.cine.frame_count
        videos.append({"id": len(videos) + 1, "name": item.name, "width": columns, "height": rows, "length": count})
        picture = pictures_of(item)
        for frame, labels in item.labels.items():
            name = f"{frame_name(item.name, frame)}.png"
            write_picture(folder / name, picture(frame))
            image = {"id": len(images) + 1, "file_name": name, "width": columns, "height": rows}
            images.append({**image, "video_id": len(videos), "frame_index": frame})
            for value in (int(value) for value in np.unique(labels) if value):
                annotation = {"id": len(annotations) + 1, "image_id": len(images), "category_id": value}
                annotations.append({**annotation, **_shape(labels == value)})
    categories = [
        {"id": value, "name": entry.name, "supercategory": "segment"} for value, entry in items[0].legend.items()
    ]
    return {
        "info": {"description": "Written by RABSegment"},
        "licenses": [],
        "videos": videos,
        "images": images,
        "annotations": annotations,
        "categories": categories,
    }


def _shape(mask: np.ndarray) -> dict[str, Any]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    left, top = int(columns[0]), int(rows[0])
    return {
        "segmentation": {"size": [int(side) for side in mask.shape], "counts": coco_text(mask)},
        "area": int(mask.sum()),
        "bbox": [left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top],
        "iscrowd": 0,
    }


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted((path / "annotations").glob("*.json"))
    return [path] if path.suffix.lower() == ".json" else []


def _is_instances(path: Path) -> bool:
    """By words at both ends of the file, for it may be long."""
    try:
        with path.open("rb") as stream:
            ends = stream.read(_SEEN)
            stream.seek(max(0, path.stat().st_size - _SEEN))
            ends += stream.read(_SEEN)
    except OSError:
        return False
    return sum(word in ends for word in (b'"images"', b'"annotations"', b'"categories"')) >= 2


def _cines(path: Path) -> Iterator[FoundCine]:
    told = read_json(path)
    try:
        videos = {video["id"]: str(video["name"]) for video in told.get("videos", ())}
        places = {image["id"]: _place(image, videos) for image in told["images"]}
        sizes = {image["id"]: (int(image["height"]), int(image["width"])) for image in told["images"]}
        categories = [(int(one["id"]), str(one["name"])) for one in told["categories"]]
        shapes: dict[Any, list[Mapping[str, Any]]] = {}
        for annotation in told["annotations"]:
            shapes.setdefault(annotation["image_id"], []).append(annotation)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path} is damaged, or no file of COCO instances.", "Export it again.") from error
    # Other programs begin at 0, or leave numbers out that label images cannot hold.
    is_plain = all(1 <= number <= _LARGEST_LABEL for number, _name in categories)
    values = {number: number if is_plain else place + 1 for place, (number, _name) in enumerate(categories)}
    names = {values[number]: name for number, name in categories}
    pictures: dict[str, dict[int, Any]] = {}
    for image, place in places.items():
        if place is not None:
            pictures.setdefault(place[0], {})[place[1]] = image
    for name, frames in pictures.items():
        size = sizes[next(iter(frames.values()))]
        read = partial(
            _read, f"{path}", frames, {image: shapes.get(image, []) for image in frames.values()}, values, names
        )
        yield FoundCine(name, read, size)


def _place(image: Mapping[str, Any], videos: Mapping[Any, str]) -> tuple[str, int] | None:
    if image.get("video_id") in videos and isinstance(image.get("frame_index"), int):
        return videos[image["video_id"]], image["frame_index"]
    return cine_and_frame(str(image["file_name"]).replace("\\", "/"))


def _read(
    source: str,
    frames: Mapping[int, Any],
    shapes: Mapping[Any, Sequence[Mapping[str, Any]]],
    values: Mapping[int, int],
    names: Mapping[int, str],
    cine: Cine,
) -> Marks:
    labels: dict[int, np.ndarray] = {}
    for frame, image in sorted(frames.items()):
        if not 0 <= frame < cine.frame_count:
            raise no_such_frame(source, frame, cine)
        labels[frame] = np.zeros(cine.frame_size, np.uint8)
        for shape in shapes[image]:
            value = values.get(shape.get("category_id", -1))
            if value is None:
                raise InputError(f"{source} names a category that it does not list.", "Export it again.")
            labels[frame][_mask(shape.get("segmentation"), cine.frame_size, source)] = value
    return Marks(labels, (), names)


def _mask(told: Any, size: tuple[int, int], source: str) -> np.ndarray:
    """Of compressed or plain runs, or of polygons."""
    try:
        if isinstance(told, Mapping):
            if [int(side) for side in told["size"]] != list(size):
                raise InputError(f"{source} has masks of another size than the cine.", "Give its own cine.")
            counts = told["counts"]
            runs = runs_of_coco_text(counts, source) if isinstance(counts, str) else counts
            return flat_of(runs, size[0] * size[1], source).reshape(size, order="F")
        mask = np.zeros(size, bool)
        for polygon in told:
            mask |= mask_of(np.asarray(polygon, np.float64).reshape(-1, 2), size)
        return mask
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{source} has an instance without a mask.", "Export it with masks or polygons.") from error
