"""Which frame a user had best look at next."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_CHUNK = 256  # frames at once: memory must not grow with the square of the cine


def next_frame_to_check(trust: np.ndarray, marked: Sequence[int]) -> int | None:
    """The unmarked frame whose marking would settle most doubt, its own and that of the frames around it.

    A mark helps its neighbours, the less the further away; what the marks there are help already does not count
    again. So the frame is not just the least sure one, which is often a neighbour of a mark or an odd frame that
    teaches nothing.

    Args:
        trust: (T,) confidence of each frame in [0, 1]; nan where nothing is known, which counts as no confidence.
        marked: frames that a person marked or verified.

    Returns:
        None when every frame is marked.
    """
    count = len(trust)
    settled = np.unique(np.asarray(marked, int))
    if len(settled) >= count:
        return None
    doubt = 1.0 - np.nan_to_num(np.asarray(trust, float), nan=0.0)
    reach = max(count / (2.0 * (len(settled) + 1)), 1.0)
    settled_support = _support(settled, count, reach).max(axis=0, initial=0.0)
    gain = np.concatenate(
        [
            (_support(frames, count, reach) - settled_support).clip(min=0.0) @ doubt
            for frames in np.array_split(np.arange(count), count // _CHUNK + 1)
        ]
    )
    gain[settled] = -np.inf
    return int(gain.argmax())


def _support(frames: np.ndarray, count: int, reach: float) -> np.ndarray:
    """(N, T): how much a mark on each of N frames helps every frame, 1 on the frame itself."""
    distance = (frames[:, None] - np.arange(count)[None, :]) / reach
    return np.exp(-0.5 * distance**2)
