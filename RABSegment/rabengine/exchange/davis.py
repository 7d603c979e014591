"""DAVIS 2017: a folder of frames and a folder of masks with palette for each cine, and lists of cines by split."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rabengine.errors import InputError

from .format import SPLITS, ExchangeItem, FoundCine, SetFolder
from .sequences import read_sequence, write_sequence
from .told_json import read_json, write_json

RESOLUTION = "480p"  # a name that loaders ask for; the frames have their own size
_YEAR = "2017"
_FACTS = "cines.json"


class Davis(SetFolder):
    title = "DAVIS 2017 videos"
    note = (
        "JPEGImages are compressed with loss, as DAVIS asks; masks are exact. 480p is only a name. Files are "
        "numbered from 0 without a gap, as loaders want them; cines.json says which frame each is."
    )

    def write(self, path: Path, items: Sequence[ExchangeItem]) -> None:
        for item in items:
            pictures, masks = (path / kind / RESOLUTION / item.name for kind in ("JPEGImages", "Annotations"))
            write_sequence(item, pictures, masks, {frame: number for number, frame in enumerate(item.labels)})
        lists = path / "ImageSets" / _YEAR
        lists.mkdir(parents=True)
        for split in SPLITS:
            names = [item.name for item in items if item.split == split]
            if names or split != SPLITS[-1]:
                (lists / f"{split}.txt").write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
        facts = {
            "segments": {str(value): entry.name for value, entry in items[0].legend.items()},
            "frames": {item.name: list(item.labels) for item in items},
        }
        write_json(path / _FACTS, facts)

    def recognizes(self, path: Path) -> bool:
        return (path / "ImageSets").is_dir() and (path / "Annotations").is_dir()

    def cines(self, path: Path) -> Sequence[FoundCine]:
        names, frames = _facts(path / _FACTS)
        folders = [folder for folder in sorted((path / "Annotations").glob("*/*")) if folder.is_dir()]
        return [
            FoundCine(folder.name, partial(read_sequence, folder, names, frames.get(folder.name))) for folder in folders
        ]


def _facts(path: Path) -> tuple[dict[int, str], dict[str, list[int]]]:
    """{label value: name} and {cine: frames in the order of its files}; empty for sets of other programs."""
    if not path.is_file():
        return {}, {}
    told = read_json(path)
    try:
        names = {int(value): str(name) for value, name in told["segments"].items()}
        return names, {str(cine): [int(frame) for frame in frames] for cine, frames in told["frames"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path} is damaged.", "Export the set again.") from error
