"""Which marked frames are most like a cine, by what the backbone sees of the whole picture."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F

from rabengine.device import choose_device
from rabengine.network.weights import default_path, load_weights
from rabengine.network.whole_picture import GRID, describe_picture

SIDE = 128  # of the pictures that are described, whatever their shape
SAMPLED_FRAMES = 8
CELLS = GRID * GRID  # of a picture, for each channel


def sampled(count: int) -> list[int]:
    """Some frames of a cine of `count`, evenly over its length, so that every phase of a beat has one near."""
    return sorted({round(place) for place in np.linspace(0, count - 1, SAMPLED_FRAMES).tolist()})


@functools.cache
def describer_name() -> str:
    """Of what describes: the figures of other weights, or of another way to take them, are not to be compared."""
    weights = hashlib.sha256(default_path().read_bytes()).hexdigest()
    return f"{weights[:16]}-{SIDE}-{GRID}"


class Describer:
    """Describes whole pictures by figures that are near where the pictures are alike.

    Args:
        device: as of `Session`.
    """

    def __init__(self, device: str = "auto") -> None:
        self.device = choose_device(device)
        self._model = load_weights().build().requires_grad_(False).to(self.device)

    @torch.no_grad()
    def describe(self, pictures: Sequence[np.ndarray]) -> np.ndarray:
        """(N, D) float32 of length 1 of N pictures, each (h, w) or (h, w, 3) uint8."""
        return np.stack([self._one(picture) for picture in pictures])

    def _one(self, picture: np.ndarray) -> np.ndarray:
        pixels = torch.from_numpy(np.array(picture, np.float32) / 255)
        planes = pixels[None, None].expand(1, 3, -1, -1) if pixels.ndim == 2 else pixels.permute(2, 0, 1)[None]
        seen = F.interpolate(planes, size=(SIDE, SIDE), mode="bilinear", align_corners=False, antialias=True)
        described: np.ndarray = describe_picture(self._model, seen.to(self.device)).cpu().numpy()
        return described


@functools.lru_cache(maxsize=1)
def describer_on(device: str) -> Describer:
    """The describer of a device, made once in a process: one cine after another needs it."""
    return Describer(device)


def best_matching(own: np.ndarray, candidates: np.ndarray, count: int) -> list[int]:
    """The marked frames that are together most like all phases of a cine.

    Each that is taken is the one which brings the cine's frames nearest to what was taken so far.

    Args:
        own: (N, D) descriptors of frames of the cine. candidates: (M, D) of marked frames.
        count: how many at most.

    Returns:
        Places in `candidates`, the best one last.
    """
    alike = own @ candidates.T
    nearest = np.full(len(own), -1.0, np.float32)
    chosen: list[int] = []
    while len(chosen) < min(count, len(candidates)):
        gain = np.maximum(alike - nearest[:, None], 0).sum(axis=0)
        # Where nobody is nearer, the one that is most like the whole cine.
        gain += 1e-3 * alike.mean(axis=0)
        gain[chosen] = -np.inf
        chosen.append(int(gain.argmax()))
        nearest = np.maximum(nearest, alike[:, chosen[-1]])
    return sorted(chosen, key=lambda place: float(alike[:, place].mean()))
