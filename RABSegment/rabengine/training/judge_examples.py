"""What the judge learns from: evidence on masks that were predicted, and how good those masks are."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from torch import Tensor

from rabengine.io.files.atomic import atomic_file
from rabengine.presets import PRESETS, Preset
from rabengine.propagation.evidence import EvidenceGatherer
from rabengine.session.session import Session
from rabengine.session.step import Cost
from rabengine.session.steps.judgement import Judgement

from .judge_cines import CineDraws, LabelledCine
from .judge_options import JudgeOptions

if TYPE_CHECKING:
    from rabengine.session.work import Work

LEARNING_SHARE = 0.08  # of the cines, on which the default preset learns; it takes many times as long


@dataclass(frozen=True)
class JudgedCine:
    """One segment of one cine that was segmented.

    Attributes:
        name: of the cine. evidence: (N, len(EVIDENCE)) of its N unmarked frames.
        confidence, dice: (N,) without a judge, and in truth. shown: (N,) bool.
    """

    name: str
    evidence: Tensor
    confidence: Tensor
    dice: Tensor
    shown: Tensor


@dataclass(frozen=True, eq=False)
class _Gathering:
    """A step in the judge's place, which keeps what the judge would see."""

    is_seeded: ClassVar[bool] = False
    kept: list[tuple[Tensor, Tensor]]

    def costs(self, work: Work) -> list[Cost]:
        return []

    def run(self, work: Work) -> None:
        masks, trust = work.found(), work.trust()
        gatherer = EvidenceGatherer(work.bank, work.first or masks, masks, trust, work.tracked, work.carried())
        self.kept.append((gatherer.gather(lambda: None), trust))


def judged_cines(options: JudgeOptions, seed: int) -> list[JudgedCine]:
    """Segment cines for as long as the options say; what was found on their unmarked frames.

    What is found is written to the run's folder after each cine, and a resumed run goes on from there.
    """
    torch.set_num_threads(1)
    kept = options.checkpoints / f"cines-{seed}.pt"
    done, examples = _read(kept) if options.resume else (0, [])
    draws = CineDraws(options, seed)  # it reads all pictures first, which is not counted
    end = time.monotonic() + options.seconds
    for number, cine in enumerate(draws.from_number(done), start=done):
        if time.monotonic() >= end or number == (options.cines or -1):
            break
        learns = np.random.default_rng((seed, number, 1)).random() < LEARNING_SHARE
        if cine is not None:
            examples += judged(cine, PRESETS.get("balanced" if learns else "fast"), options)
        with atomic_file(kept) as unfinished:
            torch.save({"done": number + 1, "cines": [vars(one) for one in examples]}, unfinished)
    return examples


def _read(kept: Path) -> tuple[int, list[JudgedCine]]:
    """How many cines an interrupted run was through, and what it found; none where there was no run."""
    if not kept.is_file():
        return 0, []
    content = torch.load(kept, weights_only=True)
    return int(content["done"]), [JudgedCine(**one) for one in content["cines"]]


def judged(cine: LabelledCine, preset: Preset, options: JudgeOptions) -> Iterator[JudgedCine]:
    """Segment a cine, also its scenes that have nothing to do with the marked ones: a judge must know such frames."""
    gathering = _Gathering([])
    steps = tuple(gathering if isinstance(step, Judgement) else step for step in preset.steps)
    session = Session(cine.frames, device=options.device, weights=options.start)
    all_frames = replace(preset, steps=steps, size=options.size, drops_doubtful=False, scenes=False)
    found = session.segment(cine.marks, preset=all_frames)
    evidence, trust = gathering.kept[-1]
    unmarked = [frame for frame in range(len(cine.frames)) if frame not in cine.marked]
    for column, segment in enumerate(found.segments):
        drawn, true = found.labels[unmarked] == segment, cine.labels[unmarked] == segment
        total = drawn.sum(axis=(1, 2)) + true.sum(axis=(1, 2))
        dice = np.where(total > 0, 2 * (drawn & true).sum(axis=(1, 2)) / np.maximum(total, 1), 1.0)
        yield JudgedCine(
            cine.name,
            evidence[unmarked, column],
            trust[unmarked, column],
            torch.from_numpy(dice).float(),
            torch.from_numpy(true.any(axis=(1, 2))),
        )
