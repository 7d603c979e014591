"""Labelled stacks of slices through a head, as cines that nobody trained or tuned on.

    apt-get download mricron-data && dpkg-deb -x mricron-data*.deb mricron
    PYTHONPATH=Testing python -m tools.make_stacks mricron/usr/share/mricron/templates FOLDER

MRIcron's templates of Debian are one person's MRI (`ch2`), the brain cut out of it (`ch2bet`), and the structures that
were drawn on it (`aal`: Tzourio-Mazoyer et al., NeuroImage 2002). Each stack is a folder with `images/` and `masks/`,
from the first slice that shows one of its structures to the last, as `rabsegment evaluate --videos FOLDER` reads it.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk

DARKEST, BRIGHTEST = 1.0, 99.7  # percentiles of the head's voxels
AXIAL, CORONAL = 0, 1


@dataclass(frozen=True)
class Stack:
    """Which slices and structures.

    Attributes:
        axis: across the slices. step: from one to the next.
        structures: {label: numbers in the atlas}; the whole brain where there are none.
    """

    axis: int
    step: int
    structures: Mapping[int, Sequence[int]]


STACKS = {
    "brain-axial": Stack(AXIAL, 4, {}),
    "basal-ganglia-axial": Stack(AXIAL, 1, {1: (73, 74), 2: (71, 72), 3: (77, 78)}),  # putamen, caudate, thalamus
    "cerebellum-coronal": Stack(CORONAL, 2, {1: range(91, 117)}),
    "hippocampus-coronal": Stack(CORONAL, 1, {1: (37, 38)}),
}


def labels_of(stack: Stack, atlas: np.ndarray, brain: np.ndarray) -> np.ndarray:
    """(slices, H, W) uint8 of the head."""
    labels = np.zeros(atlas.shape, np.uint8) if stack.structures else (brain > 0).astype(np.uint8)
    for label, numbers in stack.structures.items():
        labels[np.isin(atlas, list(numbers))] = label
    return labels


def write(folder: Path, stack: Stack, head: np.ndarray, labels: np.ndarray) -> int:
    """Write the slices, upright; how many there are."""
    pictures, masks = (np.moveaxis(volume, stack.axis, 0)[:, ::-1] for volume in (head, labels))
    shown = np.flatnonzero(masks.any(axis=(1, 2)))
    chosen = range(int(shown[0]), int(shown[-1]) + 1, stack.step)
    for kind, volume in (("images", pictures), ("masks", masks)):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for number, place in enumerate(chosen):
            sitk.WriteImage(sitk.GetImageFromArray(volume[place]), str(folder / kind / f"{number:03d}.png"))
    return len(chosen)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("templates", type=Path, help="folder of ch2.nii.gz, ch2bet.nii.gz and aal.nii.gz")
    parser.add_argument("output", type=Path)
    options = parser.parse_args()
    head, brain, atlas = (
        sitk.GetArrayFromImage(sitk.ReadImage(str(options.templates / f"{name}.nii.gz")))
        for name in ("ch2", "ch2bet", "aal")
    )
    low, high = np.percentile(head, (DARKEST, BRIGHTEST))
    grey = ((head - low) / (high - low)).clip(0, 1) * 255
    for name, stack in STACKS.items():
        count = write(options.output / name, stack, grey.astype(np.uint8), labels_of(stack, atlas, brain))
        print(f"{name}: {count} slices")


if __name__ == "__main__":
    main()
