"""What a training run of the judge can be told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rabengine.presets import Preset


@dataclass(frozen=True)
class JudgeOptions:
    """Settings of one training run.

    Attributes:
        images, videos: folders of labelled pictures and videos; of each set and kind a part is held out.
        output: weight file to write.
        checkpoints: folder for what was found on the cines so far. resume: go on from it.
        seconds: so long cines are segmented to learn from; learning itself takes a minute more.
        cines: at most so many of each process; 0 for no limit.
        workers: processes that segment cines, each with its own; 0 segments in the training process.
        steps: of learning, of each member.
        size: pixels of the longer side that the image model sees, see `Preset`.
        seed: of the cines, their marks and the weights.
        device: "auto", "cpu", "cuda", "cuda:N" or "mps".
        validation_share, split_seed: what is held out.
        start: weight file of the image model that segments; None for the shipped one.
    """

    images: tuple[Path, ...]
    output: Path
    checkpoints: Path
    resume: bool = False
    videos: tuple[Path, ...] = ()
    seconds: float = 3600.0
    cines: int = 0
    workers: int = 0
    steps: int = 1200
    size: int = Preset.size
    seed: int = 0
    device: str = "auto"
    validation_share: float = 0.1
    split_seed: int = 0
    start: Path | None = None
