"""Frames that are copies of others: a frozen cine, a loop that was repeated."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

import numpy as np


def copied_frames(frames: np.ndarray, marked: Collection[int]) -> dict[int, int]:
    """{frame: the frame that it is a copy of}, pixel by pixel: a marked one where there is one, else the earliest.

    Args:
        frames: (T, H, W) or (T, H, W, 3).
        marked: frame numbers; they are copies of none.
    """
    alike: dict[bytes, list[int]] = {}
    for number, frame in enumerate(frames):
        alike.setdefault(hashlib.blake2b(np.ascontiguousarray(frame).data).digest(), []).append(number)
    found: dict[int, int] = {}
    for numbers in alike.values():
        original = next((number for number in numbers if number in marked), numbers[0])
        found |= {number: original for number in numbers if number != original and number not in marked}
    return found
