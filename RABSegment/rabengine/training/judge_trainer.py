"""Training of the judge: segment cines whose truth is known, then learn which evidence speaks for good masks."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rabengine.errors import InputError
from rabengine.io.files.writable import check_writable
from rabengine.measurement import ranks
from rabengine.network.judge import MEMBERS, Judge
from rabengine.network.judge_weights import save_judge

from .judge_examples import JudgedCine, judged_cines
from .judge_options import JudgeOptions

HELD_OUT = 8  # one cine of so many only validates
BATCH = 24  # segments of cines a step
LEARNING_RATE = 3e-3
WEIGHT_DECAY = 2e-2
LEAST_SPREAD = 0.05  # of a figure
NOISE = 0.05  # of figures in their spreads, and
MISSING = 0.1  # the share of them that is not seen: no one of them is to be relied upon
PRESENCE_WEIGHT = 0.5
RANK_WEIGHT = 0.5
FEWEST = 2  # cines to learn from, and as many to validate on


def train_judge(options: JudgeOptions) -> Judge:
    """Train the judge and write its weights.

    Raises:
        InputError: folders or an output that cannot be used, or too few cines for the time.
    """
    check_writable(options.output)
    options.checkpoints.mkdir(parents=True, exist_ok=True)
    examples = _gathered(options)
    training, held_out = _split(examples)
    if len(training) < FEWEST or len(held_out) < 1:
        raise InputError(
            f"{len(examples)} segments of cines are too few to learn from.", "Give more --seconds, or more pictures."
        )
    judge = _learned(training, options)
    card = {
        "cines": len({example.name for example in examples}),
        "segments": len(examples),
        "seed": options.seed,
        "rank correlation": round(rank_correlation(judge, held_out), 3),
        "rank correlation of the confidence without": round(rank_correlation(None, held_out), 3),
    }
    save_judge(options.output, judge, card)
    print(", ".join(f"{name} {value}" for name, value in card.items()))
    return judge


def _gathered(options: JudgeOptions) -> list[JudgedCine]:
    """Of all processes, each with cines of its own."""
    if not options.workers:
        return judged_cines(options, options.seed)
    seeds = [options.seed + 1000 * number for number in range(options.workers)]
    with ProcessPoolExecutor(options.workers, multiprocessing.get_context("spawn")) as pool:
        return [one for part in pool.map(judged_cines, [options] * len(seeds), seeds) for one in part]


def _split(examples: list[JudgedCine]) -> tuple[list[JudgedCine], list[JudgedCine]]:
    """Trained on and held out, by the names of the cines: a video comes many times."""
    names = sorted({example.name for example in examples})
    held_out = set(names[::HELD_OUT])
    return [one for one in examples if one.name not in held_out], [one for one in examples if one.name in held_out]


def _learned(examples: list[JudgedCine], options: JudgeOptions) -> Judge:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(options.seed)
        judge = Judge(MEMBERS)
        figures = torch.cat([example.evidence for example in examples])
        judge.mean.copy_(figures.mean(dim=0))
        judge.spread.copy_(figures.std(dim=0).clamp(min=LEAST_SPREAD))
        for number, member in enumerate(judge.members):
            _learn(judge, member, examples, np.random.default_rng((options.seed, number)), options.steps)
    return judge.eval()


def _learn(
    judge: Judge, member: nn.Module, examples: list[JudgedCine], random: np.random.Generator, steps: int
) -> None:
    optimizer = torch.optim.AdamW(member.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    pace = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(1, steps))
    for _ in range(steps):
        batch = [examples[i] for i in random.integers(0, len(examples), BATCH)]
        seen = judge.normalised(torch.cat([example.evidence for example in batch]))
        seen = seen * (torch.rand_like(seen) > MISSING) + NOISE * torch.randn_like(seen)
        loss = _loss(member(seen), batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        pace.step()


def _loss(answers: Tensor, batch: list[JudgedCine]) -> Tensor:
    """Cross-entropy of Dice and presence, and of which of two frames of a segment has the better mask."""
    dice, shown = torch.cat([one.dice for one in batch]), torch.cat([one.shown for one in batch]).float()
    told = F.binary_cross_entropy_with_logits(answers[:, 0], dice)
    present = F.binary_cross_entropy_with_logits(answers[:, 1], shown)
    ranks = [
        _rank_loss(ours, one.dice)
        for ours, one in zip(answers[:, 0].split([len(o.dice) for o in batch]), batch, strict=True)
    ]
    return told + PRESENCE_WEIGHT * present + RANK_WEIGHT * torch.stack(ranks).mean()


def _rank_loss(answers: Tensor, dice: Tensor) -> Tensor:
    """(N,) answers and truths; pairs count by how far apart their truths are."""
    better = (dice[:, None] - dice[None]).clamp(min=0)
    return (better * F.softplus(answers[None] - answers[:, None])).sum() / (better.sum() + 0.5)


@torch.inference_mode()
def rank_correlation(judge: Judge | None, examples: list[JudgedCine]) -> float:
    """Spearman's of confidence and Dice within each segment, their mean; nan where nowhere is anything to rank.

    Args:
        judge: whose verdict counts as much as the confidence without one; None for that alone.
        examples: segments of cines.
    """
    found = []
    for example in examples:
        trust = example.confidence
        if judge is not None:
            trust = (trust * judge(example.evidence)[:, 0]).sqrt()
        rho = ranks.rank_correlation(trust.numpy(), example.dice.numpy())
        if rho is not None:
            found.append(rho)
    return float(np.mean(found)) if found else float("nan")
