"""How much marking one cine would tell of the others: as far as these are in doubt, and like it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

MOST = 2000  # cines that are compared with each other; of more, evenly chosen ones stand for the rest
ALIKE = 0.5  # from which likeness on others count as like a cine, where they are told to people


def in_brief(descriptions: np.ndarray, cells: int) -> np.ndarray:
    """One description of a cine for all of its frames', (C,) float16 of length 1: what is seen, and not where.

    Args:
        descriptions: (N, C * cells) of `Describer`, for each channel its cells.
        cells: of a picture.
    """
    channels = descriptions.reshape(len(descriptions), -1, cells).mean(axis=(0, 2), dtype=np.float32)
    return (channels / max(float(np.linalg.norm(channels)), 1e-12)).astype(np.float16)


def gains(
    doubts: Mapping[int, float], appearances: Mapping[int, np.ndarray]
) -> tuple[dict[int, float], dict[int, int]]:
    """What marking each cine would bring: its own doubt, and that of the others as far as they are like it.

    Two cines are alike from 0 (as the average pair is, or less) to 1 (the same), by the product of their descriptions.

    Args:
        doubts: {cine: 0 to 1}, of those that need a person.
        appearances: {cine: (C,) of length 1}; a cine without tells of itself alone.

    Returns:
        {cine: gain}, and {cine: how many others are like it}.
    """
    found = {number: float(doubt) for number, doubt in doubts.items()}
    others = dict.fromkeys(doubts, 0)
    known = _some([number for number in doubts if number in appearances])
    if len(known) > 2:
        seen = np.stack([appearances[number] for number in known]).astype(np.float32)
        products = seen @ seen.T
        pairs = products[np.triu_indices(len(known), 1)]
        average = float(pairs.mean())
        alike = ((products - average) / max(1 - average, 1e-6)).clip(0, 1)
        np.fill_diagonal(alike, 0)
        of_others = alike @ np.array([doubts[number] for number in known], np.float32)
        for place, number in enumerate(known):
            found[number] += float(of_others[place])
            others[number] = int((alike[place] >= ALIKE).sum())
    return found, others


def _some(numbers: Collection[int]) -> list[int]:
    known = sorted(numbers)
    if len(known) <= MOST:
        return known
    return [known[place] for place in np.linspace(0, len(known) - 1, MOST).round().astype(int)]
