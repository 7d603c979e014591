"""Pictures and masks of the same names: what most programs that learn to segment can be given."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rabengine.io.labels.formats import legend_table, png_bytes

from .format import SPLITS, ExchangeItem, FoundCine, SetFolder, by_split
from .mask_files import frame_name, masks_by_cine, read_masks
from .pixels import pictures_of, write_picture

IMAGES, MASKS, SEGMENTS = "images", "masks", "segments.csv"


class Pairs(SetFolder):
    title = "pictures and masks"
    note = "images/ and masks/ with the same names; with splits in train/, val/ and test/"

    def write(self, path: Path, items: Sequence[ExchangeItem]) -> None:
        for place, chosen in by_split(path, items).items():
            for kind in (IMAGES, MASKS):
                (place / kind).mkdir(parents=True)
            for item in chosen:
                picture = pictures_of(item)
                for frame, labels in item.labels.items():
                    name = f"{frame_name(item.name, frame)}.png"
                    write_picture(place / IMAGES / name, picture(frame))
                    (place / MASKS / name).write_bytes(png_bytes(labels))
            (place / SEGMENTS).write_text(legend_table(items[0].legend), encoding="utf-8")

    def recognizes(self, path: Path) -> bool:
        return any((place / MASKS).is_dir() and (place / IMAGES).is_dir() for place in _places(path))

    def cines(self, path: Path) -> Sequence[FoundCine]:
        found = []
        for place in _places(path):
            for name, files in masks_by_cine(place / MASKS).items():
                found.append(FoundCine(name, partial(read_masks, files)))
        return found


def _places(path: Path) -> list[Path]:
    return [path, *(path / split for split in SPLITS)]
