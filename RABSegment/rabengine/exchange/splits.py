"""Which cines one learns from and which one is measured on, no patient on both sides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rabengine.errors import InputError

from .format import SPLITS, TRAIN
from .page import counted

_TOLERANCE = 1e-6


def parse_shares(text: str) -> tuple[float, float, float]:
    """The shares of "0.8,0.1,0.1"; the last may be left out.

    Raises:
        InputError: they are no two or three shares that add up to 1.
    """
    try:
        shares = [float(part) for part in text.split(",")]
    except ValueError:
        shares = []
    is_good = len(shares) in (2, 3) and all(0 <= share <= 1 for share in shares)
    if not is_good or abs(sum(shares) - 1) > _TOLERANCE or shares[0] == 0:
        raise InputError(
            f"--split {text} is no split.", "Give shares of train, val and test that add up to 1, such as 0.8,0.1,0.1."
        )
    return shares[0], shares[1], shares[2] if len(shares) == 3 else 0.0


def split_patients(patients: Sequence[str], shares: Sequence[float], seed: int) -> list[str]:
    """A split for each cine; all cines of a patient are in one.

    Patients are taken in a random order that the seed fixes, each into the split that lacks most cines. Every split
    with a share gets a patient where there are enough of them.

    Args:
        patients: of each cine. shares: of `SPLITS`. seed: of the order.

    Raises:
        InputError: there are fewer patients than splits with a share.
    """
    counts = {patient: list(patients).count(patient) for patient in dict.fromkeys(patients)}
    wanted = [split for split, share in zip(SPLITS, shares, strict=True) if share > 0]
    if len(counts) < len(wanted):
        raise InputError(
            f"There are cines of {counted(len(counts), 'patient')}, too few for {len(wanted)} splits.",
            "Add cines of others, say whose they are with --patient-from or --patient-each, or leave --split out.",
        )
    order = [list(counts)[place] for place in np.random.default_rng(seed).permutation(len(counts))]
    lacking = {split: share * len(patients) for split, share in zip(SPLITS, shares, strict=True) if share > 0}
    chosen: dict[str, str] = {}
    # The largest patients first, for the small ones can still even things out.
    for patient in sorted(order, key=lambda one: -counts[one]):
        empty = [split for split in wanted if split not in chosen.values()]
        is_last_chance = len(counts) - len(chosen) <= len(empty)
        split = max(empty if is_last_chance else wanted, key=lambda one: lacking[one])
        chosen[patient] = split
        lacking[split] -= counts[patient]
    return [chosen[patient] for patient in patients]


def folds_of(patients: Sequence[str], most: int) -> list[int]:
    """A fold from 0 for each cine, patients dealt out in turn; at most as many folds as patients, or `most`."""
    distinct = list(dict.fromkeys(patients))
    count = min(len(distinct), most)
    return [distinct.index(patient) % count for patient in patients]


def all_train(count: int) -> list[str]:
    """Without a split everything is to learn from."""
    return [TRAIN] * count
