"""All pictures of a training run on the device that trains, with the objects in them.

Whole batches of views are cut from it at once: making them one by one on the CPU would keep a GPU waiting.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from rabengine.io.image_sets import LabelledImage
from rabengine.io.labelled_picture import LONGEST_SIDE
from rabengine.io.video_sets import TrainingVideo

LABELS, PIECES, REGIONS = range(3)  # the maps of a picture: its labels, their connected pieces, natural regions
FEWEST_PIXELS = 30  # of an object
MOST_PIECES = 200
AT_ONCE = 32  # pictures whose pieces are found together
ROUNDS = 40


@dataclass(frozen=True)
class BankedPicture:
    """Where a picture lies, and the objects in it.

    Attributes:
        number: of the picture in the bank.
        objects: values of the objects in its three maps (LABELS, PIECES, REGIONS).
    """

    number: int
    objects: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True)
class BankedSet:
    """Pictures of one kind in groups: those of a group are frames of one video, or a picture alone.

    Frames of a group show the same objects under the same labels.
    """

    name: str
    groups: tuple[tuple[BankedPicture, ...], ...]


class PictureBank:
    """Pictures and their maps, padded to one size.

    Attributes:
        pixels: (N, 3, S, S) uint8. maps: (N, 3, S, S) uint8, in the order LABELS, PIECES, REGIONS.
        sizes: (N, 2) heights and widths of the pictures, which lie in the upper left corners.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.pixels = torch.zeros(0, 3, LONGEST_SIDE, LONGEST_SIDE, dtype=torch.uint8, device=device)
        self.maps = self.pixels.clone()
        self.sizes = torch.zeros(0, 2, device=device)
        self.sets: list[BankedSet] = []
        self._parts: list[tuple[Tensor, Tensor, Tensor]] = []
        self._count = 0

    def add_images(self, name: str, images: Sequence[LabelledImage]) -> None:
        """A set of pictures, each a group of its own."""
        if not images:
            return
        added = [
            picture
            for part in _slices(images)
            for picture in self._add([(i.pixels, i.labels, i.regions) for i in part], has_regions=True)
        ]
        self._keep(name, [(picture,) for picture in added])

    def add_videos(self, name: str, videos: Sequence[TrainingVideo]) -> None:
        """A kind of videos, each a group."""
        groups = []
        for video in videos:
            nothing = torch.zeros_like(video.labels[0])
            frames = [(video.pixels[t], video.labels[t], nothing) for t in range(len(video))]
            groups.append(tuple(p for part in _slices(frames) for p in self._add(part, has_regions=False)))
        self._keep(name, groups)

    def settle(self) -> None:
        """Bring what was added together; call it once, after the last."""
        pixels, maps, sizes = (torch.cat(part) for part in zip(*self._parts, strict=True))
        self.pixels, self.maps, self.sizes = pixels, maps, sizes
        self._parts.clear()

    def _keep(self, name: str, groups: Iterable[tuple[BankedPicture, ...]]) -> None:
        shown = (tuple(p for p in group if any(p.objects)) for group in groups)
        kept = tuple(group for group in shown if group)
        if kept:
            self.sets.append(BankedSet(name, kept))

    def _add(self, pictures: Sequence[tuple[Tensor, Tensor, Tensor]], has_regions: bool) -> list[BankedPicture]:
        """Pictures with labels and regions; see `LabelledImage`."""
        pixels = torch.stack([self._padded(p) for p, _, _ in pictures]).to(self.device)
        labels = torch.stack([self._padded(label) for _, label, _ in pictures]).to(self.device)
        regions = torch.stack([self._padded(region) for _, _, region in pictures]).to(self.device)
        pieces = _numbered(components(labels))
        maps = torch.stack([labels, pieces, regions], dim=1)
        sizes = torch.tensor([p.shape[-2:] for p, _, _ in pictures], dtype=torch.float32, device=self.device)
        self._parts.append((pixels, maps, sizes))
        counts = _areas(maps[:, : 3 if has_regions else 2])
        found: list[BankedPicture] = []
        for row in counts:
            values = [tuple((np.flatnonzero(part[1:] >= FEWEST_PIXELS) + 1).tolist()) for part in row]
            regions_found = values[2] if has_regions else ()
            found.append(BankedPicture(self._count + len(found), (values[0], values[1], regions_found)))
        self._count += len(found)
        return found

    def _padded(self, picture: Tensor) -> Tensor:
        height, width = picture.shape[-2:]
        return F.pad(picture, (0, LONGEST_SIDE - int(width), 0, LONGEST_SIDE - int(height)))


def components(labels: Tensor) -> Tensor:
    """Connected pieces of equal labels (4 neighbours).

    Args:
        labels: (N, H, W) integers, 0 for none.

    Returns:
        (N, H, W) int64: pixels of one piece share a number above 0, which no other piece in the batch has.
    """
    there = labels > 0
    own = torch.arange(1, labels.numel() + 1, device=labels.device).view(labels.shape) * there
    parent = torch.arange(labels.numel() + 1, device=labels.device)
    for _ in range(ROUNDS):
        roots = parent[own]
        best = roots.clone()
        for axis in (1, 2):
            ahead, behind = slice(1, None), slice(None, -1)
            for here, other in ((ahead, behind), (behind, ahead)):
                mine, its = _along(axis, here), _along(axis, other)
                equal = (labels[mine] == labels[its]) & there[mine]
                best[mine] = torch.maximum(best[mine], torch.where(equal, roots[its], 0))
        if torch.equal(best, roots):
            break
        parent.scatter_reduce_(0, roots.flatten(), best.flatten(), "amax")
        parent[0] = 0
        for _ in range(3):
            parent = parent[parent]
    return parent[own]


def _along(axis: int, part: slice) -> tuple[slice, ...]:
    every = slice(None)
    return tuple(part if number == axis else every for number in range(3))


def _numbered(pieces: Tensor) -> Tensor:
    """(N, H, W) uint8: the pieces of each picture numbered from 1, the largest first; the smallest are left out."""
    numbered = torch.zeros(pieces.shape, dtype=torch.uint8, device=pieces.device)
    for number, picture in enumerate(pieces):
        roots, place, counts = torch.unique(picture, return_inverse=True, return_counts=True)
        counts = torch.where((roots > 0) & (counts >= FEWEST_PIXELS), counts, 0)
        order = counts.argsort(descending=True)
        rank = torch.empty_like(order)
        rank[order] = torch.arange(1, len(order) + 1, device=order.device)
        rank = torch.where((counts > 0) & (rank <= MOST_PIECES), rank, 0)
        numbered[number] = rank[place].to(torch.uint8)
    return numbered


def _areas(maps: Tensor) -> np.ndarray:
    """(N, M, 256) pixels of each value in (N, M, H, W) uint8 maps."""
    count, parts = maps.shape[:2]
    offset = 256 * torch.arange(count * parts, device=maps.device).view(count, parts, 1, 1)
    bins = torch.bincount((maps.long() + offset).flatten(), minlength=count * parts * 256)
    return bins.view(count, parts, 256).cpu().numpy()


def _slices(items: Sequence) -> Iterable[Sequence]:
    return (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))
