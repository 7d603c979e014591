"""A picture with its labels from two files, as training takes it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from rabengine.errors import InputError

LONGEST_SIDE = 288  # larger pictures are reduced to this: views are at most some 250 pixels wide
IMAGE_ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")


def pictures_in(folder: Path) -> list[Path]:
    """The image files of a folder, sorted by name."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in IMAGE_ENDINGS)


def read_labelled_picture(image: Path, mask: Path) -> tuple[Tensor, Tensor]:
    """Pixels (3, H, W) uint8 and labels (H, W) uint8, reduced to LONGEST_SIDE.

    Raises:
        InputError: there is no mask, a file cannot be read, or the mask is of another size than its image.
    """
    if not mask.is_file():
        raise InputError(f"The image {image} has no mask {mask}.", "Add it or take the image out.")
    pixels, labels = _read(image), _read(mask)
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    if labels.shape != pixels.shape[:2]:
        raise InputError(f"The mask {mask} is {labels.shape} and its image {pixels.shape[:2]}.", "Make them agree.")
    picture = torch.from_numpy(np.ascontiguousarray(pixels[..., :3])).permute(2, 0, 1)
    scale = min(1.0, LONGEST_SIDE / max(labels.shape))
    size = [max(16, round(n * scale)) for n in labels.shape]
    small = F.interpolate(picture[None].float(), size=size, mode="area")[0].round().to(torch.uint8)
    reduced = F.interpolate(torch.from_numpy(labels.astype(np.float32))[None, None], size=size, mode="nearest")[0, 0]
    return small, reduced.to(torch.uint8)


def _read(path: Path) -> np.ndarray:
    import SimpleITK as sitk  # here, for training from pictures in memory does without it

    try:
        return sitk.GetArrayFromImage(sitk.ReadImage(str(path)))
    except RuntimeError as error:  # its sentence is about the library's own source
        raise InputError(f"The picture {path} cannot be read.", "Mend it or take it out.") from error
