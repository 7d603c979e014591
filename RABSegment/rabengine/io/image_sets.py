"""Labelled images in memory, split into training and validation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from rabengine.errors import InputError

from .image_regions import natural_regions
from .labelled_picture import pictures_in, read_labelled_picture
from .split import split_images


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
    images = pictures_in(folder / "images")
    if len(images) < 4:
        raise InputError(f"{folder / 'images'} holds {len(images)} images.", "Give at least four.")
    loaded = [_load(path, folder / "masks" / f"{path.stem}.png") for path in images]
    training, validation = split_images(len(loaded), validation_share, seed)
    return ImageSet(folder.name, tuple(loaded[i] for i in training), tuple(loaded[i] for i in validation))


def _load(image: Path, mask: Path) -> LabelledImage:
    pixels, labels = read_labelled_picture(image, mask)
    return LabelledImage(pixels, labels, natural_regions(pixels), image.stem)
