"""Which frames the simulated user marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

FIRST, MIDDLE, THREE = "first", "middle", "three"
PROTOCOLS = (FIRST, MIDDLE, THREE)
BY_SHOTS: Mapping[int, tuple[str, ...]] = {1: (FIRST, MIDDLE), 3: (THREE,)}
MARKS: Mapping[str, int] = {FIRST: 1, MIDDLE: 1, THREE: 3}
TITLES: Mapping[str, str] = {
    FIRST: "first frame marked",
    MIDDLE: "middle frame marked",
    THREE: "first, middle and last marked",
}


def marked_frames(protocol: str, truth: np.ndarray, objects: Sequence[int]) -> tuple[int, ...]:
    """The frames to mark, ascending.

    All objects of a cine are marked together, so the frames to choose from are those that show all of them, or as
    many as any frame does. An object that none of the chosen frames shows is never marked, which is hard on every
    method alike. A cine with fewer than three such frames gets fewer marks in THREE.

    Args:
        protocol: FIRST, MIDDLE or THREE.
        truth: (T, H, W) labels that show an object at least once.
        objects: label values.
    """
    shown = presence(truth, objects).sum(axis=1)
    candidates = np.flatnonzero(shown == shown.max()).tolist()
    middle = candidates[len(candidates) // 2]
    chosen = {FIRST: [candidates[0]], MIDDLE: [middle], THREE: [candidates[0], middle, candidates[-1]]}[protocol]
    return tuple(sorted(set(chosen)))


def presence(truth: np.ndarray, objects: Sequence[int]) -> np.ndarray:
    """Whether a frame shows an object, (T, K) bool."""
    return np.stack([(truth == label).any(axis=(1, 2)) for label in objects], axis=1)


def marks_of(truth: np.ndarray, frames: Sequence[int]) -> dict[int, np.ndarray]:
    """Marks as a user draws them: the truth of the frames, {frame: (H, W) uint8}."""
    return {frame: np.array(truth[frame]) for frame in frames}
