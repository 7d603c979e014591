"""What a set of synthetic cines can be told; the command line reads it without PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rabengine.io.split import SPLIT_SEED, VALIDATION_SHARE

VALIDATION, TRAINING = SPLITS = ("validation", "training")
BOTH, STILLS, SHAPES = KINDS = ("both", "stills", "shapes")


@dataclass(frozen=True)
class SetOptions:
    """A set of cines to make.

    Attributes:
        images: image sets, or folders of them.
        output: folder to write.
        count: cines.
        frames: of each.
        size: side in pixels.
        seed: of all that is drawn, except the split.
        kind: one of KINDS: labelled stills, shapes without anatomy, or both; shapes count as one set more.
        split: one of SPLITS: stills that training held out, or those it saw.
        validation_share, split_seed: of training's split.
    """

    images: tuple[Path, ...]
    output: Path
    count: int = 12
    frames: int = 40
    size: int = 256
    seed: int = 0
    kind: str = BOTH
    split: str = VALIDATION
    validation_share: float = VALIDATION_SHARE
    split_seed: int = SPLIT_SEED
