"""Read the frames that a person marked, as label images: 0 is background, 1 to 255 are segments.

Here the FRAME=MASK options of a command line; one mask is read in `mask_file`, many at once in `label_sequence`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from rabengine.cine import Cine, name_sum
from rabengine.errors import InputError

from .frame_numbers import frames_by_name
from .label_sequence import read_label_sequence
from .mask_file import DrawnMask, read_drawn, read_mark
from .soft_edges import clean_labels
from .types import FrameLabels, Marks, is_number

_WHITE = 255

__all__ = ["FrameLabels", "Marks", "parse_mark_option", "read_label_sequence", "read_mark", "read_marks"]


def parse_mark_option(option: str) -> tuple[int, Path]:
    """The frame number and the mask file of "12=mask.png".

    Raises:
        InputError: the option is not of that form.
    """
    frame, equals, mask = option.partition("=")
    if not equals or not mask.strip() or not is_number(frame.strip()):
        raise InputError(f"--mark {option} is not FRAME=MASK.", "Write it like --mark 12=mask.png.")
    return int(frame), Path(mask)


def read_marks(options: Sequence[str], cine: Cine) -> Marks:
    """The labels by frame, from the FRAME=MASK options of a command line.

    A mask without objects says that nothing is on that frame, as long as another mask has one.

    Raises:
        InputError: an option, frame number or mask is wrong, a frame has two masks, or no mask has an object.
    """
    drawn: dict[int, DrawnMask] = {}
    paths: dict[int, Path] = {}
    for option in options:
        frame, path = parse_mark_option(option)
        if frame >= cine.frame_count:
            raise InputError(
                f"--mark {option} names frame {frame}, but the cine has frames 0 to {cine.frame_count - 1}.",
                "Count frames from 0.",
            )
        if frame in drawn:
            raise InputError(f"--mark {option} is a second mask for frame {frame}.", "Give one a frame.")
        drawn[frame], paths[frame] = read_drawn(path, cine.frame_size, cine, frame), path
    marks = _cleaned(drawn, paths)
    marks.warnings += (*_names_of_others(paths, cine), *_white_beside_others(marks, paths))
    if not any(labels.any() for labels in marks.values()):
        raise InputError(
            f"No object is marked: every mask is empty (--mark {' '.join(options)}).",
            "Mark at least one object on one frame.",
        )
    return marks


def _names_of_others(paths: dict[int, Path], cine: Cine) -> Iterator[str]:
    """A sentence for each mask that is called as the file of another frame."""
    places = frames_by_name(cine)
    for frame, path in paths.items():
        meant = places.get(name_sum(path.stem), frame)
        if meant != frame:
            yield f"{path} was taken for frame {frame}, but the file of this name is frame {meant}: count from 0."


def _white_beside_others(marks: Marks, paths: dict[int, Path]) -> Iterator[str]:
    """A sentence for each white mask beside others that are not: most of them mean the same segment."""
    labels = {frame: set(np.unique(drawn).tolist()) - {0} for frame, drawn in marks.items()}
    others = set().union(*labels.values()) - {_WHITE}
    if not others or any(_WHITE in found and len(found) > 1 for found in labels.values()):
        return
    for frame, found in labels.items():
        if found == {_WHITE}:
            listed = ", ".join(map(str, sorted(others)))
            yield f"{paths[frame]} is white, which is segment 255, and the others have {listed}: another segment."


def _cleaned(drawn: dict[int, DrawnMask], paths: dict[int, Path]) -> Marks:
    """The labels without soft edges. Masks that were stored with loss share their levels, which are not exact."""
    labels: dict[int, np.ndarray] = {}
    warnings = [sentence for mask in drawn.values() for sentence in mask.warnings]
    groups = [[frame] for frame, mask in drawn.items() if not mask.is_lossy]
    groups.append([frame for frame, mask in drawn.items() if mask.is_lossy])
    for group in filter(None, groups):
        name = f"The mask {', '.join(str(paths[frame]) for frame in group)}"
        cleaned, notes = clean_labels([drawn[frame].labels for frame in group], name, drawn[group[0]].is_lossy)
        labels.update(zip(group, cleaned, strict=True))
        warnings.extend(notes)
    legend = {label: entry for mask in drawn.values() for label, entry in mask.legend.items()}
    return Marks({frame: labels[frame] for frame in drawn}, warnings, legend=legend)
