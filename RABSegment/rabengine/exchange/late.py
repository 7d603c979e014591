"""Frames and labels of many cines at once, in little memory."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

import numpy as np

from rabengine.cine import Cine

MOST_BYTES = 2**29  # of frames that are kept in memory, of all cines together


class PackedLabels(Mapping[int, np.ndarray]):
    """{frame: (H, W) uint8 labels}, packed: masks take about a hundredth of their size.

    Args:
        labels: {frame: labels}, all of one size.
    """

    def __init__(self, labels: Mapping[int, np.ndarray]) -> None:
        self._sizes = {frame: one.shape for frame, one in labels.items()}
        self._packed = {frame: zlib.compress(np.ascontiguousarray(one).tobytes(), 1) for frame, one in labels.items()}

    def __getitem__(self, frame: int) -> np.ndarray:
        return np.frombuffer(zlib.decompress(self._packed[frame]), np.uint8).reshape(self._sizes[frame])

    def __iter__(self) -> Iterator[int]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)


class Shelf:
    """Gives cines whose frames are in memory as long as there is room, and are read again when there is none."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._room = most_bytes
        self._latest: tuple[object, np.ndarray] | None = None

    def keep(self, cine: Cine, read: Callable[[], Cine]) -> Cine:
        """The cine, to be read again with `read` when its frames are asked for and are not in memory."""
        if cine.frames.nbytes <= self._room:
            self._room -= cine.frames.nbytes
            return cine
        return replace(cine, frames=cast(np.ndarray, _LateFrames(cine.frames, self, read)))

    def frames_of(self, owner: object, read: Callable[[], Cine]) -> np.ndarray:
        """Frames that are not kept; those of the cine before go."""
        if self._latest is None or self._latest[0] is not owner:
            self._latest = None
            self._latest = (owner, read().frames)
        return self._latest[1]


class _LateFrames:
    """As much of an array as the exchange asks of a cine's frames."""

    def __init__(self, frames: np.ndarray, shelf: Shelf, read: Callable[[], Cine]) -> None:
        self.shape, self.dtype, self.ndim = frames.shape, frames.dtype, frames.ndim
        self._shelf, self._read = shelf, read

    def __len__(self) -> int:
        return int(self.shape[0])

    def __getitem__(self, place: Any) -> Any:
        return self._shelf.frames_of(self, self._read)[place]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self._shelf.frames_of(self, self._read), dtype)
