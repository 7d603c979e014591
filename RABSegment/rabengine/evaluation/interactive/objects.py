"""The objects that are clicked: connected pieces of labels, on frames that are evenly apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from rabengine.errors import InputError
from rabengine.evaluation.videos import VideoFolder
from rabengine.io.marks.read import read_mark
from rabengine.io.picture.folder import image_files
from rabengine.io.picture.single_picture import read_picture

FEWEST_PIXELS = 50
COMPARABLE = 0.2  # of the largest piece's area: smaller ones are crumbs


@dataclass(frozen=True)
class ClickObject:
    """One object.

    Attributes:
        source: folder, picture and label. picture: (H, W) or (H, W, 3) uint8. truth: (H, W) bool.
    """

    source: str
    picture: np.ndarray
    truth: np.ndarray


def click_objects(folder: VideoFolder, most: int, objects: Sequence[int] | None) -> Iterator[ClickObject]:
    """Of each label on each of `most` pictures one connected piece.

    Raises:
        InputError: a picture or mask cannot be read or is missing.
    """
    files = image_files(folder.folder / "images")
    masks = {path.stem: path for path in image_files(folder.folder / "masks")}
    places = sorted(set(np.linspace(0, len(files) - 1, min(most, len(files))).round().astype(int).tolist()))
    for place in places:
        file = files[place]
        if file.stem not in masks:
            raise InputError(f"The image {file} has no mask of its name in {folder.folder / 'masks'}.", "Add it.")
        picture = _as_bytes(read_picture(file))
        labels = read_mark(masks[file.stem], (picture.shape[0], picture.shape[1])).labels
        for value in sorted({int(value) for value in np.unique(labels)} - {0}):
            truth = _one_piece(labels == value, place)
            if (objects is None or value in objects) and truth is not None:
                yield ClickObject(f"{folder.name}/{file.stem}/{value}", picture, truth)


def _one_piece(mask: np.ndarray, seed: int) -> np.ndarray | None:
    """One of the large connected pieces; a click means one object. None where all are crumbs."""
    pieces = sitk.GetArrayFromImage(sitk.ConnectedComponent(sitk.GetImageFromArray(mask.astype(np.uint8))))
    counts = np.bincount(pieces.ravel())[1:]
    large = np.flatnonzero(counts >= max(FEWEST_PIXELS, COMPARABLE * counts.max(initial=0))) + 1
    if len(large) == 0:
        return None
    return np.asarray(pieces == np.random.default_rng(seed).choice(large))


def _as_bytes(picture: np.ndarray) -> np.ndarray:
    """uint8, whatever a picture's depth."""
    if picture.dtype == np.uint8:
        return picture[..., :3] if picture.ndim == 3 else picture
    values = picture.astype(np.float32)
    low, high = float(values.min()), float(values.max())
    return ((values - low) / max(high - low, 1e-6) * 255).round().astype(np.uint8)
