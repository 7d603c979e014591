"""YouTube-VOS: for each split the frames and masks of each cine, and `meta.json` with what is on which frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .format import SPLITS, TEST, TRAIN, VALIDATION, ExchangeItem, FoundCine, SetFolder
from .sequences import file_name, read_sequence, write_sequence
from .told_json import read_json, write_json

META = "meta.json"
_FOLDERS = {TRAIN: "train", VALIDATION: "valid", TEST: "test"}


class YouTubeVos(SetFolder):
    title = "YouTube-VOS videos"
    note = (
        "JPEGImages are compressed with loss, as YouTube-VOS asks; masks are exact. `category` is the segment's name."
    )

    def write(self, path: Path, items: Sequence[ExchangeItem]) -> None:
        for split in SPLITS:
            chosen = [item for item in items if item.split == split]
            folder = path / _FOLDERS[split]
            for item in chosen:
                write_sequence(item, folder / "JPEGImages" / item.name, folder / "Annotations" / item.name)
            if chosen:
                write_json(folder / META, {"videos": {item.name: {"objects": _objects(item)} for item in chosen}})

    def recognizes(self, path: Path) -> bool:
        return any((place / META).is_file() and (place / "Annotations").is_dir() for place in _places(path))

    def cines(self, path: Path) -> Sequence[FoundCine]:
        found = []
        for place in _places(path):
            if not (place / "Annotations").is_dir():
                continue
            videos = read_json(place / META).get("videos", {}) if (place / META).is_file() else {}
            for folder in sorted(entry for entry in (place / "Annotations").iterdir() if entry.is_dir()):
                names = _names(videos.get(folder.name) if isinstance(videos, dict) else None)
                found.append(FoundCine(folder.name, partial(read_sequence, folder, names, None)))
        return found


def _places(path: Path) -> list[Path]:
    return [path, *(path / folder for folder in _FOLDERS.values())]


def _objects(item: ExchangeItem) -> dict[str, Any]:
    objects: dict[str, Any] = {}
    for value, entry in item.legend.items():
        frames = [file_name(frame) for frame, labels in item.labels.items() if np.any(labels == value)]
        if frames:
            objects[str(value)] = {"category": entry.name, "frames": frames}
    return objects


def _names(video: Any) -> dict[int, str]:
    objects = video.get("objects", {}) if isinstance(video, Mapping) else {}
    return {
        int(value): str(told["category"])
        for value, told in objects.items()
        if value.isdecimal() and isinstance(told, Mapping) and told.get("category")
    }
