"""A frame that is marked by clicks, segment after segment, as a user of the prompt model does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rabengine.evaluation.interactive.user import next_click, overlap
from rabengine.prompts import Click
from rabengine.session.session import Session

MOST_CLICKS = 10  # on one segment of one frame


def clicked_mark(
    session: Session,
    frame: int,
    truth: np.ndarray,
    objects: Sequence[int],
    known: Mapping[int, np.ndarray],
    shown: np.ndarray,
    target: float,
) -> tuple[np.ndarray, int]:
    """Click until each object is as good as the user wants it, or MOST_CLICKS times.

    An object that is shown where it is not is taken away by one click (*Absent here*). As in the panel, no object
    takes what another one has.

    Args:
        session: of the cine.
        truth: (H, W) labels of the frame.
        known: {frame: (H, W) labels} that are marked; they help.
        shown: (H, W) labels that the user sees before the first click.
        target: the IoU at which the user is content.

    Returns:
        (H, W) uint8 labels, and the number of clicks.
    """
    labels, count = np.array(shown, np.uint8), 0
    for value in objects:
        wanted, found = truth == value, labels == value
        if not wanted.any():
            count += int(found.any())
            labels[found] = 0
            continue
        others = {number: mark == value for number, mark in known.items()}
        free = (labels == 0) | found
        clicks: list[Click] = []
        while overlap(wanted, found) < target and len(clicks) < MOST_CLICKS:
            clicks.append(next_click(wanted, found))
            so_far = found if found.any() else None
            found = session.prompt(frame, clicks=clicks, mask=so_far, known=others).mask & free
        count += len(clicks)
        labels[labels == value] = 0
        labels[found] = value
    return labels, count
