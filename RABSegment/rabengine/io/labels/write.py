"""Write the labels of every frame as a file or folder that other programs open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import EngineError, InputError, RABSegmentError, lacks_memory
from rabengine.io.files.atomic import atomic_file, atomic_folder
from rabengine.legend import Legend, legend_of

from .writer import LabelFrames, Writer
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
    with atomic_folder(path) if writer.is_folder else atomic_file(path) as unfinished:
        try:
            notes = writer.write(unfinished, frames)
        except (RABSegmentError, OSError) as error:
            if type(error) is not InputError:
                raise
            said, hint = (text.replace(str(unfinished), str(path)) for text in (error.message, error.hint))
            raise InputError(said, hint) from error
        except Exception as error:  # whatever another package raises
            if lacks_memory(error):
                raise
            raise _failed(path, writer, error) from error
    return tuple(notes or ())


def _failed(path: Path, writer: Writer, error: Exception) -> EngineError:
    return EngineError(
        f"{path} was not written: what writes the format {writer.title!r} failed ({type(error).__name__}: {error}).",
        "Choose another format, or update the package that brings this one.",
    )
