"""Opens scenes that `Export.Bundle` wrote, without Slicer's reader: the cine's file, and the marks beside it."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from rabengine.errors import InputError
from RABSegmentLib.Translation import tr as _

from .KeptMarks import SUFFIX, MarksHeader, headerOf, readKept

SCENE_SUFFIX = ".mrb"
MARKS_NAME = f"marks{SUFFIX}"
_CINE_SUFFIX = ".seq.nrrd"
_MOST_ENTRIES = 100_000
_LARGEST_MARKS = 2**30


@dataclass(frozen=True)
class SceneContent:
    """What a scene holds.

    Attributes:
        cine: the file with the frames.
        marks: of a file of marks.
        header: of the same.
    """

    cine: Path
    marks: bytes
    header: MarksHeader


def unpackScene(path: Path, folder: Path, largest: int) -> SceneContent:
    """Unpack what is needed of a scene.

    Args:
        path: of the scene.
        folder: that is made for it.
        largest: bytes that the frames may take.

    Raises:
        InputError: it is damaged, too large, or was not written by this program.
    """
    try:
        folder.mkdir()
        with zipfile.ZipFile(path) as bundle:
            entries = bundle.infolist()[:_MOST_ENTRIES]
            cines = [one for one in entries if one.filename.lower().endswith(_CINE_SUFFIX)]
            marks = [one for one in entries if one.filename.rpartition("/")[2] == MARKS_NAME]
            if len(cines) != 1 or len(marks) != 1:
                message = _("{file} is a scene of Slicer that holds other things too.").format(file=path.name)
                raise InputError(message, _elsewhere())
            cine = _unpacked(bundle, cines[0], folder / f"cine{_CINE_SUFFIX}", largest, path)
            found = _unpacked(bundle, marks[0], folder / MARKS_NAME, _LARGEST_MARKS, path)
    except (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        message = _("{file} is damaged, or no scene.").format(file=path.name)
        raise InputError(message, _("Download or save it again.")) from error
    header = headerOf(found)
    if header is None:
        raise InputError(_("The marks in {file} are damaged.").format(file=path.name), _elsewhere())
    return SceneContent(cine, readKept(found), header)


def _elsewhere() -> str:
    return _("Open it in Slicer, or open the cine itself.")


def _unpacked(bundle: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, largest: int, path: Path) -> Path:
    """One file of a scene; never more than its declared size, and that is looked at first."""
    if entry.file_size > largest:
        raise InputError(
            _("The frames in {file} take {size:.1f} GB, and {most:g} GB is the most that can be shown.").format(
                file=path.name, size=entry.file_size / 2**30, most=largest / 2**30
            ),
            _("Open a shorter part of it, or one with smaller frames."),
        )
    with bundle.open(entry) as source, target.open("xb") as stream:
        shutil.copyfileobj(source, stream, 2**20)
    return target
