"""Masks as the lengths of their runs, as COCO and CVAT write them; nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rabengine.errors import InputError

_BITS, _MORE, _SIGN, _FIRST_CHARACTER = 5, 0x20, 0x10, 48
_MOST_BITS = 62


def runs_of(flat: np.ndarray) -> list[int]:
    """Lengths of the runs of a (N,) bool array; the first is of False and may be 0."""
    if not flat.size:
        return []
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    runs = np.diff([0, *changes, flat.size])
    return [0, *runs.tolist()] if flat[0] else list(runs.tolist())


def flat_of(runs: Sequence[int], size: int, source: str) -> np.ndarray:
    """The (size,) bool array of runs; `source` begins the sentence where they do not fit.

    Raises:
        InputError: they do not add up to the size.
    """
    lengths = np.asarray(runs, np.int64)
    if lengths.ndim != 1 or (lengths < 0).any() or lengths.sum() != size:
        raise InputError(f"{source} has a mask that does not fit its size.", "Export it again.")
    return np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)


def coco_text(mask: np.ndarray) -> str:
    """The compressed runs of a (H, W) bool mask, columns first, as pycocotools writes them.

    Source of the code: `rleToString` in pycocotools' maskApi.c. A run is told by its difference to the one but one
    before it, in groups of five bits, the lowest first, the sixth bit saying that more follow.
    """
    runs = runs_of(np.asarray(mask, bool).ravel(order="F"))
    codes = bytearray()
    for place, run in enumerate(runs):
        number = run - runs[place - 2] if place > 2 else run
        is_going_on = True
        while is_going_on:
            bits = number & (_MORE - 1)
            number >>= _BITS
            is_going_on = number != (-1 if bits & _SIGN else 0)
            codes.append(_FIRST_CHARACTER + (bits | (_MORE if is_going_on else 0)))
    return codes.decode("ascii")


def runs_of_coco_text(text: str, source: str) -> list[int]:
    """The runs that `coco_text` wrote.

    Raises:
        InputError: it is no such text.
    """
    runs: list[int] = []
    number, shift = 0, 0
    for character in text.encode("utf-8"):
        bits = character - _FIRST_CHARACTER
        if not 0 <= bits < 2 * _MORE or shift > _MOST_BITS:
            break
        number |= (bits & (_MORE - 1)) << shift
        shift += _BITS
        if bits & _MORE:
            continue
        if bits & _SIGN:
            number -= 1 << shift
        runs.append(number + (runs[-2] if len(runs) > 2 else 0))
        number, shift = 0, 0
    else:
        if shift == 0:
            return runs
    raise InputError(f"{source} has a mask that cannot be read.", "Export it again.")
