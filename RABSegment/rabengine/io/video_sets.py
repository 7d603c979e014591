"""Labelled videos in memory, whole ones held out from training to validate on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from rabengine.errors import InputError
from rabengine.io.picture.names import in_natural_order

from .image_sets import find_sets
from .labelled_picture import pictures_in, read_labelled_picture
from .split import split_videos

FEWEST_FRAMES = 4


@dataclass(frozen=True)
class TrainingVideo:
    """One video, every frame labelled.

    Attributes:
        name: of its folder.
        pixels: (T, 3, H, W) uint8. labels: (T, H, W) uint8, the video's own labels.
        values: (V,) the labels that are objects, ascending. areas: (T, V) shares of the picture.
    """

    name: str
    pixels: Tensor
    labels: Tensor
    values: Tensor
    areas: Tensor

    def __len__(self) -> int:
        return len(self.pixels)


@dataclass(frozen=True)
class VideoSet:
    """Videos of one kind, those trained on and those held out."""

    name: str
    training: tuple[TrainingVideo, ...]
    validation: tuple[TrainingVideo, ...]


def load_video_sets(folders: tuple[Path, ...], validation_share: float, seed: int) -> list[VideoSet]:
    """Read all videos, sorted by kind (see `kind_of`) and name.

    Args:
        folders: laid out as `images/` + `masks/`, or folders of such folders.
        validation_share: of each kind's videos that is held out. seed: of the choice.

    Raises:
        InputError: a folder that holds no video, is given twice or cannot be read as one.
    """
    found = [path.resolve() for path in find_sets(folders)]
    twice = [path for path in found if found.count(path) > 1]
    if twice:
        raise InputError(f"The video {twice[0]} is given twice.", "Name it once.")
    kinds: dict[str, list[Path]] = {}
    for path in found:
        kinds.setdefault(kind_of(path), []).append(path)
    sets = []
    for kind in sorted(kinds):
        videos = [load_video(path) for path in sorted(kinds[kind])]
        training, validation = split_videos(len(videos), validation_share, seed)
        sets.append(VideoSet(kind, tuple(videos[i] for i in training), tuple(videos[i] for i in validation)))
    return sets


def kind_of(folder: Path) -> str:
    """What stands before the first hyphen of the folder's name ("davis-camel" is of "davis"), or else its parent."""
    kind, hyphen, _ = folder.name.partition("-")
    return kind if hyphen and kind else folder.parent.name


def load_video(folder: Path) -> TrainingVideo:
    """Read one video; its frames sort by name.

    Raises:
        InputError: fewer than four frames, frames of several sizes, without a mask or of another size than it, or no
            mask shows an object.
    """
    images = in_natural_order(pictures_in(folder / "images"))
    if len(images) < FEWEST_FRAMES:
        raise InputError(f"{folder / 'images'} holds {len(images)} images.", "Give a video at least four frames.")
    frames = [read_labelled_picture(image, folder / "masks" / f"{image.stem}.png") for image in images]
    for image, (pixels, _) in zip(images, frames, strict=True):
        if pixels.shape != frames[0][0].shape:
            raise InputError(f"The frame {image} is of another size than {images[0].name}.", "Make them agree.")
    labels = torch.stack([frame[1] for frame in frames])
    values = torch.unique(labels)
    values = values[values > 0]
    if len(values) == 0:
        raise InputError(f"No mask in {folder / 'masks'} shows an object.", "Leave this video out.")
    areas = torch.stack([(labels == value).float().mean(dim=(1, 2)) for value in values], dim=1)
    return TrainingVideo(folder.name, torch.stack([frame[0] for frame in frames]), labels, values, areas)
