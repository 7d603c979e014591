"""Write the labels of every frame as a file or folder that other programs open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rabengine.cine import Cine
from rabengine.io.files.by_format import written_by_format
from rabengine.io.legend import Legend, legend_of

from .writer import LabelFrames
from .writers import check_output

__all__ = ["check_output", "write_labels"]


def write_labels(
    path: str | Path,
    labels: np.ndarray,
    cine: Cine,
    segments: Sequence[int],
    legend: Legend | None = None,
    marked: Sequence[int] | None = None,
) -> tuple[str, ...]:
    """Write (T, H, W) uint8 labels in the format that the name asks for (see `writers.WRITERS`).

    Args:
        path: of the file or folder.
        labels: of every frame.
        cine: its geometry and index are those of the labels.
        segments: the label values that the result is about, also those on no frame.
        legend: their names and colours, where somebody gave them.
        marked: frames that a person marked, where that is known.

    Returns:
        Sentences for the user, such as what the format left out.

    Raises:
        InputError: the place cannot be written. Then nothing is left there that was not there before.
        EngineError: the writer of another package failed.
    """
    path = Path(path)
    writer = check_output(path)
    if labels.dtype != np.uint8 or labels.shape != (cine.frame_count, *cine.frame_size):
        raise ValueError(f"labels are {labels.dtype} {labels.shape}, not one uint8 value for every pixel of the cine")
    entries = legend_of(segments) | {value: entry for value, entry in (legend or {}).items() if value in segments}
    frames = LabelFrames(labels, cine, entries, bool(legend), None if marked is None else tuple(marked))
    with written_by_format(path, writer.is_folder, f"what writes the format {writer.title!r}") as unfinished:
        notes = writer.write(unfinished, frames)
    return tuple(notes or ())
