"""What a training run of the prompt model can be told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PromptTrainingOptions:
    """Settings of one training run.

    Attributes:
        output: weight file to write; beside it goes that of the last step, not averaged (`NAME.raw.pt`).
        seconds: the run takes this long, with its preparations; the schedule goes by the clock.
        steps: at most so many steps; 0 for no limit. With a limit the schedule goes by steps or the clock, as either
            is further on.
        batch: views a step. size: side of the square views in pixels, a multiple of 16.
        learning_rate: peak of the schedule; the backbone has a tenth of it.
        seed: of the views, the prompts and the weights.
        device: "auto", "cpu", "cuda", "cuda:N" or "mps".
        workers: processes that make synthetic pictures beforehand; 0 makes them in the training process.
        shares: names of sets of images or kinds of videos, and how likely each is against the others, which are 1.
        synthetic: how many of them. synthetic_share: how likely they are against each set, which is 1.
        start: weight file of a prompt model to go on from, or of an image model whose backbone and key projection
            training starts from; None for the shipped image model.
        report_every: steps between printed lines; the only ones at which a GPU is waited for.
        save_every: seconds between writing the weights; what is held out is scored then, too, unless that takes more
            than a tenth of the time.
    """

    output: Path
    seconds: float = 3600.0
    steps: int = 0
    batch: int = 64
    size: int = 256
    learning_rate: float = 1e-3
    seed: int = 0
    device: str = "auto"
    workers: int = 0
    shares: tuple[tuple[str, float], ...] = ()
    synthetic: int = 400
    synthetic_share: float = 1.5
    start: Path | None = None
    report_every: int = 100
    save_every: float = 60.0
