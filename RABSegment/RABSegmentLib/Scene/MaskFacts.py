"""What is asked of a mask again and again, found at one look at it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .PackedMasks import packMask
from .SegmentMasks import fingerprint


@dataclass(frozen=True)
class MaskFacts:
    """Of one mask.

    Attributes:
        fingerprint: of `SegmentMasks.fingerprint`; empty for an empty mask.
        pixels: in it.
        packed: of `PackedMasks.packMask`.
    """

    fingerprint: str
    pixels: int
    packed: bytes


def factsOf(masks: dict[str, np.ndarray]) -> dict[str, MaskFacts]:
    """{segment: facts} of {segment: (H, W) bool}; empty masks, which are many, are packed once."""
    nothing = b""
    found: dict[str, MaskFacts] = {}
    for name, mask in masks.items():
        pixels = int(np.count_nonzero(mask))
        if not pixels and not nothing:
            nothing = packMask(mask)
        found[name] = MaskFacts(fingerprint(mask), pixels, packMask(mask) if pixels else nothing)
    return found
