"""Label files as marks: read in a process of its own, and put on the frames that they belong to.

For the panel and the page alike: `marksFromFile`, or its two halves `labelsFromFile` (slow, knows no scene, may run in
any thread) and `takeLabels` (quick, in the thread of the scene).
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rabengine.cine import Cine, cine_of_record, cine_record
from rabengine.errors import EngineError, InputError, PackageMissingError, RABSegmentError
from rabengine.events import Failed
from rabengine.io.files.owned_folder import OwnedFolder
from rabengine.worker.lines import failed_of, to_fields

if TYPE_CHECKING:
    from .Session import SegmentVideoSession

READ_SECONDS = 300.0
_MOST_NUMBERED = 16  # labels above are no numbers of segments, such as the 255 of a mask in black and white
_MOST_SEGMENTS = 64  # of one file
_MOST_SHOWN = 8
_LONGEST_NUMBER = 9  # digits of the number of a frame
_LABELS = "labels.npz"


@dataclass(frozen=True)
class Labels:
    """What a label file says.

    Attributes:
        frames: {frame: (H, W) uint8 labels, 0 background}.
        names: {label: name} of segments that the file names.
        warnings: sentences for the user.
    """

    frames: Mapping[int, np.ndarray]
    names: Mapping[int, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


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
        frames = f"frame {shown} is" if len(self.frames) == 1 else f"{len(self.frames)} frames ({shown}) are"
        return " ".join((f"{self.source}: {frames} marked, with {', '.join(self.segments)}.", *self.warnings))


def marksFromFile(session: SegmentVideoSession, path: str | Path, shown: int | None = None) -> TakenMarks:
    """Mark frames with what a label file or a folder of label pictures holds; other marks stay.

    Args:
        session: of the cine that they belong to.
        path: any file or folder that `rabengine.io.marks.read` reads.
        shown: the frame that a single picture belongs to; None for the one that is shown.

    Raises:
        InputError: it cannot be read or does not fit the cine; nothing is marked then.
    """
    from RABSegmentLib.Scene.CineGeometry import engineCine

    segmentation = session.segmentation
    frame = segmentation.selectedFrame if shown is None else shown
    labels = labelsFromFile(path, engineCine(segmentation.cine), max(frame, 0))
    return takeLabels(session, labels, Path(path).name)


def labelsFromFile(path: str | Path, cine: Cine, shown: int, name: str = "", seconds: float = READ_SECONDS) -> Labels:
    """Read a label file in a process of its own, which a bad file may end without harm.

    Args:
        path: of the file or folder.
        cine: as `CineGeometry.engineCine` gives it; its pixels are not looked at.
        shown: the frame that a single picture belongs to.
        name: what the sentences call it; empty for the name that it has.
        seconds: the process is ended when it takes longer.

    Raises:
        InputError: one sentence that says what is wrong with the file, without the folders around it.
        EngineError: the process failed.
    """
    from RABSegmentLib.Engine.Start import defaultPythonCommand, engineEnvironment

    path = Path(path).absolute()
    with OwnedFolder() as folder:
        request = {
            "path": str(path),
            "folder": str(folder),
            "shown": shown,
            "cine": cine_record(cine),
            "shape": [cine.frame_count, *cine.frame_size],
        }
        answer = _asked(
            request,
            [*defaultPythonCommand(), "-m", "RABSegmentLib.Session.MarksFromFile"],
            engineEnvironment(),
            seconds,
        )
        if "frames" not in answer:
            failed = failed_of(answer)
            if failed.packages:
                raise PackageMissingError(path.name, failed.packages)
            kind = InputError if failed.kind == "input" else EngineError
            raise kind(_plain(failed.message, path, name), _plain(failed.hint, path, name))
        with np.load(folder / _LABELS, allow_pickle=False) as stored:
            frames = {int(frame): np.asarray(stored[frame], np.uint8) for frame in answer["frames"]}
        names = {int(label): str(name) for label, name in answer["names"].items()}
        return Labels(frames, names, tuple(_plain(str(one), path, name) for one in answer["warnings"]))


def takeLabels(session: SegmentVideoSession, labels: Labels, source: str) -> TakenMarks:
    """Mark frames with labels; a segment of which a frame says nothing stays there as it was.

    A label is the segment of the name that the file gives it, else the segment of that number in the segments table;
    segments that are not there are made.

    Raises:
        InputError: they do not fit the cine; nothing is marked then.
    """
    from .Sessions import addMarks

    segmentation = session.segmentation
    values = sorted({int(value) for drawn in labels.frames.values() for value in np.unique(drawn) if value > 0})
    if not values:
        raise InputError(f"{source} has no object on any frame.", "Give a file in which something is marked.")
    if len(values) > _MOST_SEGMENTS:
        raise InputError(
            f"{source} holds {len(values)} different values: it is a picture or the cine itself, not labels.",
            "Give the masks that were drawn on it.",
        )
    warnings = list(labels.warnings)
    numbers = {value: value for value in values}
    if max(values) > _MOST_NUMBERED:
        numbers = {value: number for number, value in enumerate(values, 1)}
        if not labels.names:
            warnings.append(f"Its labels {', '.join(map(str, values[:_MOST_SHOWN]))} are counted from segment 1 on.")
    if set(values) <= set(labels.names):
        addMarks(
            session,
            {
                frame: {labels.names[value]: drawn == value for value in values if (drawn == value).any()}
                for frame, drawn in labels.frames.items()
                if drawn.any()
            },
        )
        names = [labels.names[value] for value in values]
    else:
        turned = np.zeros(256, np.uint8)
        turned[values] = [numbers[value] for value in values]
        addMarks(session, {frame: turned[drawn] for frame, drawn in labels.frames.items() if drawn.any()})
        ids = segmentation.segmentIds()
        names = [segmentation.segmentName(ids[numbers[value] - 1]) for value in values]
    marked = tuple(sorted(frame for frame, drawn in labels.frames.items() if drawn.any()))
    return TakenMarks(source, marked, tuple(names), tuple(warnings))


def _asked(request: Mapping[str, Any], command: list[str], more: Mapping[str, str], seconds: float) -> dict[str, Any]:
    import os

    try:
        done = subprocess.run(
            command,
            input=json.dumps(request).encode(),
            capture_output=True,
            env={**os.environ, **more},
            timeout=seconds,
            check=False,
        )
        answer = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise EngineError(
            f"{Path(request['path']).name} was not read within {seconds:g} seconds.", "Give a smaller file."
        ) from error
    except (OSError, ValueError) as error:
        raise EngineError(
            f"{Path(request['path']).name} cannot be read: its reader ended unexpectedly.",
            "Save it as .seq.nrrd, .nrrd or PNG.",
        ) from error
    return answer if isinstance(answer, dict) else {}


def _plain(text: str, path: Path, name: str) -> str:
    """Without the folders around a file: it may be shown on another computer."""
    text = text.replace(str(path), path.name).replace(f"{path.parent}/", "")
    return text.replace(path.name, name) if name else text


def _read(path: Path, cine: Cine, shown: int) -> Any:
    """{frame: (H, W) labels} of one picture, which belongs to the frame that is shown, or of a sequence."""
    from rabengine.io.marks.read import read_label_sequence, read_mark
    from rabengine.io.picture.single_picture import PICTURE_SUFFIXES

    if path.is_file() and path.name.lower().endswith(tuple(PICTURE_SUFFIXES)):
        return _single(read_mark(path, cine.frame_size), shown, _numberWarnings(path, cine, shown))
    try:
        return read_label_sequence(path, cine)
    except InputError as error:
        if path.is_dir():
            raise
        try:
            return _single(read_mark(path, cine.frame_size), shown)
        except RABSegmentError:
            raise error from None


def _numberWarnings(path: Path, cine: Cine, shown: int) -> tuple[str, ...]:
    """A sentence where the name of a picture has the number of another frame than the one that it is taken for."""
    found = re.findall(r"\d+", path.stem)
    number = int(found[-1]) if found and len(found[-1]) <= _LONGEST_NUMBER else shown
    if number == shown or number >= cine.frame_count:
        return ()
    return (
        f"It is taken for frame {shown}, which is shown; show frame {number} first if the number in its name is meant.",
    )


def _single(found: Any, frame: int, warnings: tuple[str, ...] = ()) -> Any:
    from types import SimpleNamespace

    labels = getattr(found, "labels", found)
    return SimpleNamespace(
        frames={frame: labels}, warnings=(*getattr(found, "warnings", ()), *warnings), names=getattr(found, "names", {})
    )


def main() -> None:
    """Read what stdin asks for; labels go into a file, the answer to stdout."""
    request = json.loads(sys.stdin.buffer.read())
    try:
        path = Path(request["path"])
        frames = np.broadcast_to(np.uint8(0), tuple(request["shape"]))
        found = _read(path, cine_of_record(request["cine"], frames), int(request["shown"]))
        labels = found.frames if hasattr(found, "frames") else found
        np.savez_compressed(Path(request["folder"]) / _LABELS, **{str(frame): drawn for frame, drawn in labels.items()})
        answer: dict[str, Any] = {
            "frames": [str(frame) for frame in labels],
            "names": {str(label): name for label, name in dict(getattr(found, "names", {})).items()},
            "warnings": list(getattr(found, "warnings", ())),
        }
    except RABSegmentError as error:
        answer = to_fields(Failed.of(error))
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
