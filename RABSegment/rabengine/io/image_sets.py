"""Labelled images in memory, split into training and validation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
import torch
import torch.nn.functional as F
from torch import Tensor

from rabengine.errors import InputError

from .image_regions import natural_regions
from .split import split_images

LONGEST_SIDE = 288  # larger pictures are reduced to this: views are at most some 250 pixels wide
IMAGE_ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")


@dataclass(frozen=True)
class LabelledImage:
    """One picture.

    Attributes:
        pixels: (3, H, W) uint8.
        labels: (H, W) uint8, the set's own labels.
        regions: (H, W) uint8, regions found without labels (see `natural_regions`); 0 is none.
        name: file name without ending.
    """

    pixels: Tensor
    labels: Tensor
    regions: Tensor
    name: str


@dataclass(frozen=True)
class ImageSet:
    """Pictures of one kind."""

    name: str
    training: tuple[LabelledImage, ...]
    validation: tuple[LabelledImage, ...]


def find_sets(folders: tuple[Path, ...]) -> list[Path]:
    """The folders that hold `images/` and `masks/`, given ones or children of given ones.

    Raises:
        InputError: a folder is missing or holds none.
    """
    found: list[Path] = []
    for folder in folders:
        if not folder.is_dir():
            raise InputError(f"The folder {folder} does not exist.", "Name a folder with images/ and masks/ in it.")
        candidates = [folder, *sorted(path for path in folder.iterdir() if path.is_dir())]
        sets = [path for path in candidates if (path / "images").is_dir() and (path / "masks").is_dir()]
        if not sets:
            raise InputError(f"The folder {folder} holds no images/ with masks/ beside it.", "Lay it out so.")
        found.extend(sets)
    return found


def load_set(folder: Path, validation_share: float, seed: int) -> ImageSet:
    """Read one set; each image needs a mask of the same name.

    Raises:
        InputError: an image without mask, of another size than its mask, or a set of fewer than four images.
    """
    images = sorted(path for path in (folder / "images").iterdir() if path.suffix.lower() in IMAGE_ENDINGS)
    if len(images) < 4:
        raise InputError(f"{folder / 'images'} holds {len(images)} images.", "Give at least four.")
    loaded = [_load(path, folder / "masks" / f"{path.stem}.png") for path in images]
    training, validation = split_images(len(loaded), validation_share, seed)
    return ImageSet(folder.name, tuple(loaded[i] for i in training), tuple(loaded[i] for i in validation))


def _load(image: Path, mask: Path) -> LabelledImage:
    if not mask.is_file():
        raise InputError(f"The image {image} has no mask {mask}.", "Add it or take the image out.")
    pixels = sitk.GetArrayFromImage(sitk.ReadImage(str(image)))
    labels = sitk.GetArrayFromImage(sitk.ReadImage(str(mask)))
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    if labels.shape != pixels.shape[:2]:
        raise InputError(f"The mask {mask} is {labels.shape} and its image {pixels.shape[:2]}.", "Make them agree.")
    picture = torch.from_numpy(np.ascontiguousarray(pixels[..., :3])).permute(2, 0, 1)
    scale = min(1.0, LONGEST_SIDE / max(labels.shape))
    size = [max(16, round(n * scale)) for n in labels.shape]
    small = F.interpolate(picture[None].float(), size=size, mode="area")[0].round().to(torch.uint8)
    reduced = F.interpolate(torch.from_numpy(labels.astype(np.float32))[None, None], size=size, mode="nearest")[0, 0]
    return LabelledImage(small, reduced.to(torch.uint8), natural_regions(small), image.stem)
