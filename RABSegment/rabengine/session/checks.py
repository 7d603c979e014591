"""Whether marks can be used, what they say is absent, and which are so small that the network can hardly see them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from rabengine.errors import InputError
from rabengine.io.marks.drawn import checked_mark
from rabengine.network.features import resize
from rabengine.propagation.input_view import InputView

LEAST_SHARE = 0.5  # of one cell of the soft masks


def check_absent(
    absent: Mapping[int, Collection[int]] | None, marks: Mapping[int, np.ndarray]
) -> dict[int, frozenset[int]]:
    """The segments declared absent, by marked frame.

    Args:
        absent: {frame: labels}; None for nothing.
        marks: {frame: (H, W) uint8 labels}, checked.

    Raises:
        InputError: a frame that is not marked, a value that is no label, or a segment that is drawn on that frame.
    """
    return {int(frame): _labels_of(frame, labels, marks) for frame, labels in (absent or {}).items()}


def _labels_of(frame: int, labels: Collection[int], marks: Mapping[int, np.ndarray]) -> frozenset[int]:
    if frame not in marks:
        raise InputError(
            f"Segments are declared absent on frame {frame}, which is not marked.",
            "Give it a mark, which may be empty.",
        )
    for label in labels:
        is_number = isinstance(label, (int, np.integer)) and not isinstance(label, bool)
        if not is_number or not 1 <= label <= 255:
            raise InputError(f"The label {label!r} declared absent on frame {frame} is no segment.", "Use 1 to 255.")
        if (marks[frame] == label).any():
            raise InputError(
                f"Segment {label} is declared absent on frame {frame} and drawn there.",
                "Erase it there or do not declare it absent.",
            )
    return frozenset(int(label) for label in labels)


def small_mark_warnings(marks: Mapping[int, np.ndarray], segments: Sequence[int], view: InputView) -> list[str]:
    """A sentence for each segment whose largest mark fills not even half a cell of the network's maps.

    Args:
        marks: {frame: (H, W) labels}.
        segments: label values.
        view: the cine as the network sees it.
    """
    sentences = []
    for segment in segments:
        drawn = [labels == segment for labels in marks.values() if (labels == segment).any()]
        if drawn and all(_share(mask, view) < LEAST_SHARE for mask in drawn):
            pixels = max(int(np.count_nonzero(mask)) for mask in drawn)
            size = f"{pixels} pixel{'' if pixels == 1 else 's'}"
            sentences.append(
                f"Segment {segment} is marked with {size} at most, too small for what the network sees, "
                "and may be missing on other frames; mark it larger, or cut the cine to its surroundings."
            )
    return sentences


def _share(mask: np.ndarray, view: InputView) -> float:
    """The largest share of a cell that a mask (H, W) fills."""
    return float(resize(view.mask(mask)[None, None], view.map_size).max())


def checked_images(marks: Mapping[int, np.ndarray], frames: np.ndarray) -> dict[int, np.ndarray]:
    """Marks as uint8 label images by ascending frame number, whatever they show.

    Raises:
        InputError: a frame that is not there, or an image of another size or with values beyond 0..255.
    """
    count, size = len(frames), tuple(frames.shape[1:3])
    return {int(frame): checked_mark(frame, marks[frame], count, size, "the cine") for frame in sorted(marks)}


def check_marks(marks: Mapping[int, np.ndarray], frames: np.ndarray) -> dict[int, np.ndarray]:
    """The marks as uint8 label images by ascending frame number.

    Raises:
        InputError: no marks, an image that cannot be used (`checked_images`), or no object on any of them.
    """
    if not marks:
        raise InputError("No frame is marked.", "Mark the object on at least one frame.")
    checked = checked_images(marks, frames)
    if not any(labels.any() for labels in checked.values()):
        raise InputError("The marked frames hold no object: all their labels are 0.", "Draw it on at least one frame.")
    return checked


def segments_of(marks: Mapping[int, np.ndarray]) -> tuple[int, ...]:
    """The label values that are drawn anywhere, ascending."""
    values = np.unique(np.concatenate([np.unique(labels) for labels in marks.values()]))
    return tuple(int(value) for value in values if value > 0)
