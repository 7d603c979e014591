"""Clicks on a cine that are answered with marked frames of other cines in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from rabengine.prompts import PromptedMask
from rabengine.session.session import Session

from .carry_over import put_before
from .structured import Learned

MEMORY = 3  # frames of others; as many as serve a prompt


def prompt_learned(
    frames: np.ndarray,
    learned: Learned,
    frame: int,
    value: int,
    clicks: Iterable[tuple[float, float] | tuple[float, float, bool]] = (),
    box: tuple[float, float, float, float] | None = None,
    scribble: np.ndarray | None = None,
    mask: np.ndarray | None = None,
    *,
    known: Mapping[int, np.ndarray] | None = None,
    device: str = "auto",
    prompt_weights: str | Path | None = None,
) -> PromptedMask:
    """The mask of an object on a frame, see `Session.prompt`; the examples that match the cine best are remembered.

    Masks on other frames of the cine itself come before those of others.

    Args:
        frames: (T, H, W) or (T, H, W, 3). learned: whose examples. value: label of the object in them.

    Raises:
        InputError: as `Session.prompt`.
    """
    shown = [one for one in learned.best_examples(frames, 4 * MEMORY) if (one.labels == value).any()][-MEMORY:]
    own = dict(known or {})
    if not shown or len(own) >= MEMORY or not 0 <= frame < len(frames):
        session = Session(frames, device=device, prompt_weights=prompt_weights)
        return session.prompt(frame, clicks, box, scribble, mask, known=own)
    joined, before = put_before(frames, shown)
    remembered = {place: one.labels == value for place, one in enumerate(before)}
    remembered |= {len(before) + other: drawn for other, drawn in own.items()}
    session = Session(joined, device=device, prompt_weights=prompt_weights)
    return session.prompt(len(before) + frame, clicks, box, scribble, mask, known=remembered)
