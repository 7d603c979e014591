"""Labelled cines in memory, with everything in their masks that a format may stumble over."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rabengine.cine import Cine
from rabengine.exchange.blanking import Blanking
from rabengine.exchange.format import MARKED
from rabengine.exchange.items import Labelled, MadeItems, SetChoices, make_items
from rabengine.exchange.write import write_set

SIZE = (24, 31)
COUNT = 5
NAMES = {3: "Left ventricle", 255: "Ä & <b>"}
KEEP = SetChoices(blanking=Blanking(keeps_text=True))


def cine(seed: int, is_colour: bool = False, dtype: str = "uint8", source: str = "") -> Cine:
    """A cine of noise."""
    shape = (COUNT, *SIZE, 3) if is_colour else (COUNT, *SIZE)
    pixels = np.random.default_rng(seed).integers(0, 255, shape).astype(dtype)
    return Cine(pixels, index_values=tuple(range(COUNT)), source=source or f"/data/cine{seed}.mp4")


def masks(seed: int) -> dict[int, np.ndarray]:
    """Labels 3 and 255 of frames 0, 2 and 4: parts, a hole, single pixels that touch at corners, the frame's edge.

    On frame 2 is nothing.
    """
    labels = {frame: np.zeros(SIZE, np.uint8) for frame in (0, 2, 4)}
    labels[0][2:15, 3:20] = 3
    labels[0][5:9, 6:12] = 0
    labels[0][7, 8] = 255
    labels[0][20:, 25:] = 3
    speckles = np.random.default_rng(seed).random(SIZE) < 0.4
    labels[4][speckles] = 255
    labels[4][:, 0] = 3
    return labels


def labelled(seed: int = 1, patient: str = "", is_colour: bool = False, **about: object) -> Labelled:
    """A cine with the masks of its seed, all marked."""
    drawn = masks(seed)
    stem = Path(str(about.get("source", "Meyer_1944"))).stem
    return Labelled(cine(seed, is_colour, **about), drawn, dict.fromkeys(drawn, MARKED), NAMES, patient, stem)


def export(path: Path, name: str, found: list[Labelled], choices: SetChoices = KEEP) -> MadeItems:
    """Write a set."""
    made = make_items(found, choices)
    write_set(path, name, made.items, made.sums, made.sentences)
    return made
