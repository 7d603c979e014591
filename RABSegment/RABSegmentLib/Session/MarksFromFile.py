"""Label files as marks: read in a process of its own, and put on the frames that they belong to.

For the panel and the page alike, in two halves: `readLabels`, or `labelsFromFile` (slow, knows no scene, may run in any
thread), and `takeLabels` (quick, in the thread of the scene).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rabengine.cine import Cine
from rabengine.errors import InputError, PackageMissingError, RABSegmentError
from rabengine.io.marks.types import Marks
from RABSegmentLib.Engine.Start import defaultPythonCommand
from RABSegmentLib.Scene.CineGeometry import engineCine
from RABSegmentLib.Scene.CineSequence import CineSequence
from RABSegmentLib.Scene.SegmentCodes import describe
from RABSegmentLib.Translation import tr as _

from .MarksFromArrays import addMarks
from .Session import SegmentVideoSession

_MOST_NUMBERED = 16  # labels above are no numbers of segments, such as the 255 of a mask in black and white
_MOST_SEGMENTS = 64  # of one file
_MOST_SHOWN = 8


@dataclass(frozen=True)
class TakenMarks:
    """What became marks.

    Attributes:
        source: name of the file.
        frames: that are marked now, ascending.
        segments: names of the segments that are on them.
        warnings: sentences for the user.
    """

    source: str
    frames: tuple[int, ...]
    segments: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """One or more sentences for the user."""
        shown = ", ".join(map(str, self.frames[:_MOST_SHOWN])) + (", ..." if len(self.frames) > _MOST_SHOWN else "")
        said = _("{file}: {count} frames ({frames}) are marked, with {segments}.")
        if len(self.frames) == 1:
            said = _("{file}: frame {frames} is marked, with {segments}.")
        segments = ", ".join(self.segments)
        said = said.format(file=self.source, count=len(self.frames), frames=shown, segments=segments)
        return " ".join((said, *self.warnings))


def readLabels(session: SegmentVideoSession, path: str | Path, ofCine: str | None = None) -> Marks:
    """What a label file, a set or a folder of label pictures holds for a cine; nothing is marked yet.

    A single picture is of the frame that is shown.

    Args:
        session: of the cine.
        path: any file or folder that `rabengine.exchange.marks` reads.
        ofCine: which of a set's cines is meant, see `labelsFromFile`.

    Raises:
        InputError: it cannot be read or does not fit the cine.
        EngineError: the process that reads failed.
    """
    segmentation = session.segmentation
    shown = max(segmentation.selectedFrame, 0)
    return labelsFromFile(path, engineCine(segmentation.cine), shown, "", sumsOf(segmentation.cine), ofCine)


def markedBefore(session: SegmentVideoSession, labels: Marks) -> list[int]:
    """Frames of labels that a person marked or verified already, ascending."""
    return [frame for frame in sorted(labels) if session.segmentation.record(frame).isMark]


def withoutFrames(labels: Marks, frames: Collection[int]) -> Marks:
    """Labels of the other frames."""
    others = {frame: drawn for frame, drawn in labels.items() if frame not in frames}
    return Marks(others, labels.warnings, labels.names, labels.legend)


def sumsOf(cine: CineSequence) -> list[int]:
    """By which a set knows the cine again."""
    from rabengine.io.marks.isolated import check_sums

    last = cine.frameCount - 1
    return check_sums(np.stack([cine.frame(place) for place in sorted({0, cine.frameCount // 2, last})]))


def labelsFromFile(
    path: str | Path,
    cine: Cine,
    shown: int,
    name: str = "",
    sums: Sequence[int] | None = None,
    ofCine: str | None = None,
) -> Marks:
    """Read a label file in a process of its own, which a bad file may end without harm.

    Args:
        path: of the file or folder.
        cine: as `CineGeometry.engineCine` gives it; its pixels are not looked at.
        shown: the frame that a single picture belongs to.
        name: what the sentences call it; empty for the name that it has.
        sums: of `sumsOf`, for sets of several cines.
        ofCine: the cine of such a set that is meant; None where it knows the cine by itself.

    Raises:
        ChoiceError: several cines of a set fit.
        InputError: one sentence that says what is wrong with the file, without the folders around it.
        EngineError: the process failed.
    """
    # Here, for it loads libraries that nobody else needs in this process.
    from rabengine.exchange.isolated import read_any_marks_isolated

    path = Path(path).absolute()
    try:
        marks = read_any_marks_isolated(path, cine, shown, ofCine, sums, python=defaultPythonCommand())
    except PackageMissingError as error:
        raise PackageMissingError(path.name, error.packages) from error
    except RABSegmentError as error:
        error.message, error.hint = _withoutFolder(error.message, path, name), _withoutFolder(error.hint, path, name)
        raise
    warnings = [_withoutFolder(sentence, path, name) for sentence in marks.warnings]
    return Marks(marks, warnings, marks.names, marks.legend)


def takeLabels(session: SegmentVideoSession, labels: Marks, source: str) -> TakenMarks:
    """Mark frames with labels; a segment of which a frame says nothing stays there as it was.

    On a frame without any label, as sets have them, all segments of the file are absent.

    A label is the segment of the name that the file gives it, else the segment of that number in the segments table;
    segments that are not there are made.

    Raises:
        InputError: they do not fit the cine; nothing is marked then.
    """
    segmentation = session.segmentation
    before = {segmentation.segmentName(one) for one in segmentation.segmentIds()}
    values = sorted({int(value) for drawn in labels.values() for value in np.unique(drawn) if value > 0})
    if not values:
        raise InputError(
            _("{file} has no object on any frame.").format(file=source),
            _("Give a file in which something is marked."),
        )
    if len(values) > _MOST_SEGMENTS:
        raise InputError(
            _("{file} holds {count} different values: it is a picture or the cine itself, not labels.").format(
                file=source, count=len(values)
            ),
            _("Give the masks that were drawn on it."),
        )
    warnings = list(labels.warnings)
    numbers = {value: value for value in values}
    if max(values) > _MOST_NUMBERED:
        numbers = {value: number for number, value in enumerate(values, 1)}
        if not labels.names:
            shown = ", ".join(map(str, values[:_MOST_SHOWN]))
            warnings.append(_("Its labels {labels} are counted from segment 1 on.").format(labels=shown))
    if set(values) <= set(labels.names):
        addMarks(
            session,
            {
                frame: {labels.names[value]: drawn == value for value in values if (drawn == value).any()}
                for frame, drawn in labels.items()
                if drawn.any()
            },
        )
        names = [labels.names[value] for value in values]
    else:
        turned = np.zeros(256, np.uint8)
        turned[values] = [numbers[value] for value in values]
        addMarks(session, {frame: turned[drawn] for frame, drawn in labels.items() if drawn.any()})
        ids = segmentation.segmentIds()
        names = [segmentation.segmentName(ids[numbers[value] - 1]) for value in values]
    describe(segmentation, [entry for entry in labels.legend.values() if entry.name not in before])
    nothing = np.zeros(segmentation.cine.frameSize, bool)
    addMarks(session, {frame: dict.fromkeys(names, nothing) for frame, drawn in labels.items() if not drawn.any()})
    return TakenMarks(source, tuple(sorted(labels)), tuple(names), tuple(warnings))


def _withoutFolder(text: str, path: Path, name: str) -> str:
    """Without the folders around a file: the text may be shown on another computer."""
    text = text.replace(str(path), path.name).replace(f"{path.parent}/", "")
    return text.replace(path.name, name) if name else text
