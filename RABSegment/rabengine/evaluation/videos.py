"""Labelled cines on disk: `images/` with a mask of the same name for each in `masks/`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rabengine.errors import InputError
from rabengine.io.marks.read import read_mark
from rabengine.io.picture.folder import image_files
from rabengine.io.read import read_cine

REAL = "real"
SYNTHETIC = "synthetic"
DESCRIPTION = "cine.json"  # beside images/ and masks/ of a cine that was generated


@dataclass(frozen=True)
class VideoFolder:
    """A labelled cine that was found, not read yet.

    Attributes:
        name: of the folder, with that of its parent where two are alike.
        folder: holds `images/` and `masks/`.
        kind: REAL or SYNTHETIC; figures of the two are never mixed.
    """

    name: str
    folder: Path
    kind: str


@dataclass(frozen=True)
class LabelledVideo:
    """A labelled cine in memory.

    Attributes:
        frames: (T, H, W) or (T, H, W, 3).
        truth: (T, H, W) uint8; labels that are no objects are 0.
        objects: the label values that are scored, ascending.
    """

    frames: np.ndarray
    truth: np.ndarray
    objects: tuple[int, ...]


def find_videos(folders: Sequence[Path]) -> list[VideoFolder]:
    """The given folders that are videos, and the videos in those that are not.

    Raises:
        InputError: a folder is missing, holds none, or is given twice.
    """
    found: list[Path] = []
    for folder in folders:
        if not folder.is_dir():
            raise InputError(f"The folder {folder} does not exist.", "Name a folder with images/ and masks/ in it.")
        videos = [folder] if _is_video(folder) else [path for path in sorted(folder.iterdir()) if _is_video(path)]
        if not videos:
            raise InputError(f"The folder {folder} holds no images/ with masks/ beside it.", "Lay it out so.")
        found.extend(path.resolve() for path in videos)
    twice = [path for path in found if found.count(path) > 1]
    if twice:
        raise InputError(f"The video {twice[0]} is given twice.", "Name it once.")
    names = [path.name for path in found]
    return [
        VideoFolder(path.name if names.count(path.name) == 1 else f"{path.parent.name}-{path.name}", path, _kind(path))
        for path in found
    ]


def read_video(folder: Path, objects: Sequence[int] | None, most_frames: int | None) -> LabelledVideo:
    """Read a cine and its truth.

    Args:
        folder: holds `images/` and `masks/`.
        objects: label values to score, those that the masks hold of them; None for all.
        most_frames: only so many from the first one on; None for all.

    Raises:
        InputError: an image or mask cannot be read or is missing, or no mask shows any of the objects.
    """
    files = image_files(folder / "images")[:most_frames]
    frames = np.asarray(read_cine(folder / "images").frames[:most_frames])
    masks = _masks_by_stem(folder / "masks")
    truth = np.zeros(frames.shape[:3], dtype=np.uint8)
    for number, file in enumerate(files):
        if file.stem not in masks:
            raise InputError(f"The image {file} has no mask of its name in {folder / 'masks'}.", "Add it.")
        truth[number] = read_mark(masks[file.stem], (frames.shape[1], frames.shape[2])).labels
    present = {int(value) for value in np.unique(truth)} - {0}
    chosen = tuple(sorted(present if objects is None else present.intersection(objects)))
    if not chosen:
        wanted = "any object" if objects is None else f"object {', '.join(map(str, objects))}"
        raise InputError(f"No mask in {folder / 'masks'} shows {wanted}.", "Choose other --objects or another video.")
    return LabelledVideo(frames, np.where(np.isin(truth, chosen), truth, 0).astype(np.uint8), chosen)


def video_version(folder: Path) -> str:
    """Changes when a file of the video does: a hash of names, sizes and times."""
    digest = hashlib.sha256()
    for part in ("images", "masks"):
        for file in image_files(folder / part):
            facts = file.stat()
            digest.update(f"{part}/{file.name} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def _is_video(folder: Path) -> bool:
    return (folder / "images").is_dir() and (folder / "masks").is_dir()


def _kind(folder: Path) -> str:
    """What the description beside the images says; a cine without one was recorded."""
    description = folder / DESCRIPTION
    if not description.is_file():
        return REAL
    try:
        kind = json.loads(description.read_text(encoding="utf-8"))["kind"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{description} does not say the kind of the cine.", "Generate the cine again.") from error
    if kind not in (REAL, SYNTHETIC):
        raise InputError(f"{description} says the unknown kind {kind!r}.", f"Take {REAL} or {SYNTHETIC}.")
    return str(kind)


def _masks_by_stem(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in image_files(folder)}
